"""Audio by name as frames for a stream: read at the rate of the codec that was agreed on, coded packet by packet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sipflow.base.errors import AudioError, CodecUnavailable, PathRefused
from sipflow.base.sayings import Saying, Told
from sipflow.media.audio import check_audio, open_audio
from sipflow.media.codecs import AudioCodec, CodecKind, find_kind

if TYPE_CHECKING:
    from sipflow.media.samples import Samples, SampleSource


def audio_faults(folders: Sequence[Path]) -> Callable[[str], Told]:
    """What finds out before a run why audio can't be played out of these folders, as a text."""

    def fault(name: str) -> Told:
        try:
            check_audio(name, folders)
        except (AudioError, PathRefused) as error:
            return error.said
        return ""

    return fault


class AudioFrames:
    """The `Frames` of a built-in sound or a file. A codec with another sample rate goes on where the one before was."""

    def __init__(self, name: str, folders: Sequence[Path], *, repeats: bool = False) -> None:
        """Raises AudioRefused, SoundUnknown or PathRefused for what can't be played."""
        check_audio(name, folders)
        self._name = name
        self._folders = folders
        self._repeats = repeats
        self._kind: CodecKind | None = None
        self._codec: AudioCodec | None = None
        self._source: SampleSource | None = None
        self._place = 0
        """How many samples have been read since the beginning, at the rate of the codec."""
        self._is_closed = False

    def next_frame(self, codec: str, ticks: int) -> bytes | None:
        """The next payload; what a last frame lacks is silence. Raises AudioError or CodecUnavailable."""
        if self._is_closed:
            return None
        kind, source, coder = self._opened(codec)
        count = ticks * kind.sample_rate_hz // kind.clock_hz
        samples = self._read(source, count)
        if not len(samples):
            return None
        self._place += len(samples)
        if len(samples) < count:
            samples = joined([samples], count)
        return coder.encode(samples)

    def close(self) -> None:
        self._is_closed = True
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _read(self, source: SampleSource, count: int) -> Samples:
        """So many samples, fewer at the end; where it repeats, it begins anew there."""
        samples = source.read(count)
        if len(samples) == count or not self._repeats:
            return samples
        source.rewind()
        return joined([samples, source.read(count - len(samples))])

    def _opened(self, codec: str) -> tuple[CodecKind, SampleSource, AudioCodec]:
        """What is needed for this codec; one with another sample rate goes on at the same moment of the sound."""
        kind, source = self._kind, self._source
        if kind is not None and source is not None and self._codec is not None and kind.name == codec:
            return kind, source, self._codec
        found = find_kind(codec)
        if found is None:
            raise CodecUnavailable(codec, Saying.of("no-such-codec"))
        coder = found.open()
        if source is None or kind is None or kind.sample_rate_hz != found.sample_rate_hz:
            if source is not None:
                source.close()
            source = self._source = open_audio(self._name, self._folders, found.sample_rate_hz)
            self._place = 0 if kind is None else self._place * found.sample_rate_hz // kind.sample_rate_hz
            left = self._place
            while left > 0 and len(passed := self._read(source, min(left, found.sample_rate_hz))):
                left -= len(passed)
        self._kind, self._codec = found, coder
        return found, source, coder


def joined(parts: list[Samples], count: int = 0) -> Samples:
    """These samples one after another, filled up with silence."""
    import numpy as np

    missing = count - sum(map(len, parts))
    return np.concatenate([*parts, np.zeros(max(missing, 0), np.int16)])
