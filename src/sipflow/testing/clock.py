"""Clocks that stand still until a test moves them."""

from __future__ import annotations

import asyncio


class FakeClock:
    """A `Clock` moved by hand. Both of its times move together."""

    def __init__(self, now: float = 1000.0, wall_ms: int = 1_700_000_000_000) -> None:
        self._start = self._now = now
        self._wall_start_ms = wall_ms

    def now(self) -> float:
        return self._now

    def wall_ms(self) -> int:
        return self._wall_start_ms + round((self._now - self._start) * 1000)

    def advance(self, seconds: float) -> float:
        """Let time pass; returns the new `now`. Raises ValueError for a step backwards."""
        if seconds < 0:
            raise ValueError(f"time runs forwards only, got {seconds} s")
        self._now += seconds
        return self._now


class VirtualClock:
    """A `Clock` that shows an event loop's own time, virtual or real."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wall_ms: int = 1_700_000_000_000) -> None:
        self._loop = loop
        self._start = loop.time()
        self._wall_start_ms = wall_ms

    def now(self) -> float:
        return self._loop.time()

    def wall_ms(self) -> int:
        return self._wall_start_ms + round((self._loop.time() - self._start) * 1000)
