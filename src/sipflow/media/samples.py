"""Samples: mono, 16 bits, at a rate that goes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""A run of mono samples."""

FULL_SCALE: Final = 32_768
"""What 0 dBFS is measured from: the largest magnitude a sample can have."""


class SampleSource(Protocol):
    """Where samples come from: a file or a built-in sound, at the rate it was opened with."""

    def read(self, count: int) -> Samples:
        """The next samples: fewer than `count` at the end, and none after it."""
        ...

    def seek(self, place: int) -> None:
        """Go on at this sample, counted from 0."""
        ...

    def close(self) -> None:
        """Give back what is held; may be called twice."""
        ...


def clipped(signal: NDArray[np.float64]) -> Samples:
    """Samples of a signal in the range of 16 bits, rounded; what is beyond the range is cut off."""
    return np.clip(np.rint(signal), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def mixed(parts: Sequence[Samples]) -> Samples:
    """The sum of one or more parts of equal length; what is beyond the range of 16 bits is cut off."""
    if len(parts) == 1:
        return parts[0]
    return np.clip(np.sum(parts, axis=0, dtype=np.int32), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def resampled(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    """The same at another rate, quickly: each piece by itself."""
    if rate_hz == wanted_hz:
        return samples
    import soxr

    made: Samples = soxr.resample(samples, rate_hz, wanted_hz, "QQ")
    return made


def amplitude(level_dbfs: float) -> float:
    """The value of a level in dBFS: 32,768 for 0."""
    return float(FULL_SCALE * 10.0 ** (level_dbfs / 20.0))
