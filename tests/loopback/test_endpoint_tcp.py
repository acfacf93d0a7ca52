"""The TCP half of a real endpoint, on 127.0.0.1, mostly against plain streams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from sipflow.net.connection import StreamLimits
from sipflow.net.network import AsyncioEndpoint, AsyncioNetwork
from sipflow.sip.flow import Address, Flow
from sipflow.testing import ReceiverLog, deaf_listener, until
from tests.loopback.descriptors import counts_descriptors, open_sockets

HOST = "127.0.0.1"
LIMIT_S = 20.0
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def message(body: bytes = b"", name: bytes = b"x") -> bytes:
    return b"OPTIONS sip:%s SIP/2.0\r\nCall-ID: %s\r\nContent-Length: %d\r\n\r\n" % (name, name, len(body)) + body


def tcp(local: Address, remote: Address, connection: int = 0) -> Flow:
    return Flow("TCP", local, remote, connection)


@asynccontextmanager
async def bound(log: ReceiverLog, limits: StreamLimits | None = None) -> AsyncIterator[AsyncioEndpoint]:
    endpoint = await AsyncioNetwork(limits).bind(HOST, 0, log)
    try:
        yield endpoint
    finally:
        await endpoint.close()


@asynccontextmanager
async def stream_to(endpoint: AsyncioEndpoint) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection(*endpoint.local)
    try:
        yield reader, writer
    finally:
        writer.close()


@asynccontextmanager
async def listener(serve: Callable[[Stream], Awaitable[None]]) -> AsyncIterator[Address]:
    """A plain TCP peer; `serve` runs for each connection it accepts."""
    handlers: list[asyncio.Task[None]] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.append(task)
        await serve((reader, writer))

    server = await asyncio.start_server(accept, HOST, 0)
    try:
        yield Address(*server.sockets[0].getsockname())
    finally:
        server.close()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


async def read_end(reader: asyncio.StreamReader, limit_s: float = LIMIT_S) -> bytes:
    """All that comes until the far end closes; a reset counts as an end."""
    try:
        return await asyncio.wait_for(reader.read(), limit_s)
    except ConnectionResetError:
        return b""


@pytest.mark.conformance(7)
def test_two_messages_in_one_segment_are_two() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with bound(log) as endpoint, stream_to(endpoint) as (_, writer):
            writer.write(message(b"one") + message(b"two"))
            await log.messages(2)
            assert log.texts == [message(b"one"), message(b"two")]
            assert log.batches == 1
            assert log.received[0].flow == tcp(endpoint.local, Address(*writer.get_extra_info("sockname")), 1)

    asyncio.run(scene())


@pytest.mark.conformance(7)
def test_message_in_one_byte_segments_is_one() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with bound(log) as endpoint, stream_to(endpoint) as (_, writer):
            for octet in message(b"body"):
                writer.write(bytes([octet]))
                await asyncio.sleep(0)
            await log.messages(1)
            assert log.texts == [message(b"body")]

    asyncio.run(scene())


@pytest.mark.conformance(53)
def test_ping_is_answered_with_one_line_end_and_a_pong_with_nothing() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with bound(log) as endpoint, stream_to(endpoint) as (reader, writer):
            writer.write(b"\r\n\r\n")
            assert await asyncio.wait_for(reader.readexactly(2), LIMIT_S) == b"\r\n"
            writer.write(message())
            await log.messages(1)
            writer.write(b"\r\n\r\n")
            writer.write_eof()
            assert await read_end(reader) == b"\r\n"
            assert log.texts == [message()]

    asyncio.run(scene())


@pytest.mark.conformance(8)
def test_answer_goes_back_on_the_connection_its_request_came_by() -> None:
    async def scene() -> None:
        log = ReceiverLog(on_message=lambda data, flow: endpoint.send(b"answer to " + data, flow))
        async with (
            bound(log) as endpoint,
            stream_to(endpoint) as (reader_a, writer_a),
            stream_to(endpoint) as (reader_b, writer_b),
        ):
            writer_b.write(message(name=b"b"))
            writer_a.write(message(name=b"a"))
            expected = b"answer to " + message(name=b"a")
            assert await asyncio.wait_for(reader_a.readexactly(len(expected)), LIMIT_S) == expected
            expected = b"answer to " + message(name=b"b")
            assert await asyncio.wait_for(reader_b.readexactly(len(expected)), LIMIT_S) == expected

    asyncio.run(scene())


@pytest.mark.conformance(8)
def test_live_connection_wins_over_the_address_and_the_address_over_a_dead_one() -> None:
    async def scene() -> None:
        log, other_log = ReceiverLog(), ReceiverLog()
        async with bound(log) as endpoint, bound(other_log) as other:
            async with stream_to(endpoint) as (reader, writer):
                writer.write(message())
                await log.messages(1)
                endpoint.send(b"to the stream", tcp(endpoint.local, other.local, 1))
                assert await asyncio.wait_for(reader.readexactly(13), LIMIT_S) == b"to the stream"
            await until(lambda: endpoint.open_connections == 0)
            endpoint.send(message(name=b"sent-by"), tcp(endpoint.local, other.local, 1))
            await other_log.messages(1)
            assert other_log.texts == [message(name=b"sent-by")]

    asyncio.run(scene())


@pytest.mark.conformance(8)
def test_messages_to_one_address_share_one_connection_in_order() -> None:
    async def scene() -> None:
        left_log, right_log = ReceiverLog(), ReceiverLog()
        async with bound(left_log) as left, bound(right_log) as right:
            sent = [message(b"%d" % n) for n in range(20)]
            for data in sent[:10]:
                left.send(data, tcp(left.local, right.local))
            await right_log.messages(10)
            for data in sent[10:]:
                left.send(data, tcp(left.local, right.local))
            await right_log.messages(20)
            assert right_log.texts == sent
            flows = {received.flow for received in right_log.received}
            assert len(flows) == 1
            right.send(message(b"back"), flows.pop())
            assert (await left_log.messages(1))[0].flow == tcp(left.local, right.local, 1)

    asyncio.run(scene())


@pytest.mark.conformance(8)
def test_message_for_a_closed_connection_goes_to_its_remote_on_a_new_one() -> None:
    async def scene() -> None:
        accepted: list[bytes] = []

        async def serve(stream: Stream) -> None:
            accepted.append(await stream[0].readuntil(b"\r\n\r\n"))
            stream[1].close()

        log = ReceiverLog()
        async with bound(log) as endpoint, listener(serve) as peer:
            endpoint.send(message(name=b"1"), tcp(endpoint.local, peer))
            await until(lambda: endpoint.open_connections == 1 and len(accepted) == 1)
            await until(lambda: endpoint.open_connections == 0)
            endpoint.send(message(name=b"2"), tcp(endpoint.local, peer, 1))
            await until(lambda: len(accepted) == 2)
            assert accepted == [message(name=b"1"), message(name=b"2")]
            assert log.failures == []

    asyncio.run(scene())


@pytest.mark.conformance(13)
def test_refused_connection_is_reported_at_once() -> None:
    async def scene() -> None:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            nobody = Address(*probe.getsockname())
        log = ReceiverLog()
        async with bound(log) as endpoint:
            endpoint.send(message(), tcp(endpoint.local, nobody))
            assert log.failures == []
            assert (await log.failure())[:2] == (tcp(endpoint.local, nobody, 1), "connection refused")

    asyncio.run(scene())


@pytest.mark.conformance(13)
def test_connect_that_is_never_answered_times_out() -> None:
    async def scene() -> None:
        with deaf_listener() as target:
            log = ReceiverLog()
            async with bound(log, StreamLimits(connect_timeout_s=0.05)) as endpoint:
                endpoint.send(message(), tcp(endpoint.local, target))
                assert (await log.failure())[:2] == (tcp(endpoint.local, target, 1), "connect timed out")

    asyncio.run(scene())


@pytest.mark.conformance(13)
def test_reset_connection_is_reported_and_an_orderly_close_is_not() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with bound(log) as endpoint:
            async with stream_to(endpoint) as (_, writer):
                writer.write(message())
                await log.messages(1)
            await until(lambda: endpoint.open_connections == 0)
            assert log.failures == []
            async with stream_to(endpoint) as (_, writer):
                writer.write(message())
                await log.messages(2)
                linger = (1).to_bytes(4, "little") + bytes(4)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
                failure = await log.failure()
                assert failure[:2] == (log.received[1].flow, "connection reset by peer")

    asyncio.run(scene())


@pytest.mark.conformance("R7")
def test_idle_connection_is_closed_unless_a_message_came() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with (
            bound(log, StreamLimits(idle_s=1.0)) as endpoint,
            stream_to(endpoint) as (silent, _),
            stream_to(endpoint) as (pinging, ping_writer),
            stream_to(endpoint) as (talking, writer),
        ):
            writer.write(message())
            ping_writer.write(b"\r\n\r\nOPTIONS sip:half")
            await log.messages(1)
            assert await read_end(silent) == b""
            assert await read_end(pinging) == b"\r\n"
            endpoint.send(b"still here", log.received[0].flow)
            assert await asyncio.wait_for(talking.readexactly(10), LIMIT_S) == b"still here"
            assert log.failures == []

    asyncio.run(scene())


@pytest.mark.conformance("R7")
def test_connections_beyond_the_cap_are_closed_and_the_others_live() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with bound(log) as endpoint:
            streams = [await asyncio.open_connection(*endpoint.local) for _ in range(1000)]
            await until(lambda: endpoint.open_connections == 1000)
            extra = [await asyncio.open_connection(*endpoint.local) for _ in range(5)]
            for reader, _ in extra:
                assert await read_end(reader) == b""
            streams[0][1].write(message())
            streams[999][1].write(message())
            await log.messages(2)
            streams[0][1].close()
            await until(lambda: endpoint.open_connections == 999)
            late = await asyncio.open_connection(*endpoint.local)
            late[1].write(message())
            await log.messages(3)
            for _, writer in [*streams, *extra, late]:
                writer.transport.abort()

    asyncio.run(scene())


@pytest.mark.conformance("R7")
def test_peer_that_does_not_read_is_given_up() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        async with bound(log) as endpoint, stream_to(endpoint) as (_, writer):
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(message())
            flow = (await log.messages(1))[0].flow
            chunk = message(bytes(100_000))
            for _ in range(200):
                endpoint.send(chunk, flow)
                if endpoint.open_connections == 0:
                    break
            assert (await log.failure())[:2] == (flow, "the peer does not read")

    asyncio.run(scene())


@pytest.mark.conformance(7)
@pytest.mark.parametrize(
    "broken",
    [
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nX: " + b"x" * (64 << 10),
    ],
    ids=["negative length", "huge length", "endless head"],
)
def test_connection_with_broken_framing_is_closed_after_the_answer(broken: bytes) -> None:
    async def scene() -> None:
        log = ReceiverLog(on_message=lambda _, flow: endpoint.send(b"SIP/2.0 400 Bad Request\r\n\r\n", flow))
        async with bound(log) as endpoint, stream_to(endpoint) as (reader, writer):
            writer.write(message(b"whole") + broken)
            await log.messages(2)
            assert log.texts[0] == message(b"whole")
            assert log.texts[1].startswith(b"OPTIONS sip:x SIP/2.0")
            writer.write(message())
            assert await read_end(reader) == b"SIP/2.0 400 Bad Request\r\n\r\n" * 2
            assert len(log.received) == 2
            assert endpoint.open_connections == 0

    asyncio.run(scene())


def test_stream_over_ipv6_works() -> None:
    async def scene() -> None:
        left_log, right_log = ReceiverLog(), ReceiverLog()
        left = await AsyncioNetwork().bind("::1", 0, left_log)
        right = await AsyncioNetwork().bind("::1", 0, right_log)
        left.send(message(), tcp(left.local, right.local))
        flow = (await right_log.messages(1))[0].flow
        assert (flow.local, flow.remote.host, flow.connection) == (right.local, "::1", 1)
        await left.close()
        await right.close()

    asyncio.run(scene())


def ended(client: socket.socket) -> bool:
    """Whether the peer has closed the connection, or reset it."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@counts_descriptors
@pytest.mark.parametrize("turns", range(4))
def test_close_misses_no_connection_that_is_being_accepted(turns: int) -> None:
    async def scenario() -> None:
        endpoint = await AsyncioNetwork().bind(HOST, 0, ReceiverLog())
        before = open_sockets()
        with socket.create_connection(endpoint.local) as client:
            own = open_sockets() - before
            for _ in range(turns):  # of the event loop, within which asyncio takes a connection over step by step
                await asyncio.sleep(0)
            await endpoint.close()
            assert open_sockets() - before == own
            client.settimeout(LIMIT_S)
            assert ended(client)

    asyncio.run(scenario())
