"""Audio files: what libsndfile reads, mixed to mono, at the rate that is asked for, in memory that does not grow."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr

from sipflow.base.errors import AudioRefused
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.media.audio_limits import FORMATS, MAX_BYTES, MAX_CHANNELS, MAX_DURATION_S, MAX_RATE_HZ, MIN_RATE_HZ
from sipflow.media.samples import FULL_SCALE, Samples, clipped

_BLOCK_FRAMES: Final = 4_096
_MISSED_S: Final = 0.5
"""So much less than the head said is no damage: of some MP3 files it knows only about how long they are."""
_EXAMINED_FRAMES: Final = 65_536


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What the head of an audio file says."""

    frames: int
    sample_rate_hz: int
    channels: int

    @property
    def duration_ms(self) -> int:
        return self.frames * 1000 // self.sample_rate_hz


def describe(path: Path) -> AudioFacts:
    """What the head of a file says. Raises AudioRefused for one that can't be read, is empty, or exceeds a limit."""
    with _opened(path) as file:
        return _facts(file)


def examine(path: Path) -> AudioFacts:
    """Read a file to its end, within the limits: its head may promise what does not follow. Raises AudioRefused."""
    with _opened(path) as file:
        facts, frames = _facts(file), 0
        while count := len(_read(file, _EXAMINED_FRAMES)):
            frames += count
            _check_length(frames, facts.sample_rate_hz)
    if not frames:
        raise AudioRefused(Saying.of("audio-silent"))
    return facts


class AudioFile:
    """The samples of a file, one after another, at a rate of the reader's choice; a `SampleSource`.

    Every method raises AudioRefused where the file turns out to be damaged, or shorter or longer than its head said:
    somebody may write to it while it is played.
    """

    def __init__(self, path: Path, sample_rate_hz: int) -> None:
        """Open a file. Raises AudioRefused as `describe` does."""
        self._file = _open(path)
        try:
            self.facts = _facts(self._file)
        except AudioRefused:
            self._file.close()
            raise
        self._rate = sample_rate_hz
        self._blocks: list[Samples] = []
        self._ready = 0
        self._has_ended = False
        self._begin()

    def read(self, count: int) -> Samples:
        """The next samples: fewer than `count` at the end, and none after it."""
        while self._ready < count and not self._has_ended:
            self._read_block()
        joined = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)
        samples, rest = joined[:count], joined[count:]
        self._blocks = [rest] if len(rest) else []
        self._ready = len(rest)
        return samples

    def seek(self, place: int) -> None:
        """Go on at this sample, counted from 0; beyond the end is the end."""
        frame = min(place * self.facts.sample_rate_hz // self._rate, self.facts.frames)
        with _refusals():
            self._file.seek(frame)
        self._begin()
        self._frames = frame

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def _begin(self) -> None:
        self._blocks = []
        self._ready = 0
        self._frames = 0
        self._has_ended = False
        rate = self.facts.sample_rate_hz
        self._resampler = soxr.ResampleStream(rate, self._rate, 1, dtype="float32") if rate != self._rate else None

    def _read_block(self) -> None:
        block = _read(self._file, _BLOCK_FRAMES)
        self._frames += len(block)
        _check_length(self._frames, self.facts.sample_rate_hz)
        self._has_ended = not len(block)
        if self._has_ended and self._frames + _MISSED_S * self.facts.sample_rate_hz < self.facts.frames:
            raise AudioRefused(Saying.of("audio-damaged"))
        mono = block.mean(axis=1, dtype=np.float32) if len(block) else np.zeros(0, np.float32)
        if self._resampler:
            mono = self._resampler.resample_chunk(mono, last=self._has_ended)
        if len(mono):
            self._blocks.append(clipped(mono * FULL_SCALE))
            self._ready += len(mono)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what libsndfile raises in the middle of a file into AudioRefused."""
    try:
        yield
    except (soundfile.SoundFileError, OSError, ValueError, RuntimeError) as error:
        raise AudioRefused(Saying.of("audio-damaged")) from error


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    file = _open(path)
    try:
        yield file
    finally:
        file.close()


def _open(path: Path) -> soundfile.SoundFile:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise AudioRefused(Saying.of("audio-no-file"))
        if status.st_size > MAX_BYTES:
            raise AudioRefused(Saying.of("audio-too-large", limit=MAX_BYTES // 1024 // 1024))
        return soundfile.SoundFile(str(path))
    except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise AudioRefused(Saying.of("audio-unreadable", reason=told_by_system(error))) from error
        raise AudioRefused(Saying.of("audio-no-audio", kinds="WAV, FLAC, OGG, Opus, MP3, AIFF, AU")) from error


def _facts(file: soundfile.SoundFile) -> AudioFacts:
    """The head of a file, as far as it keeps the limits."""
    rate, channels = file.samplerate, file.channels
    if file.format not in FORMATS or not 1 <= channels <= MAX_CHANNELS or not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
        raise AudioRefused(Saying.of("audio-form", form=file.format, channels=channels, rate=rate))
    if not 0 < file.frames <= MAX_DURATION_S * rate:
        raise AudioRefused(Saying.of("audio-empty-or-long", limit=MAX_DURATION_S))
    return AudioFacts(file.frames, rate, channels)


def _read(file: soundfile.SoundFile, frames: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    with _refusals():
        block: np.ndarray[tuple[int, int], np.dtype[np.float32]] = file.read(frames, dtype="float32", always_2d=True)
    return np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)


def _check_length(frames: int, sample_rate_hz: int) -> None:
    if frames > MAX_DURATION_S * sample_rate_hz:
        raise AudioRefused(Saying.of("audio-too-long", limit=MAX_DURATION_S))
