"""Which fingerprints are in a sound, and how loud each is.

A fingerprint is there when each of its three tones stands out of what is around it as a sharp line, and all three are
about equally loud and swell as it does. Lines are looked for in spectra of one second, and the powers of the last few
are averaged: delay and phase do not matter, a clock that is 100 ppm off moves a line by a third of a bin, and lost
packets only blur it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sipflow.media.fingerprints import FINGERPRINTS_HZ, TREMOLO_DEPTH, TREMOLO_HZ
from sipflow.media.hearing.level import power_dbfs
from sipflow.media.hearing.windows import Windows
from sipflow.media.samples import Samples

MEMORY_S: Final = 2.5
"""How far back what is heard lies: a sender that has stopped is heard so long at most."""

_WINDOW_S: Final = 1  # so that a bin has 1 Hz
_STEPS_PER_S: Final = 2
_WINDOWS: Final = int((MEMORY_S - _WINDOW_S) * _STEPS_PER_S) + 1
_LINE_HZ: Final = 1
"""How far beside its frequency a line may be, and how far it reaches after the taper."""
_AROUND_HZ: Final = (9, 20)
"""Where the surroundings of a line lie: beyond the tremolo, before the next tone."""
_OUT_DB: Final = 11.0
"""By how much the lines stand out of their surroundings, on average."""
_LEAST_OUT_DB: Final = 6.0
"""By how much each of them does."""
_SPREAD_DB: Final = 12.0
"""How much the three tones may differ: telephone channels attenuate at their edges."""
_SIDE: Final = (TREMOLO_DEPTH / 2) ** 2
"""What the tremolo leaves of a line on each of its sides, where other sound has nothing, or as much again."""
_SIDE_DB: Final = 4.0
_LEAST_SIDE_DB: Final = -7.0
"""Of any one line: noise only adds to its sides."""
_LOWEST_DBFS: Final = -55.0
_BELOW_LOUDEST_DB: Final = 36.0
"""What is softer beside another fingerprint may be made of it by clipping and coding."""


class FingerprintDetector:
    """Hears which fingerprints are in a sound."""

    def __init__(self, sample_rate_hz: int) -> None:
        length = sample_rate_hz * _WINDOW_S
        self._windows = Windows(length, sample_rate_hz // _STEPS_PER_S)
        taper = np.hanning(length + 1)[:-1]
        self._taper = taper * (np.sqrt(2) / np.sum(taper))  # so that the power of a line is that of its tone
        self._recent: deque[NDArray[np.float64]] = deque(maxlen=_WINDOWS)
        self._lines = np.array(FINGERPRINTS_HZ)
        low, high = _AROUND_HZ
        self._around = np.array([*range(-high, -low + 1), *range(low, high + 1)])
        self._top_hz = int(self._lines.max()) + high + 1

    def feed(self, samples: Samples) -> None:
        """Hear more."""
        for window in self._windows.cut(samples):
            spectrum = np.fft.rfft(window * self._taper)[: self._top_hz]
            self._recent.append(np.abs(spectrum) ** 2)

    def heard(self) -> dict[int, float]:
        """The fingerprints of the last seconds by their numbers, from 1, each with its level in dBFS."""
        if not self._recent:
            return {}
        spectrum = np.mean(self._recent, axis=0)
        near = spectrum[self._lines[..., None] + np.arange(-_LINE_HZ, _LINE_HZ + 1)]
        places = self._lines - _LINE_HZ + near.argmax(axis=-1)
        lines = spectrum[places]
        surroundings = np.median(spectrum[self._lines[..., None] + self._around], axis=-1)
        out_db = _ratio_db(lines, surroundings)
        stands_out = (out_db.mean(axis=-1) > _OUT_DB) & (out_db.min(axis=-1) > _LEAST_OUT_DB)
        is_even = lines.max(axis=-1) < lines.min(axis=-1) * 10 ** (_SPREAD_DB / 10)
        sides = (spectrum[places - TREMOLO_HZ] + spectrum[places + TREMOLO_HZ]) / (2 * _SIDE)
        all_sides_db = _ratio_db(sides.sum(axis=-1), lines.sum(axis=-1))
        sides_db = _ratio_db(sides, lines)
        swells = (np.abs(all_sides_db) < _SIDE_DB) & (sides_db.min(axis=-1) > _LEAST_SIDE_DB)
        found = np.flatnonzero(stands_out & is_even & swells).tolist()
        powers = lines.sum(axis=-1) * (1 + TREMOLO_DEPTH**2 / 2)
        levels = {number: power_dbfs(float(powers[number])) for number in found}
        loudest = max(levels.values(), default=0.0)
        lowest = max(_LOWEST_DBFS, loudest - _BELOW_LOUDEST_DB)
        return {number + 1: level for number, level in levels.items() if level >= lowest}


def _ratio_db(powers: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many decibels lie between powers, also where there is none."""
    ratio: NDArray[np.float64] = 10 * np.log10((powers + 1e-12) / (others + 1e-12))
    return ratio
