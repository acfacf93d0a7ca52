"""The torture messages over TCP: the same verdicts, but where a stream frames messages in another way."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.loopback.agents import ring, running_agent
from tests.loopback.torture_verdicts import CASES, VERDICTS, ask_options
from tests.torture.cases import TORTURE, TortureCase

LIMIT_S = 20

VERDICTS_TCP: dict[str, list[int]] = {
    **{name: [status] if status else [] for name, status in VERDICTS.items()},
    "dblreq": [405, 400],  # two messages; the second has a broken description
    "clerr": [],  # the rest of the body is awaited
    "baddn": [],  # and here the empty line after the header fields
    "inv2543": [400],  # no Content-Length
}
BROKEN_FRAMING = {"ncl", "mcl01", "inv2543", "dblreq"}
"""After these the stream can't be cut any more (after `dblreq` comes half a line): the connection is closed."""


class Stream:
    """The client's end of a TCP connection that reads status codes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def status(self) -> int:
        """The status code of the next response. Raises IncompleteReadError at the end of the stream."""
        async with asyncio.timeout(LIMIT_S):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"\r\nContent-Length: *(\d+)", head)
            assert length is not None
            await self._reader.readexactly(int(length[1]))
        return int(head.split(b" ")[1])

    async def is_at_end(self) -> bool:
        """Whether the peer ends the stream, and says nothing more before."""
        async with asyncio.timeout(LIMIT_S):
            return await self._reader.read() == b""

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come that was not read, not even the end."""
        return not self._reader._buffer and not self._reader.at_eof()  # type: ignore[attr-defined]


@pytest.mark.conformance(7, 16, "R9")
@pytest.mark.parametrize("case", CASES)
def test_torture_message_on_a_stream_gets_its_verdict(case: TortureCase) -> None:
    async def scene() -> None:
        async with running_agent(ring) as agent:
            reader, writer = await asyncio.open_connection(*agent.local)
            stream = Stream(reader, writer)
            writer.write(case.data)
            assert [await stream.status() for _ in VERDICTS_TCP[case.name]] == VERDICTS_TCP[case.name]
            await ask_options(agent.local)
            if case.name in BROKEN_FRAMING:
                assert await stream.is_at_end()
            else:
                assert stream.is_silent
            writer.close()
            await writer.wait_closed()

    asyncio.run(scene())


@pytest.mark.conformance(7, 42)
def test_responses_that_belong_to_nothing_leave_the_connection_usable() -> None:
    async def scene() -> None:
        async with running_agent(ring) as agent:
            reader, writer = await asyncio.open_connection(*agent.local)
            stream = Stream(reader, writer)
            strays = [case.data for name, case in TORTURE.items() if VERDICTS[name] is None]
            writer.write(b"".join(strays) + TORTURE["zeromf"].data)
            assert await stream.status() == 200
            writer.close()
            await writer.wait_closed()

    asyncio.run(scene())
