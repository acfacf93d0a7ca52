"""Streams that are idle, slow, endless or lie about their size: closed with an answer, while others are served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sipflow.net.connection import StreamLimits
from sipflow.ua import UserAgent
from tests.loopback.agents import Tape, running_agent
from tests.loopback.torture_verdicts import ask_options

LIMIT_S = 20.0
SHORT = StreamLimits(idle_s=0.2)
HEAD = (
    "OPTIONS sip:agent@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKslow\r\nMax-Forwards: 70\r\n"
    "From: <sip:a@b>;tag=1\r\nTo: <sip:agent@127.0.0.1>\r\nCall-ID: slow\r\nCSeq: 1 OPTIONS\r\n"
)


class Stream:
    """A plain TCP connection to an agent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def until_closed(self) -> str:
        """The first line of the last thing that is said before the far end closes; empty where nothing is."""
        async with asyncio.timeout(LIMIT_S):
            said = await self._reader.read()
        return said.partition(b"\r\n")[0].decode()


@asynccontextmanager
async def stream_to(agent: UserAgent) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection(*agent.local)
    try:
        yield Stream(reader, writer)
    finally:
        writer.close()


@pytest.mark.conformance("R7")
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (HEAD + "Content-Length: 9999999999\r\n\r\n", "SIP/2.0 413 Request Entity Too Large"),
        (HEAD + f"Content-Length: {(1 << 20) + 1}\r\n\r\n", "SIP/2.0 413 Request Entity Too Large"),
        (HEAD + "Content-Length: -1\r\n\r\n", "SIP/2.0 400 Bad Request"),
        (HEAD + "\r\n", "SIP/2.0 400 Bad Request"),
        (HEAD + "X: " + "x" * (64 << 10), "SIP/2.0 400 Bad Request (a head that is too long)"),
        (
            HEAD + "".join(f"X-{n}: no end\r\n" for n in range(6000)),
            "SIP/2.0 400 Bad Request (a head that is too long)",
        ),
    ],
    ids=["10 GB", "1 MiB and a byte", "negative", "no length", "endless field", "endless fields"],
)
def test_stream_without_an_end_is_answered_and_closed(said: str, answer: str) -> None:
    async def scene() -> None:
        tape = Tape()
        async with running_agent(tape=tape) as agent, stream_to(agent) as stream:
            stream.writer.write(said.encode())
            assert (await stream.until_closed()).startswith(answer)
            assert tape.lines("received") == ["OPTIONS sip:agent@127.0.0.1 SIP/2.0"]
            await ask_options(agent.local)

    asyncio.run(scene())


@pytest.mark.conformance("R7")
def test_message_that_comes_byte_by_byte_for_ever_is_answered_and_closed() -> None:
    async def scene() -> None:
        async with running_agent(limits=SHORT) as agent, stream_to(agent) as stream:

            async def drip() -> None:
                for octet in HEAD.encode() + b"X" * 100_000:
                    stream.writer.write(bytes([octet]))
                    await asyncio.sleep(0.001)

            dripping = asyncio.create_task(drip())
            assert (await stream.until_closed()).startswith("SIP/2.0 400 Bad Request (a message that does not end)")
            dripping.cancel()
            await ask_options(agent.local)

    asyncio.run(scene())


@pytest.mark.conformance("R7")
def test_slow_message_is_cut_off_after_a_good_one_too() -> None:
    async def scene() -> None:
        async with running_agent(limits=SHORT) as agent, stream_to(agent) as stream:
            stream.writer.write((HEAD + "Content-Length: 0\r\n\r\n" + HEAD).encode())
            async with asyncio.timeout(LIMIT_S):
                said = await stream._reader.read()
            assert said.startswith(b"SIP/2.0 200 OK")
            assert b"SIP/2.0 400 Bad Request (a message that does not end)" in said

    asyncio.run(scene())


@pytest.mark.conformance("R7")
@pytest.mark.parametrize(
    "said", [b"", b"\r\n\r\n", b"\r\n" * 50, b"\x16", b"G", b"\x16\x03\x01\x00\x05hello", b"GET / HTTP/1.1\r\n"]
)
def test_stream_that_never_says_a_message_is_closed(said: bytes) -> None:
    async def scene() -> None:
        async with running_agent(limits=SHORT) as agent, stream_to(agent) as stream:
            stream.writer.write(said)
            await stream.until_closed()
            await ask_options(agent.local)

    asyncio.run(scene())


@pytest.mark.conformance("R7")
def test_flood_of_connections_leaves_room_for_those_that_are_open() -> None:
    async def scene() -> None:
        async with running_agent(limits=StreamLimits(max_connections=5)) as agent, stream_to(agent) as first:
            first.writer.write((HEAD + "Content-Length: 0\r\n\r\n").encode())
            async with asyncio.timeout(LIMIT_S):
                assert (await first._reader.readline()).startswith(b"SIP/2.0 200")
            others = [await asyncio.open_connection(*agent.local) for _ in range(20)]
            async with asyncio.timeout(LIMIT_S):
                ends = await asyncio.gather(*[reader.read() for reader, _ in others[4:]], return_exceptions=True)
            assert len(ends) == 16
            first.writer.write(HEAD.replace("z9hG4bKslow", "z9hG4bKsecond").encode() + b"Content-Length: 0\r\n\r\n")
            async with asyncio.timeout(LIMIT_S):
                while not (await first._reader.readline()).startswith(b"SIP/2.0 200"):
                    pass
            for _, writer in others:
                writer.close()

    asyncio.run(scene())
