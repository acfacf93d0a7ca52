"""Time as an argument: the core is handed `now`, only the shell asks a clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one that never jumps, for timers, and the wall's, for people."""

    def now(self) -> float:
        """Monotonic seconds; the running event loop's `time()` counts the same."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since the epoch."""
        ...


class SystemClock:
    """The machine's own clocks."""

    now = staticmethod(time.monotonic)

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000
