"""Sound for peers to send, and what is in sound that they have heard."""

from __future__ import annotations

import math
import struct
import wave
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ = 8_000
SILENT = 0.01
"""Of the full scale: what is no louder is no tone."""


def write_tone(path: Path, frequency_hz: float = 440.0, seconds: int = 30) -> None:
    """Write a sine of half the full scale as a WAV file: 8 kHz, mono, 16 bits."""
    step = 2 * math.pi * frequency_hz / RATE_HZ
    second = b"".join(struct.pack("<h", round(16_384 * math.sin(step * n))) for n in range(RATE_HZ))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(second * seconds)


def loudest_hz(samples: NDArray[Any], rate: int) -> float:
    """The frequency of the loudest tone."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum[1:]) + 1) * rate / len(samples)


def tones_in(path: Path, last_s: float | None = None) -> Counter[int]:
    """The loudest tones of every 100 ms of a WAV file, or of its end, to 50 Hz, and how often; silence has none.

    A player that leaves out or repeats a moment breaks the phase of a tone, which moves the peak of such a window by a
    step of the spectrum, 10 Hz; the tones in use lie 300 Hz apart and more.
    """
    samples, rate = soundfile.read(path, always_2d=True)
    size = rate // 10
    begin = 0 if last_s is None else max(0, len(samples) - round(last_s * rate))
    windows = [samples[at : at + size, 0] for at in range(begin, len(samples) - size + 1, size)]
    return Counter(round(loudest_hz(window, rate) / 50) * 50 for window in windows if np.abs(window).max() > SILENT)


def last_tone(path: Path) -> int:
    """What was heard in most of the last half second; a player that has nothing for a moment fills it as it likes."""
    tones = tones_in(path, last_s=0.5)
    assert tones, f"nothing is heard at the end of {path.name}"
    return tones.most_common(1)[0][0]
