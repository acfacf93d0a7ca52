"""User agents on real sockets, and a record of all that they say and hear."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sipflow.base.clock import SystemClock
from sipflow.base.ids import RandomIds
from sipflow.media import UdpMediaPorts
from sipflow.net.connection import StreamLimits
from sipflow.net.network import AsyncioNetwork
from sipflow.sip.flow import Flow
from sipflow.sip.session_timer import TimerWishes
from sipflow.sip.timers import Timing
from sipflow.testing.receiver import PATIENCE_S
from sipflow.ua import AgentSettings, IncomingCall, NegotiatedSession, UserAgent
from tests.repetitions import Seen, repeated_though_answered

HOST = "127.0.0.1"


class Tape:
    """Every message that an agent sent or received."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        """`sent` or `received`, and the bytes, in order."""
        self._times_s: list[float] = []
        self._changed = asyncio.Event()

    def __call__(self, direction: str, data: bytes, flow: Flow) -> None:
        self.messages.append((direction, data))
        self._times_s.append(time.monotonic())
        self._changed.set()

    async def until(self, direction: str, begin: str, count: int = 1) -> None:
        """Wait until so many messages of this direction begin so. Raises AssertionError with what there was instead."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.count(direction, begin) < count:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            seen = [f"{way} {_first_line(data)}" for way, data in self.messages]
            raise AssertionError(f"expected {begin!r} to be {direction} {count} times, got {seen}") from None

    @property
    def repeated(self) -> list[str]:
        """The first lines of messages that went over the wire again though they had been answered."""
        told = zip(self._times_s, self.messages, strict=True)
        return repeated_though_answered(
            [Seen(at_s, way, data.decode(errors="backslashreplace")) for at_s, (way, data) in told]
        )

    def lines(self, direction: str) -> list[str]:
        """The first lines of the messages of one direction, in order, each once however often it was repeated."""
        return [_first_line(data) for way, data in dict.fromkeys(self.messages) if way == direction]

    def count(self, direction: str, begin: str) -> int:
        """How many messages of this direction begin so, every repetition counted."""
        return sum(way == direction and _first_line(data).startswith(begin) for way, data in self.messages)


def _first_line(data: bytes) -> str:
    return data.partition(b"\r\n")[0].decode(errors="backslashreplace")


def ring(call: IncomingCall) -> None:
    """Let the callee ring, and nobody come."""
    call.ring()


def ring_and_answer(call: IncomingCall) -> None:
    """Be a callee who is quick."""
    call.ring()
    call.answer()


@asynccontextmanager
async def running_agent(
    on_incoming: Callable[[IncomingCall], None] = ring,
    *,
    tape: Tape | None = None,
    timing: Timing | None = None,
    media_ports: UdpMediaPorts | None = None,
    session_timer: TimerWishes | None = None,
    settings: AgentSettings | None = None,
    limits: StreamLimits | None = None,
) -> AsyncIterator[UserAgent]:
    """A user agent with real sockets, real offer and answer, and RTP ports that are really bound.

    `settings` stand for plain ones, with what `timing` and `session_timer` say.
    """
    ports = media_ports or UdpMediaPorts()
    ids = RandomIds()
    plain = AgentSettings(
        user="agent", host=HOST, timing=timing or Timing(), session_timer=session_timer or TimerWishes()
    )
    agent = UserAgent(
        settings or plain,
        network=AsyncioNetwork(limits),
        clock=SystemClock(),
        ids=ids,
        new_session=lambda: NegotiatedSession(ports, HOST, ("PCMU", "PCMA"), ids.number(2**31)),
        on_incoming=on_incoming,
        on_message=tape,
    )
    await agent.start()
    try:
        yield agent
    finally:
        await agent.close()
        assert ports.open_ports == 0
