"""Binding a real endpoint, and what is left when it is closed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from sipflow.base.errors import AddressUnavailable
from sipflow.net.connection import StreamLimits
from sipflow.net.network import AsyncioEndpoint, AsyncioNetwork
from sipflow.sip.flow import Address, Flow
from sipflow.testing import RawPeer, ReceiverLog, deaf_listener, until
from tests.loopback.descriptors import counts_descriptors, open_sockets

HOST = "127.0.0.1"


def hold(kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    sock.bind((HOST, 0))
    if kind == socket.SOCK_STREAM:
        sock.listen()
    return sock


def test_bind_to_port_0_takes_one_port_for_both_transports() -> None:
    async def scene() -> None:
        endpoints = [await AsyncioNetwork().bind(HOST, 0, ReceiverLog()) for _ in range(20)]
        assert len({endpoint.local for endpoint in endpoints}) == 20
        _, writer = await asyncio.open_connection(*endpoints[0].local)
        writer.close()
        for endpoint in endpoints:
            await endpoint.close()

    asyncio.run(scene())


@counts_descriptors
@pytest.mark.parametrize(
    ("kind", "transport"), [(socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")], ids=["UDP", "TCP"]
)
def test_bind_to_a_port_in_use_names_it_and_leaves_nothing_open(kind: socket.SocketKind, transport: str) -> None:
    async def scene() -> None:
        with hold(kind) as holder:
            port = holder.getsockname()[1]
            before = open_sockets()
            with pytest.raises(AddressUnavailable, match=f"{HOST}:{port} \\({transport}\\): address already in use"):
                await AsyncioNetwork().bind(HOST, port, ReceiverLog())
            assert open_sockets() == before

    asyncio.run(scene())


def test_bind_twice_to_one_port_is_refused_and_the_first_lives_on() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        first = await AsyncioNetwork().bind(HOST, 0, log)
        with pytest.raises(AddressUnavailable, match="in use"):
            await AsyncioNetwork().bind(HOST, first.local.port, ReceiverLog())
        with RawPeer() as peer:
            peer.send(b"OPTIONS", first.local)
            await log.messages(1)
        await first.close()

    asyncio.run(scene())


def test_port_is_free_at_once_after_connections_on_it_were_closed() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        first = await AsyncioNetwork().bind(HOST, 0, log)
        reader, writer = await asyncio.open_connection(*first.local)
        writer.write(b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n")
        await log.messages(1)
        await first.close()
        assert await reader.read() == b""
        again = await AsyncioNetwork().bind(HOST, first.local.port, ReceiverLog())
        await again.close()
        writer.close()

    asyncio.run(scene())


@pytest.mark.parametrize("host", ["203.0.113.1", "nobody.invalid", "no host at all"])
def test_bind_to_an_address_of_another_machine_is_refused(host: str) -> None:
    async def scene() -> None:
        with pytest.raises(AddressUnavailable, match=host):
            await AsyncioNetwork().bind(host, 0, ReceiverLog())

    asyncio.run(scene())


@pytest.mark.parametrize("port", [-1, 65_536, 10**6])
def test_bind_to_a_number_that_is_no_port_is_refused(port: int) -> None:
    async def scene() -> None:
        with pytest.raises(AddressUnavailable):
            await AsyncioNetwork().bind(HOST, port, ReceiverLog())

    asyncio.run(scene())


@pytest.mark.parametrize(("host", "own"), [("127.0.0.1", "127.0.0.1"), ("127.9.9.9", "127.0.0.1"), ("::1", "::1")])
def test_address_that_reaches_a_host_is_on_its_side(host: str, own: str) -> None:
    assert asyncio.run(AsyncioNetwork().host_towards(host)) == own


def test_no_address_reaches_a_host_that_nobody_knows() -> None:
    with pytest.raises(AddressUnavailable):
        asyncio.run(AsyncioNetwork().host_towards("nobody.invalid"))


def test_bind_to_localhost_listens_on_ipv4() -> None:
    async def scene() -> None:
        endpoint = await AsyncioNetwork().bind("localhost", 0, ReceiverLog())
        assert endpoint.local.host == HOST
        await endpoint.close()

    asyncio.run(scene())


class Trace:
    """What a test leaves behind on purpose: an endpoint in use, and strangers connected to it."""

    def __init__(self, endpoint: AsyncioEndpoint, log: ReceiverLog, deaf: Address) -> None:
        self.endpoint = endpoint
        self.log = log
        self.deaf = deaf
        self.strangers: list[socket.socket] = []

    def send(self, data: bytes, transport: str, host: str, port: int = 5060) -> None:
        self.endpoint.send(data, Flow(transport, self.endpoint.local, Address(host, port)))

    def connect(self, data: bytes) -> None:
        stranger = socket.create_connection(self.endpoint.local)
        self.strangers.append(stranger)
        stranger.sendall(data)


MESSAGE = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n"


async def a_failed_datagram(trace: Trace) -> None:
    trace.send(bytes(70_000), "UDP", HOST)


async def a_connect(trace: Trace) -> None:
    trace.send(b"x", "TCP", *trace.deaf)
    await asyncio.sleep(0)


async def connections(trace: Trace) -> None:
    for _ in range(10):
        trace.connect(MESSAGE)
    await trace.log.messages(10)


async def silent_connections(trace: Trace) -> None:
    for _ in range(10):
        trace.connect(b"")
    await until(lambda: trace.endpoint.open_connections == 10)


async def a_peer_that_does_not_read(trace: Trace) -> None:
    await connections(trace)
    flow = trace.log.received[0].flow
    while trace.endpoint.open_connections == 10:
        trace.endpoint.send(bytes(100_000), flow)


async def bytes_still_to_be_sent(trace: Trace) -> None:
    await connections(trace)
    for _ in range(40):
        trace.endpoint.send(bytes(100_000), trace.log.received[0].flow)


async def broken_framing(trace: Trace) -> None:
    trace.connect(b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n")
    await trace.log.messages(1)


@counts_descriptors
@pytest.mark.parametrize(
    "leave",
    [
        a_failed_datagram,
        a_connect,
        connections,
        silent_connections,
        a_peer_that_does_not_read,
        bytes_still_to_be_sent,
        broken_framing,
    ],
)
def test_nothing_is_left_after_close(leave: Callable[[Trace], Awaitable[None]]) -> None:
    async def scene(deaf: Address) -> None:
        before = open_sockets()
        log = ReceiverLog()
        trace = Trace(await AsyncioNetwork(StreamLimits(max_unsent_bytes=8 << 20)).bind(HOST, 0, log), log, deaf)
        await leave(trace)
        async with asyncio.timeout(20):
            await trace.endpoint.close()
        await trace.endpoint.close()
        trace.send(b"too late", "UDP", HOST)
        trace.send(b"too late", "TCP", HOST)
        told = len(log.received), len(log.failures)
        for stranger in trace.strangers:
            stranger.close()
        assert open_sockets() == before
        assert asyncio.all_tasks() == {asyncio.current_task()}
        scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
        assert [timer for timer in scheduled if not timer.cancelled()] == []
        await asyncio.sleep(0)
        assert (len(log.received), len(log.failures)) == told

    with deaf_listener() as deaf:
        asyncio.run(scene(deaf))
