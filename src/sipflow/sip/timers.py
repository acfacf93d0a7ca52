"""SIP timer values, and a queue that holds any number of timers at a constant cost each.

Shaped by speed: one FIFO per distinct duration, so adding is an append and firing is a popleft. Nothing is
ever cancelled: a timer that comes too late finds a state that ignores it, or an owner that has ended.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Protocol

MAX_DURATIONS = 256
"""Distinct durations kept; more would mean that somebody adds computed ones."""


class Timing:
    """The timer values of one user agent, in seconds; all derive from T1, T2 and T4.

    Source: RFC 3261 §17.1.1.1 and table 4 in appendix A.
    """

    __slots__ = ("limit", "t1", "t2", "t4", "trying")

    def __init__(self, t1: float = 0.5, t2: float = 4.0, t4: float = 5.0) -> None:
        self.t1 = t1
        """Estimate of the round trip: the first retransmission comes after it."""
        self.t2 = t2
        """Longest interval between retransmissions of a non-INVITE request or a response to INVITE."""
        self.t4 = t4
        """Longest time a message stays in the network."""
        self.limit = 64 * t1
        """64·T1: timers B, D, F, H, J, L and M, and how long a 2xx is sent again.

        Timer D is "at least 32 s" on UDP (RFC 3261 §17.1.1.2); with the default T1 this is the same.
        """
        self.trying = 0.15
        """When 100 Trying is sent: due within 200 ms (RFC 3261 §17.2.1), so that a late tick is in time too."""


class TimerOwner(Protocol):
    """Whoever is told that a timer fired."""

    def feed(self, on: int, now: float) -> None:
        """`on` is the owner's own name for the timer."""
        ...


class TimerQueue:
    """All timers of one user agent. `now` must never go back from one call to the next."""

    __slots__ = ("_queues", "earliest")

    def __init__(self) -> None:
        # One timer is three entries, deadline, owner and name: a tuple each would be garbage to collect.
        self._queues: dict[float, deque[Any]] = {}
        self.earliest = math.inf
        """When the next timer is due; infinity when there is none."""

    def add(self, now: float, duration_s: float, owner: TimerOwner, on: int) -> None:
        """Let `owner.feed(on, …)` be called `duration_s` from now."""
        try:
            queue = self._queues[duration_s]
        except KeyError:
            if len(self._queues) >= MAX_DURATIONS:
                self._queues = {d: q for d, q in self._queues.items() if q}
            queue = self._queues[duration_s] = deque()
        deadline = now + duration_s
        queue.extend((deadline, owner, on))
        if deadline < self.earliest:
            self.earliest = deadline

    def fire(self, now: float) -> None:
        """Feed every timer that is due to its owner."""
        for queue in list(self._queues.values()):
            while queue and queue[0] <= now:
                queue.popleft()
                owner: TimerOwner = queue.popleft()
                owner.feed(queue.popleft(), now)
        self.earliest = min((queue[0] for queue in self._queues.values() if queue), default=math.inf)

    def clear(self) -> None:
        """Forget every timer."""
        self._queues.clear()
        self.earliest = math.inf

    def __len__(self) -> int:
        return sum(map(len, self._queues.values())) // 3
