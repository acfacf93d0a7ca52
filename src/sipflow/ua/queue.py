"""Incoming calls that nobody has taken yet: first in, first out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sipflow.ua.call_state import CallState
from sipflow.ua.incoming_call import UNAVAILABLE, IncomingCall

PATIENCE_S = 30.0
"""How long a call waits to be taken before it is refused with 480."""


class IncomingCalls:
    """The waiting calls of one user agent. A call that its caller has cancelled meanwhile is still taken."""

    def __init__(self) -> None:
        self._waiting: list[IncomingCall] = []
        self._takers: list[tuple[Callable[[IncomingCall], bool], asyncio.Future[IncomingCall]]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, call: IncomingCall) -> None:
        """A call came in: the first taker whom it suits gets it."""
        self._offer(call, len(self._waiting))

    def put_back(self, call: IncomingCall) -> None:
        """A call was taken in vain: it goes to another taker, or back in front."""
        self._offer(call, 0)

    def _offer(self, call: IncomingCall, place: int) -> None:
        for taker in list(self._takers):
            suits, future = taker
            if not future.done() and suits(call):
                self._takers.remove(taker)
                future.set_result(call)
                return
        self._waiting.insert(place, call)
        agent = call.agent
        agent.layer.timers.add(agent.clock.now(), PATIENCE_S, _Patience(self, call), 0)

    async def take(self, suits: Callable[[IncomingCall], bool]) -> IncomingCall:
        """The oldest waiting call that suits, or the next.

        A call given to a cancelled taker goes to another one, or back in front.
        """
        for index, call in enumerate(self._waiting):
            if suits(call):
                del self._waiting[index]
                return call
        future: asyncio.Future[IncomingCall] = asyncio.get_running_loop().create_future()
        taker = (suits, future)
        self._takers.append(taker)
        try:
            return await future
        except asyncio.CancelledError:
            if taker in self._takers:
                self._takers.remove(taker)
            elif future.done() and not future.cancelled():
                self.put_back(future.result())
            raise

    def refuse_if_waiting(self, call: IncomingCall) -> None:
        """Nobody wanted this call in time."""
        if call in self._waiting:
            self._waiting.remove(call)
            if call.state is CallState.INCOMING:
                call.reject(UNAVAILABLE)


class _Patience:
    """The timer of one waiting call."""

    __slots__ = ("_call", "_queue")

    def __init__(self, queue: IncomingCalls, call: IncomingCall) -> None:
        self._queue = queue
        self._call = call

    def feed(self, _on: int, _now: float) -> None:
        self._queue.refuse_if_waiting(self._call)
