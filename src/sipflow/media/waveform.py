"""What a recording looks like: its length, and how loud it is where, read in memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from sipflow.base.errors import AudioRefused
from sipflow.base.sayings import Saying
from sipflow.media.audio_limits import MAX_CHANNELS

_BLOCK_FRAMES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Waveform:
    """The loudest sample of each equal part of a recording, for each channel, from 0 to 1."""

    duration_ms: int
    sample_rate_hz: int
    peaks: tuple[tuple[float, ...], ...]


def read_waveform(path: Path, points: int) -> Waveform:
    """Read a file to its end, into at most so many parts; none only asks for its length. Raises AudioRefused."""
    try:
        with soundfile.SoundFile(path) as file:
            frames, rate, channels = file.frames, file.samplerate, file.channels
            if channels > MAX_CHANNELS or rate <= 0:
                raise AudioRefused(Saying.of("audio-channels", channels=channels, rate=rate))
            points = min(points, frames)
            peaks = np.zeros((points, channels), np.float32)
            done = 0
            while points and done < frames and len(block := file.read(_BLOCK_FRAMES, np.float32, always_2d=True)):
                parts = np.minimum((np.arange(done, done + len(block)) * points) // frames, points - 1)
                starts = np.flatnonzero(np.diff(parts, prepend=-1))
                loudest = np.maximum.reduceat(np.abs(block), starts)
                places = parts[starts]
                peaks[places] = np.maximum(peaks[places], loudest)
                done += len(block)
    except (soundfile.SoundFileError, OSError, ValueError, RuntimeError) as error:
        raise AudioRefused(Saying.of("audio-damaged")) from error
    rounded = np.minimum(np.nan_to_num(peaks), 1).round(3)
    return Waveform(frames * 1000 // rate, rate, tuple(tuple(channel) for channel in rounded.T.tolist()))
