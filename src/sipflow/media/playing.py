"""Audio by name as frames for a stream: read at the rate of the codec that was agreed on, coded some packets ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sipflow.base.errors import AudioError, CodecUnavailable, PathRefused
from sipflow.base.sayings import Saying, Told
from sipflow.media.audio import check_audio, open_audio
from sipflow.media.codecs import AudioCodec, CodecKind, find_kind

if TYPE_CHECKING:
    from sipflow.media.samples import Samples, SampleSource

AHEAD_FRAMES: Final = 10
"""How many frames are coded at once where the codec allows it: for a single one numpy takes longer to begin than to
work. On CPython 3.11 a frame of speech in G.711 takes 5.2 µs alone, 1.1 as one of ten, which hold 1.6 KB."""
_turns: Final = count()
"""Sounds that begin together are not all coded on in the same packet time: each codes another number at first."""


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
    """The `Frames` of a built-in sound or a file. Another codec goes on where the one before was."""

    __slots__ = ("_ahead", "_codec", "_coded", "_cut", "_folders", "_is_closed", "_kind", "_length", "_name", "_place",
                 "_repeats", "_source", "_spoken")  # fmt: skip

    def __init__(self, name: str, folders: Sequence[Path], *, repeats: bool = False) -> None:
        """Raises AudioRefused, SoundUnknown or PathRefused for what can't be played."""
        check_audio(name, folders)
        self._name = name
        self._folders = folders
        self._repeats = repeats
        self._spoken = ""
        """The codec, by the name that is asked for."""
        self._kind: CodecKind | None = None
        self._codec: AudioCodec | None = None
        self._source: SampleSource | None = None
        self._place = 0
        """Up to which sample of the sound it has been read, at the rate of the codec."""
        self._length = 0
        """How many samples the sound has, where that has come out."""
        self._coded = b""
        """What is coded already."""
        self._cut = 0
        """Up to here that has been given away."""
        self._ahead = next(_turns) % AHEAD_FRAMES + 1
        self._is_closed = False

    def next_frame(self, codec: str, ticks: int) -> bytes | None:
        """The next payload; what a last frame lacks is silence. Raises AudioError or CodecUnavailable."""
        cut, end = self._cut, self._cut + ticks
        if end <= len(self._coded) and codec == self._spoken:
            self._cut = end
            return self._coded[cut:end]
        return None if self._is_closed else self._code_on(codec, ticks)

    def close(self) -> None:
        self._is_closed = True
        self._coded = b""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _code_on(self, codec: str, ticks: int) -> bytes | None:
        """Read and code further, several frames at once where they can be cut apart, and give the first one."""
        kind, source, coder = self._opened(codec)
        rest = self._coded[self._cut :]  # less than a frame, where packets have become longer
        per_tick = kind.sample_rate_hz // kind.clock_hz
        wanted = ticks * per_tick * (self._ahead if kind.is_divisible else 1)
        self._ahead = AHEAD_FRAMES
        samples = self._read(source, wanted)
        if not len(samples) and not rest:
            return None
        if len(samples) < wanted:
            lacking = -(len(samples) + len(rest) * per_tick) % (ticks * per_tick)
            samples = joined([samples], len(samples) + lacking)
        coded = coder.encode(samples)
        if not kind.is_divisible:
            return coded
        self._coded, self._cut = rest + coded, ticks
        return self._coded[:ticks]

    def _read(self, source: SampleSource, count: int) -> Samples:
        """So many samples, fewer at the end; where it repeats, it begins anew there."""
        parts = [source.read(count)]
        self._place += len(parts[0])
        lacking = count - len(parts[0])
        while lacking and self._repeats and self._place:
            self._length = self._place
            source.seek(0)
            parts.append(source.read(lacking))
            self._place = len(parts[-1])
            lacking -= self._place
        return joined(parts)

    def _opened(self, codec: str) -> tuple[CodecKind, SampleSource, AudioCodec]:
        """What is needed for this codec; one that follows on another goes on at the same moment of the sound."""
        if codec == self._spoken and self._kind and self._source and self._codec:
            return self._kind, self._source, self._codec
        found = find_kind(codec)
        if found is None:
            raise CodecUnavailable(codec, Saying.of("no-such-codec"))
        coder, before, former = found.open(), self._kind, self._source
        source = self._source = open_audio(self._name, self._folders, found.sample_rate_hz)
        if former is not None and before is not None:
            former.close()
            sent = self._place - (len(self._coded) - self._cut) * before.sample_rate_hz // before.clock_hz
            heard = sent % self._length if self._length else sent
            self._place = heard * found.sample_rate_hz // before.sample_rate_hz
            self._length = self._length * found.sample_rate_hz // before.sample_rate_hz
            source.seek(self._place)
        self._coded, self._cut = b"", 0
        self._spoken, self._kind, self._codec = codec, found, coder
        return found, source, coder


def joined(parts: list[Samples], count: int = 0) -> Samples:
    """These samples one after another, filled up with silence."""
    import numpy as np

    missing = count - sum(map(len, parts))
    whole = [*parts, np.zeros(missing, np.int16)] if missing > 0 else parts
    return whole[0] if len(whole) == 1 else np.concatenate(whole)
