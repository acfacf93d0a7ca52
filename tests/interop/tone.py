"""Sound for peers to send."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE_HZ = 8_000


def write_tone(path: Path, frequency_hz: float = 440.0, seconds: int = 30) -> None:
    """Write a sine of half the full scale as a WAV file: 8 kHz, mono, 16 bits."""
    step = 2 * math.pi * frequency_hz / RATE_HZ
    second = b"".join(struct.pack("<h", round(16_384 * math.sin(step * n))) for n in range(RATE_HZ))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(second * seconds)
