"""TLS, WebSocket and both together on real sockets: endpoint to endpoint, and against plain clients."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from sipflow.base.errors import TlsUnusable
from sipflow.net.certificates import TestAuthority
from sipflow.net.connection import StreamLimits
from sipflow.net.endpoint import StreamSettings
from sipflow.net.network import AsyncioEndpoint, AsyncioNetwork
from sipflow.net.tls import TlsSettings
from sipflow.sip.flow import Address, Flow
from sipflow.testing import ReceiverLog, deaf_listener, until

HOST = "127.0.0.1"
UPON_TCP = ["TCP", "TLS", "WS", "WSS"]
SECURE = ["TLS", "WSS"]


def message(name: bytes, body: bytes = b"") -> bytes:
    return b"OPTIONS sip:%s SIP/2.0\r\nCall-ID: %s\r\nContent-Length: %d\r\n\r\n" % (name, name, len(body)) + body


def to(endpoint: AsyncioEndpoint, transport: str, domain: str = "") -> Flow:
    return Flow(transport, Address(HOST, 0), endpoint.local, 0, domain)


@asynccontextmanager
async def bound(
    log: ReceiverLog, network: AsyncioNetwork | None = None, host: str = HOST, **settings: object
) -> AsyncIterator[AsyncioEndpoint]:
    tls = TlsSettings(**settings)  # type: ignore[arg-type]
    endpoint = await (network or AsyncioNetwork()).bind(host, 0, log, StreamSettings(tls=tls))
    try:
        yield endpoint
    finally:
        await endpoint.close()


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    """An authority of somebody else, whose certificate lies in `ca.pem`."""
    authority = TestAuthority()
    (tmp_path / "ca.pem").write_text(authority.certificate)
    return authority


@pytest.mark.parametrize("transport", UPON_TCP)
@pytest.mark.parametrize("host", [HOST, "::1"])
def test_messages_go_both_ways_on_one_connection_of_one_port(transport: str, host: str) -> None:
    async def scene() -> None:
        network, near, far = AsyncioNetwork(), ReceiverLog(), ReceiverLog()
        async with bound(near, network, host) as client, bound(far, network, host) as server:
            client.send(message(b"one", b"\xff\x00"), to(server, transport))
            client.send(message("zwei ü".encode()), to(server, transport))
            one, two = await far.messages(2)
            assert (one.data, two.data) == (message(b"one", b"\xff\x00"), message("zwei ü".encode()))
            assert (one.flow.transport, one.flow.local) == (transport, server.local)
            server.send(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", one.flow)
            (answer,) = await near.messages(1)
            assert (answer.flow.transport, answer.flow.remote) == (transport, server.local)
            assert (client.open_connections, server.open_connections) == (1, 1)
        assert (near.failures, far.failures) == ([], [])

    asyncio.run(scene())


@pytest.mark.parametrize("transport", UPON_TCP)
def test_sent_is_told_once_the_connection_is_there_and_with_its_addresses(transport: str) -> None:
    async def scene() -> None:
        network, far, told = AsyncioNetwork(), ReceiverLog(), list[tuple[bytes, Flow]]()
        async with bound(ReceiverLog(), network) as client, bound(far, network) as server:
            client.send(message(b"one"), to(server, transport), lambda data, flow: told.append((data, flow)))
            assert told == []
            (one,) = await far.messages(1)
            assert [(data, flow.transport, flow.remote) for data, flow in told] == [
                (message(b"one"), transport, server.local)
            ]
            sent_by = Address(HOST, 9)  # the Via of the request, where nobody listens
            server.send(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", one.flow._replace(remote=sent_by),
                        lambda data, flow: told.append((data, flow)))  # fmt: skip
            assert told[1][1].remote == one.flow.remote

    asyncio.run(scene())


def test_nothing_is_told_as_sent_where_the_connection_is_refused() -> None:
    async def scene() -> None:
        log, told = ReceiverLog(), list[object]()
        async with bound(log) as client:
            client.send(b"x", Flow("TCP", client.local, Address(HOST, 9)), lambda *sent: told.append(sent))
            assert "refused" in (await log.failure()).reason
            assert told == []

    asyncio.run(scene())


@pytest.mark.parametrize("transport", SECURE)
def test_certificate_of_a_stranger_is_refused_and_the_reason_told(transport: str) -> None:
    async def scene() -> None:
        log, far = ReceiverLog(), ReceiverLog()
        async with bound(log) as client, bound(far) as server:
            client.send(message(b"x"), to(server, transport))
            failure = await log.failure()
            assert failure.reason.startswith("TLS: certificate verify failed: ")
            assert (failure.flow.transport, failure.flow.remote) == (transport, server.local)
            assert far.received == []
            await until(lambda: client.open_connections == 0)

    asyncio.run(scene())


def test_certificate_of_a_stranger_is_taken_where_it_is_not_verified() -> None:
    async def scene() -> None:
        far = ReceiverLog()
        async with bound(ReceiverLog(), verify=False) as client, bound(far) as server:
            client.send(message(b"x"), to(server, "TLS"))
            await far.messages(1)

    asyncio.run(scene())


def test_certificate_is_verified_by_the_ca_file_and_for_the_name_that_was_called(
    tmp_path: Path, authority: TestAuthority
) -> None:
    async def scene() -> None:
        (tmp_path / "server.pem").write_bytes(authority.issue("pbx.example.com"))
        log, far = ReceiverLog(), ReceiverLog()
        async with (
            bound(log, ca_file=tmp_path / "ca.pem") as client,
            bound(far, certificate=tmp_path / "server.pem") as server,
        ):
            client.send(message(b"one"), to(server, "TLS", "pbx.example.com"))
            await far.messages(1)
            client.send(message(b"two"), to(server, "TLS", "other.example.com"))
            assert "other.example.com" in (await log.failure()).reason
            assert len(far.received) == 1

    asyncio.run(scene())


def test_name_that_was_called_is_sent_to_the_server() -> None:
    async def scene() -> None:
        named: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        TestAuthority().certify(context, "pbx.example.com")
        context.sni_callback = lambda _, name, __: named.append(name)
        server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, 0, ssl=context)
        async with server, bound(ReceiverLog(), verify=False) as client:
            address = Address(*server.sockets[0].getsockname())
            client.send(message(b"x"), Flow("TLS", client.local, address, 0, "pbx.example.com"))
            await until(lambda: bool(named))
        assert named == ["pbx.example.com"]

    asyncio.run(scene())


def test_client_without_certificate_is_refused_where_one_is_asked_for(tmp_path: Path, authority: TestAuthority) -> None:
    async def scene() -> None:
        (tmp_path / "client.pem").write_bytes(authority.issue(HOST))
        far = ReceiverLog()
        anonymous, known = ReceiverLog(), ReceiverLog()
        async with (
            bound(far, certificate=tmp_path / "client.pem", ca_file=tmp_path / "ca.pem", require_client=True) as server,
            bound(anonymous, verify=False) as stranger,
            bound(known, certificate=tmp_path / "client.pem", ca_file=tmp_path / "ca.pem") as friend,
        ):
            stranger.send(message(b"stranger"), to(server, "TLS"))
            friend.send(message(b"friend"), to(server, "TLS"))
            assert "a certificate is asked for" in (await anonymous.failure()).reason
            await far.messages(1)
            assert far.texts == [message(b"friend")]

    asyncio.run(scene())


@pytest.mark.parametrize("named", [{"ca_file": "none.pem"}, {"certificate": "none.pem"}, {"certificate": "text.pem"}])
def test_file_that_can_not_be_used_is_told_when_the_address_is_bound(tmp_path: Path, named: dict[str, str]) -> None:
    async def scene() -> None:
        (tmp_path / "text.pem").write_text("no certificate")
        settings = TlsSettings(**{name: tmp_path / file for name, file in named.items()})  # type: ignore[arg-type]
        with pytest.raises(TlsUnusable, match="pem"):
            await AsyncioNetwork().bind(HOST, 0, ReceiverLog(), StreamSettings(tls=settings))

    asyncio.run(scene())


def test_key_log_holds_the_secrets_of_a_session(tmp_path: Path) -> None:
    async def scene() -> None:
        network, far = AsyncioNetwork(key_log=tmp_path / "keys"), ReceiverLog()
        async with bound(ReceiverLog(), network) as client, bound(far, network) as server:
            client.send(message(b"x"), to(server, "TLS"))
            await far.messages(1)

    asyncio.run(scene())
    assert "CLIENT_TRAFFIC_SECRET_0 " in (tmp_path / "keys").read_text()


@pytest.mark.parametrize("transport", ["TLS", "WS", "WSS"])
def test_handshake_that_is_never_answered_times_out(transport: str) -> None:
    async def scene() -> None:
        log = ReceiverLog()

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        silent = await asyncio.start_server(hear, HOST, 0)
        network = AsyncioNetwork(StreamLimits(connect_timeout_s=0.5))
        async with silent, bound(log, network) as client:
            address = Address(*silent.sockets[0].getsockname())
            client.send(b"x", Flow(transport, client.local, address))
            assert (await log.failure()).reason == f"{transport} handshake timed out"
            await asyncio.sleep(0.01)

    asyncio.run(scene())


def test_websocket_client_without_the_subprotocol_is_refused() -> None:
    async def scene() -> None:
        async with bound(ReceiverLog()) as server:
            with pytest.raises(InvalidStatus) as refusal:
                await connect(f"ws://{server.local}/")
            assert refusal.value.response.status_code == 400

    asyncio.run(scene())


def test_websocket_client_of_another_make_is_understood() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with bound(log) as server, connect(f"ws://{server.local}/x", subprotocols=["sip"]) as browser:  # type: ignore[list-item]
            assert browser.subprotocol == "sip"
            await browser.send(message(b"text").decode())
            await browser.send([b"OPTIONS sip:b SIP/2.0\r\n", b"Call-ID: no length\r\n\r\n"])
            await browser.send("\r\n\r\n")
            assert await browser.recv() == "\r\n"
            one, two = await log.messages(2)
            assert (one.data, two.data) == (message(b"text"), b"OPTIONS sip:b SIP/2.0\r\nCall-ID: no length\r\n\r\n")
            server.send(b"binary \xff", one.flow)
            assert await browser.recv() == b"binary \xff"
            await (await browser.ping())
        assert log.failures == []

    asyncio.run(scene())


def test_message_too_large_for_a_websocket_closes_it() -> None:
    async def scene() -> None:
        network = AsyncioNetwork(StreamLimits(max_head_bytes=500, max_body_bytes=500))
        async with bound(ReceiverLog(), network) as server:
            async with connect(f"ws://{server.local}/", subprotocols=["sip"]) as browser:  # type: ignore[list-item]
                await browser.send("x" * 1001)
                await browser.wait_closed()
                assert browser.close_code == 1009
            await until(lambda: server.open_connections == 0)

    asyncio.run(scene())


async def rest(seconds: float, longest_s: float) -> bool:
    """Let time pass; returns whether the loop had its turn all the time, never waiting for longer than this."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    end, longest = now + seconds, 0.0
    while now < end:
        before = now
        await asyncio.sleep(0.01)
        now = loop.time()
        longest = max(longest, now - before)
    return longest < longest_s


@pytest.mark.parametrize("transport", UPON_TCP)
def test_connection_that_answers_keep_alives_stays(transport: str) -> None:
    async def scene() -> bool:
        network, near, far = AsyncioNetwork(StreamLimits(pong_s=0.2)), ReceiverLog(), ReceiverLog()
        client = await network.bind(HOST, 0, near, StreamSettings(keep_alive_s=0.02))
        async with bound(far, network) as server:
            client.send(message(b"x"), to(server, transport))
            await far.messages(1)
            was_quiet = await rest(0.5, longest_s=0.1)
            stays = (client.open_connections, near.failures, len(far.received)) == (1, [], 1)
        await client.close()
        assert stays or not was_quiet
        return stays

    # Where the machine stood still, both ends of this process have: then it says nothing, and is tried again.
    assert any(asyncio.run(scene()) for _ in range(10))


def test_connection_that_does_not_answer_a_keep_alive_is_given_up() -> None:
    async def scene() -> None:
        log, heard = ReceiverLog(), bytearray()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.extend(await reader.readexactly(len(message(b"x")) + 4))
            await reader.read()
            writer.close()

        deaf = await asyncio.start_server(listen, HOST, 0)
        network = AsyncioNetwork(StreamLimits(pong_s=0.05))
        async with deaf:
            client = await network.bind(HOST, 0, log, StreamSettings(keep_alive_s=0.02))
            client.send(message(b"x"), Flow("TCP", client.local, Address(*deaf.sockets[0].getsockname())))
            assert (await log.failure()).reason == "no answer to a keep-alive"
            assert bytes(heard) == message(b"x") + b"\r\n\r\n"
            await asyncio.sleep(0.01)
            await client.close()

    asyncio.run(scene())


def test_connect_of_tls_that_is_never_answered_times_out() -> None:
    async def scene(deaf: Address) -> None:
        log = ReceiverLog()
        async with bound(log, AsyncioNetwork(StreamLimits(connect_timeout_s=0.05))) as client:
            client.send(b"x", Flow("TLS", client.local, deaf))
            assert (await log.failure()).reason == "connect timed out"

    with deaf_listener() as deaf:
        asyncio.run(scene(deaf))


class WatchedAuthority(TestAuthority):
    """Notes in which threads it works."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[threading.Thread] = set()

    @property
    def certificate(self) -> str:
        self.threads.add(threading.current_thread())
        return super().certificate

    def certify(self, context: ssl.SSLContext, host: str) -> None:
        self.threads.add(threading.current_thread())
        super().certify(context, host)


@pytest.mark.parametrize("transport", SECURE)
def test_first_handshake_is_prepared_beside_the_event_loop(transport: str) -> None:
    async def scene() -> None:
        authority, far = WatchedAuthority(), ReceiverLog()
        network = AsyncioNetwork(authority=authority)
        async with bound(ReceiverLog(), network) as client, bound(far, network) as server:
            for name in (b"one", b"two"):
                client.send(message(name), to(server, transport))
            assert [heard.data for heard in await far.messages(2)] == [message(b"one"), message(b"two")]
        assert authority.threads
        assert threading.current_thread() not in authority.threads

    asyncio.run(scene())
