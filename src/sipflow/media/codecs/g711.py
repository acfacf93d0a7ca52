"""G.711: µ-law and A-law by table, one byte a sample at 8,000 Hz.

A sample gets the code whose value is nearest to it at the 14 bits of µ-law, as ffmpeg has it, bit for bit. SoX, which
rounds samples before it looks, chooses the neighbouring code for 1.5 % (µ-law) and 3 % (A-law) of all values, those on
a border. What a code means is the same everywhere.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sipflow.media.samples import Samples

SAMPLE_RATE_HZ: Final = 8_000

_MU_LAW_MASK: Final = 0xFF  # all bits of a code are inverted
_A_LAW_MASK: Final = 0xD5  # every second one, and the sign

Tables = tuple[NDArray[np.uint8], Samples]
"""Codes by the sample as an unsigned number, and samples by code."""


class G711:
    """One direction or both of a G.711 stream."""

    def __init__(self, codes: NDArray[np.uint8], values: Samples) -> None:
        self._codes = codes
        """By the sample as an unsigned number."""
        self._values = values
        """By code."""

    @classmethod
    def mu_law(cls) -> Self:
        """PCMU."""
        return cls(*_mu_law_tables())

    @classmethod
    def a_law(cls) -> Self:
        """PCMA."""
        return cls(*_a_law_tables())

    def encode(self, samples: Samples) -> bytes:
        return self._codes[samples.view(np.uint16)].tobytes()

    def decode(self, payload: bytes) -> Samples:
        return self._values[np.frombuffer(payload, np.uint8)]


def _parts() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Segment and step of every magnitude, in ascending order."""
    codes = np.arange(128, dtype=np.int64)
    return codes >> 4, codes & 15


@cache
def _mu_law_tables() -> Tables:
    segment, step = _parts()
    return _tables(((2 * step + 33 << segment) - 33) * 4, _MU_LAW_MASK)  # G.711 table 2


@cache
def _a_law_tables() -> Tables:
    segment, step = _parts()
    return _tables((2 * step + 1 + 32 * (segment > 0) << np.maximum(segment, 1) - 1) * 8, _A_LAW_MASK)  # table 1


def _tables(magnitudes: NDArray[np.int64], mask: int) -> Tables:
    """Codes by sample and samples by code, from the 128 magnitudes in ascending order."""
    borders = (magnitudes[:-1] + magnitudes[1:] + 4) // 8  # at 14 bits
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int64) >> 2
    steps = np.searchsorted(borders, np.abs(samples), side="right")
    codes = np.where(samples < 0, steps ^ mask ^ 0x80, steps ^ mask).astype(np.uint8)
    values = np.empty(256, np.int16)
    values[np.arange(128) ^ mask] = magnitudes
    values[np.arange(128) ^ mask ^ 0x80] = -magnitudes
    codes.flags.writeable = values.flags.writeable = False
    return codes, values
