"""How loud a signal is."""

from __future__ import annotations

from math import log10
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sipflow.media.samples import FULL_SCALE

LOWEST_DBFS: Final = -120.0
"""What digital silence is called."""


def power_dbfs(power: float) -> float:
    """A mean square as a level: 0 dBFS is a square wave of full scale (dBov), a sine of full scale has -3."""
    return max(10 * log10(power / FULL_SCALE**2), LOWEST_DBFS) if power > 0 else LOWEST_DBFS


def level_dbfs(samples: NDArray[np.int16] | NDArray[np.float64]) -> float:
    """The level of all samples together."""
    return power_dbfs(float(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else LOWEST_DBFS
