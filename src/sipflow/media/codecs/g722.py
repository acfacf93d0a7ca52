"""G.722 at 64 kbit/s: 16,000 samples a second, 20 ms in 160 bytes. The coder is the package G722 (libg722)."""

from __future__ import annotations

from typing import Final

import numpy as np
from G722 import G722

from sipflow.media.samples import Samples

SAMPLE_RATE_HZ: Final = 16_000
_BIT_RATE: Final = 64_000


class G722Codec:
    """One direction or both of a G.722 stream."""

    def __init__(self) -> None:
        self._coder = G722(SAMPLE_RATE_HZ, _BIT_RATE)
        self._decoder = G722(SAMPLE_RATE_HZ, _BIT_RATE)

    def encode(self, samples: Samples) -> bytes:
        """Two samples become one byte; a last odd one is left out."""
        return bytes(self._coder.encode(samples[: len(samples) // 2 * 2].tolist()))

    def decode(self, payload: bytes) -> Samples:
        return np.frombuffer(self._decoder.decode(payload), np.int16)
