"""The memory of one call: what happened on it, in order, until somebody takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sipflow.base.call_events import (
    CallEvent,
    DigitReceived,
    Held,
    Notified,
    Progressed,
    Requested,
    Responded,
    Retrieved,
)

logger = logging.getLogger(__name__)

MAX_EVENTS = 4096
"""A peer that sends more provisional responses, requests, holds, notifications or digits fills no more memory."""
MAX_BYTES = 32 << 20
"""What the messages of all these may take together: one may have a body of 1 MiB."""
DROPPABLE = (DigitReceived, Held, Notified, Progressed, Requested, Responded, Retrieved)

Matches = Callable[[CallEvent], bool]


class Mailbox:
    """Events of a call. Each is taken at most once; looking takes nothing."""

    __slots__ = ("_size_bytes", "_taken", "_waiters", "history", "listener")

    def __init__(self) -> None:
        self._size_bytes = 0
        self._taken = 0
        self._waiters: list[_Waiter] | None = None
        self.history: list[CallEvent] = []
        """Everything that happened, taken or not, oldest first."""
        self.listener: Callable[[CallEvent], None] | None = None
        """Called at once with every event, for those who need no memory; let go of when the call has ended."""

    @property
    def is_full(self) -> bool:
        """Whether it takes only what ends something."""
        return len(self.history) >= MAX_EVENTS or self._size_bytes >= MAX_BYTES

    def post(self, event: CallEvent) -> None:
        """Something happened: the oldest waiter that it fits gets it, else it is kept."""
        history = self.history
        if isinstance(event, DROPPABLE):
            if len(history) >= MAX_EVENTS or self._size_bytes >= MAX_BYTES:  # not `is_full`: every event comes by
                logger.debug("a call has %d events; one more is dropped: %s", len(history), event)
                return
            self._size_bytes += len(event.message)
        history.append(event)
        if self._waiters:
            self._serve(event, 1 << len(history) - 1)
        if self.listener is not None:
            self.listener(event)

    def _serve(self, event: CallEvent, bit: int) -> None:
        for waiter in list(self._waiters or ()):
            if waiter.future.done() or not waiter.matches(event):
                continue
            waiter.future.set_result(event)
            if waiter.take:
                waiter.bit = bit
                self._taken |= bit
                return

    def find(self, matches: Matches, *, take: bool = True) -> CallEvent | None:
        """The oldest matching event that nobody has taken, or None."""
        for index, event in enumerate(self.history):
            if not self._taken >> index & 1 and matches(event):
                if take:
                    self._taken |= 1 << index
                return event
        return None

    def give_back(self, event: CallEvent) -> None:
        """Whoever took this event did so in vain: it goes to the next waiter, or can be taken again."""
        for index, own in enumerate(self.history):
            if own is event and self._taken >> index & 1:
                self._taken &= ~(1 << index)
                self._serve(event, 1 << index)
                return

    @property
    def untaken(self) -> list[CallEvent]:
        """What nobody has taken, oldest first."""
        return [event for index, event in enumerate(self.history) if not self._taken >> index & 1]

    async def wait(self, matches: Matches, *, take: bool = True) -> CallEvent:
        """The oldest matching event, or the next one. An event given to a cancelled waiter goes to the next."""
        event = self.find(matches, take=take)
        if event is not None:
            return event
        waiter = _Waiter(matches, take, asyncio.get_running_loop().create_future())
        waiters = self._waiters = self._waiters or []
        waiters.append(waiter)
        try:
            return await waiter.future
        except asyncio.CancelledError:
            if waiter.bit:
                self._taken &= ~waiter.bit
                self._serve(waiter.future.result(), waiter.bit)
            raise
        finally:
            waiters.remove(waiter)


class _Waiter:
    """Somebody who waits, and the bit of the event that was taken for them."""

    __slots__ = ("bit", "future", "matches", "take")

    def __init__(self, matches: Matches, take: bool, future: asyncio.Future[CallEvent]) -> None:
        self.matches = matches
        self.take = take
        self.future = future
        self.bit = 0
