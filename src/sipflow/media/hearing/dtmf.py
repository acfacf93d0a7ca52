"""DTMF digits as tones in the sound.

Limits as the annex of ITU-T Q.24 gives them for a receiver: tones within 1.5 % are taken and those 3.5 % off are not,
40 ms are enough and 23 ms too little, a pause of 40 ms parts two digits, one of 10 ms does not; the upper tone may be
4 dB louder and 8 dB softer than the lower one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sipflow.media.dtmf_tones import COLUMNS_HZ, KEYS, ROWS_HZ
from sipflow.media.hearing.level import power_dbfs
from sipflow.media.hearing.windows import Windows
from sipflow.media.samples import Samples

_WINDOW_MS: Final = 20
_STEP_MS: Final = 5
_STEADY_WINDOWS: Final = 5
"""40 ms: at the edges of a digit that is much shorter, its level is another."""
_STEADY_DB: Final = 1.0
_LOWEST_DBFS: Final = -38.0
"""Of a tone: 25 dB below 0 dBm0, less what noise takes away."""
_PURITY: Final = 0.7
"""The share of the two tones in all that is heard: speech has more beside them."""
_OTHERS_DB: Final = 6.0
"""By how much a tone is louder than the others of its group."""
_MOST_UPPER_DB: Final = 4.5
_MOST_LOWER_DB: Final = 8.5
_OFF_FREQUENCY: Final = 0.025
_ENDED_DB: Final = 3.0
_PAUSE_WINDOWS: Final = 8


@dataclass(frozen=True, slots=True)
class _Pair:
    """The strongest tone of each group in one window."""

    key: str
    tones: NDArray[np.int64]
    """Which ones, of all eight."""
    waves: NDArray[np.complex128]
    """Their amplitudes and phases."""
    power: float
    """Of all that is heard."""

    @property
    def level_dbfs(self) -> float:
        return power_dbfs(float(np.sum(np.abs(self.waves) ** 2)) / 2)


class DtmfDetector:
    """Hears digits, each told once."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._length, step = (sample_rate_hz * ms // 1000 for ms in (_WINDOW_MS, _STEP_MS))
        self._windows = Windows(self._length, step)
        self._tones_hz = np.array(ROWS_HZ + COLUMNS_HZ, np.float64)
        self._taper = np.hanning(self._length + 1)[:-1]  # or the louder tone would spill over the softer one
        turns = np.outer(self._tones_hz, np.arange(self._length)) / sample_rate_hz
        waves = np.exp(-2j * np.pi * turns) * (2 / np.sum(self._taper))
        self._waves = np.concatenate([waves.real, waves.imag])  # twice as fast as complex numbers
        self._taper_power = float(np.mean(self._taper**2))
        self._window_s = self._length / sample_rate_hz
        self._step_s = step / sample_rate_hz
        self._advance = np.exp(-2j * np.pi * self._tones_hz * self._step_s)
        self._recent: deque[_Pair | None] = deque(maxlen=_STEADY_WINDOWS)
        self._digit = ""
        self._digit_dbfs = 0.0
        self._absent = 0

    def feed(self, samples: Samples) -> str:
        """Hear more; return the digits that were recognized now."""
        return "".join(self._hear(window) for window in self._windows.cut(samples))

    def _hear(self, window: NDArray[np.float64]) -> str:
        pair = self._pair(window)
        self._recent.append(pair)
        if self._digit:
            is_on = pair is not None and pair.key == self._digit and pair.level_dbfs > self._digit_dbfs - _ENDED_DB
            self._absent = 0 if is_on else self._absent + 1
            if self._absent >= _PAUSE_WINDOWS:
                self._digit = ""
        if pair is None or pair.key == self._digit or not self._is_digit():
            return ""
        self._digit, self._digit_dbfs, self._absent = pair.key, pair.level_dbfs, 0
        return pair.key

    def _pair(self, window: NDArray[np.float64]) -> _Pair | None:
        """The two tones of a window; None where one of its group is hardly louder than another, or all is too low."""
        tapered = window * self._taper
        parts = self._waves @ tapered
        waves = parts[:8] + 1j * parts[8:]
        powers = np.abs(waves) ** 2 / 2
        rows, columns = np.sort(powers[:4]), np.sort(powers[4:])
        margin = 10 ** (_OTHERS_DB / 10)
        if rows[3] < margin * rows[2] or columns[3] < margin * columns[2]:
            return None
        if power_dbfs(min(rows[3], columns[3])) < _LOWEST_DBFS - _ENDED_DB:
            return None
        row, column = int(np.argmax(powers[:4])), int(np.argmax(powers[4:]))
        tones = np.array([row, 4 + column])
        return _Pair(KEYS[4 * row + column], tones, waves[tones], float(np.mean(tapered**2)) / self._taper_power)

    def _is_digit(self) -> bool:
        """Whether the last windows are of one digit, steady, of the right frequencies, and nothing much beside."""
        pairs = [pair for pair in self._recent if pair]
        if len(pairs) < _STEADY_WINDOWS or len({pair.key for pair in pairs}) > 1:
            return False
        waves = np.array([pair.waves for pair in pairs])
        levels_db = 20 * np.log10(np.abs(waves))
        if np.ptp(levels_db, axis=0).max() > _STEADY_DB:
            return False
        tones = pairs[0].tones
        turned = np.angle(np.mean(waves[1:] * np.conj(waves[:-1]), axis=0) * self._advance[tones])
        off_hz = turned / (2 * np.pi * self._step_s)
        if np.any(np.abs(off_hz) > _OFF_FREQUENCY * self._tones_hz[tones]):
            return False
        off_bins = off_hz * self._window_s
        seen = np.sinc(off_bins) / (1 - off_bins**2)  # how much of a tone beside its frequency the taper leaves
        lower, upper = np.mean(np.abs(waves) ** 2, axis=0) / 2 / seen**2
        upper_db = 10 * np.log10(upper / lower)
        return bool(
            power_dbfs(min(lower, upper)) >= _LOWEST_DBFS
            and -_MOST_LOWER_DB <= upper_db <= _MOST_UPPER_DB
            and lower + upper >= _PURITY * np.mean([pair.power for pair in pairs])
        )
