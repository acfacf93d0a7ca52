"""What is under way in a network in memory, and the weather that it meets."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Weather:
    """What the network does to messages. Streams are only delayed: they stay whole and in order."""

    seed: int = 0
    min_delay_s: float = 0.001
    max_delay_s: float = 0.001
    """Each message takes a random time between the two; datagrams overtake each other when they differ."""
    loss: float = 0.0
    """Share of datagrams that vanish, 0 to 1."""
    duplicate: float = 0.0
    """Share of datagrams that arrive twice, 0 to 1."""


CALM = Weather()
"""Everything arrives once and in order, after 1 ms."""


class UnderWay:
    """Everything that was sent and has not arrived, with one timer for the first of it."""

    def __init__(self, weather: Weather, after_burst: Callable[[float], None] | None = None) -> None:
        """`after_burst` is called after everything that arrives at one moment."""
        self.weather = weather
        self.lost = 0
        """Datagrams that the weather took."""
        self._after_burst = after_burst
        self._random = random.Random(weather.seed)
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    def arrival(self, now: float) -> float:
        """When something sent now is there."""
        return now + self._random.uniform(self.weather.min_delay_s, self.weather.max_delay_s)

    def send(self, now: float, arrive: Callable[[float], None]) -> None:
        """Let a datagram go through the weather: `arrive` is called once, twice or never."""
        if self._random.random() < self.weather.loss:
            self.lost += 1
            return
        self.schedule(self.arrival(now), arrive)
        if self._random.random() < self.weather.duplicate:
            self.schedule(self.arrival(now), arrive)

    def schedule(self, at: float, action: Callable[[float], None]) -> None:
        """Do it at that time; what shares a time keeps its order."""
        heapq.heappush(self._queue, (at, next(self._order), action))
        self._arm()

    def clear(self) -> None:
        """Let all of it vanish."""
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if not self._queue:
            return
        first = self._queue[0][0]
        if self._timer is not None:
            if self._timer.when() <= first:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(first, self._deliver_due, first)

    def _deliver_due(self, due: float) -> None:
        self._timer = None
        now = max(due, asyncio.get_running_loop().time())
        while self._queue and self._queue[0][0] <= now:
            heapq.heappop(self._queue)[2](now)
        if self._after_burst is not None:
            self._after_burst(now)
        self._arm()
