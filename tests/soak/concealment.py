"""What phones play in place of lost packets, which is what those hear who listen behind one.

The last period of the signal is repeated and faded out, as G.711 Appendix I does: whole for 10 ms, then 20 % less with
every 10 ms, and silent after 60 ms. The joins are not smoothed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sipflow.media.samples import Samples, clipped

_LONGEST_LAG_S: Final = 0.015  # 66 Hz
_SHORTEST_LAG_S: Final = 0.005  # 200 Hz; higher ones are found as a multiple of their period
_COMPARED_S: Final = 0.02
_WHOLE_S: Final = 0.01
_FADED_S: Final = 0.06


class Concealment:
    """Keeps the end of what was decoded, and goes on from it."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._longest = int(sample_rate_hz * _LONGEST_LAG_S)
        self._shortest = int(sample_rate_hz * _SHORTEST_LAG_S)
        self._compared = int(sample_rate_hz * _COMPARED_S)
        self._rate = sample_rate_hz
        self._kept: list[Samples] = []
        self._period: Samples | None = None
        self._concealed = 0

    def heard(self, samples: Samples) -> None:
        """Take what was decoded."""
        self._kept.append(samples)
        needed = self._longest + self._compared
        while len(self._kept) > 1 and sum(map(len, self._kept[1:])) >= needed:
            del self._kept[0]
        self._period = None
        self._concealed = 0

    def conceal(self, count: int) -> Samples:
        """So many samples that go on from what was heard last, and on from one another."""
        if self._period is None:
            self._period = self._last_period()
        places = np.arange(self._concealed, self._concealed + count)
        self._concealed += count
        faded = np.clip((_FADED_S - places / self._rate) / (_FADED_S - _WHOLE_S), 0.0, 1.0)
        return clipped(self._period[places % len(self._period)] * faded)

    def _last_period(self) -> Samples:
        """The piece by which the end of the signal resembles itself most."""
        if not self._kept:
            return np.zeros(self._longest, np.int16)
        recent = np.concatenate(self._kept)[-(self._longest + self._compared) :]
        if len(recent) < self._longest + self._compared:
            return recent[-self._longest :] if len(recent) else np.zeros(self._longest, np.int16)
        signal = recent.astype(np.float64)
        earlier = sliding_window_view(signal, self._compared)[: self._longest - self._shortest + 1]
        likeness = earlier @ signal[-self._compared :]
        energy = np.einsum("ij,ij->i", earlier, earlier)
        lag = self._longest - int(np.argmax(likeness / np.sqrt(np.maximum(energy, 1.0))))
        return recent[-lag:]
