"""The receiver of an endpoint under test: keeps everything it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from sipflow.base.errors import FramingError
from sipflow.base.sayings import Told
from sipflow.sip.flow import Flow

PATIENCE_S = 20.0
"""How long what comes over real sockets may take on a busy machine."""


class Received(NamedTuple):
    """One call of `message_received`."""

    data: bytes
    flow: Flow
    at: float


class Failure(NamedTuple):
    """One call of `transport_failed`."""

    flow: Flow
    reason: str
    at: float


class ReceiverLog:
    """A `Receiver` that remembers, and lets a test wait for what is to come."""

    def __init__(self, on_message: Callable[[bytes, Flow], None] | None = None) -> None:
        """`on_message` is called for each message, to answer it at once."""
        self.received: list[Received] = []
        self.failures: list[Failure] = []
        self.closed: list[Failure] = []
        """Connections that the peer has closed in good order."""
        self.broken: list[FramingError] = []
        """Why streams were given up; what came of their last message is among `received`."""
        self.batches = 0
        self._on_message = on_message
        self._changed = asyncio.Event()

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        self.received.append(Received(data, flow, now))
        self._changed.set()
        if self._on_message is not None:
            self._on_message(data, flow)

    def stream_broken(self, fault: FramingError, flow: Flow, now: float) -> None:
        self.broken.append(fault)
        self.message_received(fault.data, flow, now)

    def batch_ended(self, now: float) -> None:  # noqa: ARG002
        self.batches += 1

    def transport_failed(self, flow: Flow, reason: Told, now: float) -> None:
        self.failures.append(Failure(flow, str(reason), now))
        self._changed.set()

    def connection_closed(self, flow: Flow, now: float) -> None:
        self.closed.append(Failure(flow, "", now))
        self._changed.set()

    @property
    def texts(self) -> list[bytes]:
        """The messages alone, in order."""
        return [message.data for message in self.received]

    async def messages(self, count: int, limit_s: float = PATIENCE_S) -> list[Received]:
        """Wait until so many messages have come. Raises AssertionError when they do not in time."""
        await self._until(lambda: len(self.received) >= count, f"{count} messages", limit_s)
        return self.received

    async def failure(self, limit_s: float = PATIENCE_S) -> Failure:
        """Wait for the first failure. Raises AssertionError when none comes in time."""
        await self._until(lambda: bool(self.failures), "a failure", limit_s)
        return self.failures[0]

    async def _until(self, holds: Callable[[], bool], expected: str, limit_s: float) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"expected {expected} within {limit_s} s, got {self.texts} and failures {self.failures}"
            ) from None


async def until(holds: Callable[[], bool], limit_s: float = PATIENCE_S) -> None:
    """Run the loop until something holds that nobody announces. Raises TimeoutError when it does not in time."""
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0)
