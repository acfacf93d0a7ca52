"""The memory of one call: what happened on it, in order, until somebody takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sipflow.base.call_events import CallEvent

logger = logging.getLogger(__name__)

MAX_EVENTS = 4096
"""A peer that sends more provisional responses than this fills no more memory."""

Matches = Callable[[CallEvent], bool]


class Mailbox:
    """Events of a call. Each is taken at most once; looking takes nothing."""

    __slots__ = ("_events", "_waiters", "history", "listener")

    def __init__(self) -> None:
        self._events: list[CallEvent] = []
        self._waiters: list[tuple[Matches, bool, asyncio.Future[CallEvent]]] = []
        self.history: list[CallEvent] = []
        """Everything that happened, taken or not, oldest first."""
        self.listener: Callable[[CallEvent], None] | None = None
        """Called at once with every event, for those who need no memory."""

    def post(self, event: CallEvent) -> None:
        """Something happened: the oldest waiter that it fits gets it, else it is kept."""
        if len(self.history) >= MAX_EVENTS:
            logger.warning("a call has more than %d events; this one is dropped: %s", MAX_EVENTS, event)
            return
        self.history.append(event)
        taken = False
        for waiter in list(self._waiters):
            matches, take, future = waiter
            if future.done() or not matches(event):
                continue
            self._waiters.remove(waiter)
            future.set_result(event)
            if take:
                taken = True
                break
        if not taken:
            self._events.append(event)
        if self.listener is not None:
            self.listener(event)

    def find(self, matches: Matches, *, take: bool = True) -> CallEvent | None:
        """The oldest matching event that nobody has taken, or None."""
        for index, event in enumerate(self._events):
            if matches(event):
                if take:
                    del self._events[index]
                return event
        return None

    @property
    def untaken(self) -> list[CallEvent]:
        """What nobody has taken, oldest first."""
        return list(self._events)

    async def wait(self, matches: Matches, *, take: bool = True) -> CallEvent:
        """The oldest matching event, or the next one. An event given to a cancelled waiter is kept."""
        event = self.find(matches, take=take)
        if event is not None:
            return event
        future: asyncio.Future[CallEvent] = asyncio.get_running_loop().create_future()
        waiter = (matches, take, future)
        self._waiters.append(waiter)
        try:
            return await future
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            elif take and future.done() and not future.cancelled():
                self._put_back(future.result())
            raise

    def _put_back(self, event: CallEvent) -> None:
        place = sum(1 for kept in self._events if self.history.index(kept) < self.history.index(event))
        self._events.insert(place, event)
