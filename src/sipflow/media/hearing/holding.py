"""How long any sound, silence or a tone has been heard without a break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sipflow.media.hearing.level import level_dbfs
from sipflow.media.hearing.windows import Windows
from sipflow.media.samples import Samples

SOUND_DBFS: Final = -45.0
"""What is louder is sound; noise of comfort lies below, and so does what G.711 and G.722 make of silence."""

_STEP_MS: Final = 20
_SPEECH_PAUSE_MS: Final = 700
_LOSS_MS: Final = 100
"""A tone goes on over a gap that a few lost packets leave."""
_TONE_WINDOW_MS: Final = 80
_TONE_SHARE: Final = 0.4
"""How much of all that is heard a tone must be; less than half, so that each of two equal ones is one."""
_SHARP_BINS: Final = 2  # half the width of the main lobe of a Hann window


class Holding:
    """How long something has been heard: judged window by window, gaps up to a limit included."""

    def __init__(
        self, sample_rate_hz: int, judge: Callable[[NDArray[np.float64]], bool], window_ms: int, bridged_ms: int
    ) -> None:
        self._windows = Windows(sample_rate_hz * window_ms // 1000, sample_rate_hz * _STEP_MS // 1000)
        self._judge = judge
        self._window_ms = window_ms
        self._bridged_ms = bridged_ms
        self._gap_ms = 0
        self._passed_ms = 0
        self.held_ms = 0
        """How long it has been heard by now; 0 where it is not."""
        self.longest_ms = 0
        """How long it has been heard at most."""

    def feed(self, samples: Samples) -> None:
        """Hear more."""
        for window in self._windows.cut(samples):
            self._passed_ms += _STEP_MS if self._passed_ms else self._window_ms
            if self._judge(window):
                self.held_ms += self._gap_ms + _STEP_MS if self.held_ms else self._window_ms
                self.longest_ms = max(self.longest_ms, self.held_ms)
                self._gap_ms = 0
            else:
                self._gap_ms += _STEP_MS
                if self._gap_ms > self._bridged_ms:
                    self.held_ms = 0

    def held_with_ms(self, other: Holding) -> int:
        """How much of what is held here and what is held there, in another direction, was at the same time.

        Both must have begun at one moment.
        """
        mine, its = self._passed_ms - self._gap_ms, other._passed_ms - other._gap_ms  # where each ends
        return max(min(mine, its) - max(mine - self.held_ms, its - other.held_ms), 0)


def any_sound(sample_rate_hz: int, threshold_dbfs: float = SOUND_DBFS) -> Holding:
    """Sound of any kind; pauses as in speech, of up to 0.7 s, do not end it."""
    return Holding(sample_rate_hz, lambda window: level_dbfs(window) >= threshold_dbfs, _STEP_MS, _SPEECH_PAUSE_MS)


def silence(sample_rate_hz: int, threshold_dbfs: float = SOUND_DBFS) -> Holding:
    """No sound at all."""
    return Holding(sample_rate_hz, lambda window: level_dbfs(window) < threshold_dbfs, _STEP_MS, 0)


def tone(sample_rate_hz: int, frequency_hz: float, tolerance_hz: float, threshold_dbfs: float = SOUND_DBFS) -> Holding:
    """A tone that is as loud as the threshold, and a good part of all that is heard, within a tolerance.

    How long it holds is told to 80 ms; a tone must be longer than that.
    """
    length = sample_rate_hz * _TONE_WINDOW_MS // 1000
    taper = np.hanning(length + 1)[:-1]
    bin_hz = sample_rate_hz / length
    low = max(int((frequency_hz - tolerance_hz) / bin_hz), 1)
    high = min(int((frequency_hz + tolerance_hz) / bin_hz) + 2, length // 2)

    def judge(window: NDArray[np.float64]) -> bool:
        if low >= high or level_dbfs(window) < threshold_dbfs:
            return False
        powers = np.abs(np.fft.rfft(window * taper)) ** 2
        peak = low + int(np.argmax(powers[low:high]))
        found = powers[max(peak - _SHARP_BINS, 0) : peak + _SHARP_BINS + 1].sum()
        if found < _TONE_SHARE * powers.sum():
            return False
        return bool(abs(_vertex(powers, peak) * bin_hz - frequency_hz) <= tolerance_hz)

    return Holding(sample_rate_hz, judge, _TONE_WINDOW_MS, _LOSS_MS)


def _vertex(powers: NDArray[np.float64], peak: int) -> float:
    """Where a spectrum is highest, between the bins: the vertex of a parabola through three logarithms."""
    if not 0 < peak < len(powers) - 1:
        return float(peak)
    before, at, after = np.log(powers[peak - 1 : peak + 2] + 1e-9)
    bend = before - 2 * at + after
    return peak + (0.5 * (before - after) / bend if bend < 0 else 0.0)
