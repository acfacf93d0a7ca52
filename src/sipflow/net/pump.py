"""The one timer of a core: the core says when it wants to be called, the pump calls it."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

MIN_SPACING_S = 0.005
"""Ticks are at least this far apart, so that thousands of timers under load cost at most 200 ticks a second."""


class TimedCore(Protocol):
    """Something that keeps timers but no clock."""

    def timers_due(self, now: float) -> float | None:
        """Fire what is due at `now`; returns when to be called next, or None."""
        ...


class TimerPump:
    """Owns one timer handle of an event loop. Works by the loop's own time, virtual or real."""

    def __init__(self, loop: asyncio.AbstractEventLoop, core: TimedCore, min_spacing_s: float = MIN_SPACING_S) -> None:
        self._loop = loop
        self._core = core
        self._min_spacing_s = min_spacing_s
        self._deadline = math.inf
        self._earliest_tick = -math.inf
        self._handle: asyncio.TimerHandle | None = None
        self._closed = False

    def arm(self, deadline: float | None) -> None:
        """Ask for a tick at `deadline` (loop time). A later one than asked for already changes nothing.

        None asks for nothing. Cheap enough to be called after every message.
        """
        if deadline is None or deadline >= self._deadline or self._closed:
            return
        self._deadline = deadline
        when = max(deadline, self._earliest_tick)
        if self._handle is not None:
            if self._handle.when() <= when:
                return
            self._handle.cancel()
        self._handle = self._loop.call_at(when, self._tick)

    def close(self) -> None:
        """Leave nothing on the loop; arming is ignored from now on."""
        self._closed = True
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _tick(self) -> None:
        # A loop may run a handle a clock tick early; the core must still see its deadline reached.
        now = max(self._loop.time(), self._deadline)
        self._handle = None
        self._deadline = math.inf
        self._earliest_tick = now + self._min_spacing_s
        # Should a core raise, what else is due must not wait for the next message.
        deadline: float | None = now
        try:
            deadline = self._core.timers_due(now)
        finally:
            self.arm(deadline)
