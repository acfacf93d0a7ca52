"""Paces what is sent at a steady rate: one ticker, and one timer, for all streams of a process.

A wheel of slots of 1 ms. Streams are spread over the milliseconds of their interval, so that no moment has much
to do: 2,000 streams of 20 ms make 20 phases of 100. A task, or a timer, for each stream would fall behind.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

logger = logging.getLogger(__name__)

LONGEST_INTERVAL_MS: Final = 200
MAX_BURST: Final = 5
"""Ticks that a stream makes up for at once after a standstill; those before are skipped."""
_SLOTS: Final = 256  # a power of two above the longest interval
_PHASES: Final = 20
_ROUNDING_MS: Final = 0.01  # so that a timer that fires on time finds its own millisecond


class Ticked(Protocol):
    """What is ticked."""

    def tick(self, due: float) -> None:
        """One interval has passed; `due` is when it did, by the loop's time."""
        ...

    def skip(self, ticks: int, due: float) -> None:
        """So many intervals, the first at `due`, have passed that can't be made up for; `tick` follows."""
        ...


class Beat:
    """One subscription of a `Ticker`."""

    __slots__ = ("_due_ms", "_interval_ms", "_phase", "_ticked")

    def __init__(self, ticked: Ticked, interval_ms: int, due_ms: int) -> None:
        self._ticked: Ticked | None = ticked
        self._interval_ms = interval_ms
        self._due_ms = due_ms
        self._phase = due_ms % _PHASES

    @property
    def is_on(self) -> bool:
        """Whether it has not been stopped."""
        return self._ticked is not None


class Ticker:
    """Ticks each of many at its own interval, on the loop that runs when the first one begins."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._start = 0.0
        self._next_ms = 0
        """The first millisecond that has not been dealt with."""
        self._wheel: list[list[Beat]] = [[] for _ in range(_SLOTS)]
        self._load = [0] * _PHASES
        self._beats = 0
        self._timer: asyncio.TimerHandle | None = None
        self._armed_ms = 0

    @property
    def beats(self) -> int:
        """How many it ticks."""
        return self._beats

    def add(self, ticked: Ticked, interval_ms: int) -> Beat:
        """Tick it every so many milliseconds, 1 to 200, first within one interval."""
        if not 1 <= interval_ms <= LONGEST_INTERVAL_MS:
            raise ValueError(f"expected an interval of 1 to {LONGEST_INTERVAL_MS} ms, got {interval_ms}")
        now_ms = self._begin()
        ways = range(now_ms + 1, now_ms + 1 + min(interval_ms, _PHASES))
        due_ms = min(ways, key=lambda ms: self._load[ms % _PHASES])
        beat = Beat(ticked, interval_ms, due_ms)
        self._load[beat._phase] += 1
        self._beats += 1
        self._wheel[due_ms % _SLOTS].append(beat)
        self._arm(due_ms)
        return beat

    def stop(self, beat: Beat) -> None:
        """Tick it no more; may be called twice."""
        if beat._ticked is None:
            return
        beat._ticked = None
        self._load[beat._phase] -= 1
        self._beats -= 1
        if not self._beats:
            self._rest()

    def _begin(self) -> int:
        """Begin where nothing is ticked, on the loop of now; gives the millisecond of now."""
        if self._loop is None or self._loop.is_closed():
            self._timer, self._beats, self._load = None, 0, [0] * _PHASES
            self._rest()
            self._loop = asyncio.get_running_loop()
            self._start = self._loop.time()
            self._next_ms = 0
        now_ms = self._now_ms()
        if not self._beats:
            self._next_ms = now_ms + 1
        return now_ms

    def _now_ms(self) -> int:
        assert self._loop is not None
        return int((self._loop.time() - self._start) * 1000 + _ROUNDING_MS)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for slot in self._wheel:
            slot.clear()

    def _arm(self, at_ms: int) -> None:
        """Wake up at this millisecond, unless it happens earlier anyhow."""
        if self._timer is not None:
            if self._armed_ms <= at_ms:
                return
            self._timer.cancel()
        assert self._loop is not None
        self._armed_ms = at_ms
        self._timer = self._loop.call_at(self._start + at_ms / 1000, self._turn)

    def _turn(self) -> None:
        """Deal with every slot whose time has come; each once, however long nothing could happen."""
        self._timer = None
        now_ms = self._now_ms()
        for ms in range(max(self._next_ms, now_ms - _SLOTS + 1), now_ms + 1):
            slot = self._wheel[ms % _SLOTS]
            if slot:
                self._wheel[ms % _SLOTS] = []
                self._tick(slot, self._now_ms())
        self._next_ms = now_ms + 1
        if self._beats:
            following = range(self._next_ms, self._next_ms + _SLOTS)
            self._arm(next((ms for ms in following if self._wheel[ms % _SLOTS]), self._next_ms + _SLOTS))

    def _tick(self, slot: list[Beat], now_ms: int) -> None:
        """Tick what is due of a slot, which is shared with what is due one turn of the wheel later."""
        for beat in slot:
            ticked, due_ms = beat._ticked, beat._due_ms
            if ticked is None:
                continue
            late_ms = now_ms - due_ms
            try:
                if 0 <= late_ms < beat._interval_ms:
                    beat._due_ms = due_ms + beat._interval_ms
                    ticked.tick(self._start + due_ms / 1000)
                elif late_ms > 0:
                    self._make_up(beat, ticked, now_ms)
            except Exception:
                logger.exception("a stream failed and is ticked no more")
                self.stop(beat)
            if beat._ticked is not None:
                self._wheel[beat._due_ms % _SLOTS].append(beat)

    def _make_up(self, beat: Beat, ticked: Ticked, now_ms: int) -> None:
        """Tick it once for each interval that has passed, the last few of many."""
        skipped = (now_ms - beat._due_ms) // beat._interval_ms - MAX_BURST + 1
        if skipped > 0:
            ticked.skip(skipped, self._start + beat._due_ms / 1000)
            beat._due_ms += skipped * beat._interval_ms
        while beat._due_ms <= now_ms and beat._ticked is not None:
            due_ms = beat._due_ms
            beat._due_ms += beat._interval_ms
            ticked.tick(self._start + due_ms / 1000)
