"""Samples as they come, cut into overlapping windows of equal length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sipflow.media.samples import Samples


class Windows:
    """Keeps what is too short for a window until more comes: less than one window."""

    def __init__(self, length: int, step: int) -> None:
        self._length = length
        self._step = step
        self._rest = np.zeros(0, np.int16)

    def cut(self, samples: Samples) -> Iterator[NDArray[np.float64]]:
        """The windows that are whole now."""
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= self._length:
            window = self._rest[: self._length].astype(np.float64)
            self._rest = self._rest[self._step :]
            yield window
