"""The audio library: one folder of audio files, each looked through before it is taken."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

from sipflow.base.errors import AudioNotFound, AudioRefused, StorageFailed
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.media.audio_limits import MAX_BYTES

MAX_FILES: Final = 1_000
ENDINGS: Final = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".au"})
_CHUNK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file of the library."""

    id: str
    name: str
    """The file's name, by which a scenario calls it."""
    size_bytes: int
    duration_ms: int
    sample_rate: int
    channels: int


class AudioLibrary:
    """The audio files in a folder. They keep their names; whoever asks from outside uses ids."""

    def __init__(self, folder: Path, max_files: int = MAX_FILES) -> None:
        self._folder = folder
        self._max_files = max_files
        self._known: dict[tuple[str, int, int], AudioFile | None] = {}
        """By name, size and time of change: a file is opened once."""

    async def list_files(self) -> list[AudioFile]:
        """All files, by name."""
        return await asyncio.to_thread(self._list)

    async def add(self, name: str, source: BinaryIO) -> AudioFile:
        """Take a file. Raises AudioRefused for one that is too large, too long or no audio, and StorageFailed."""
        return await asyncio.to_thread(self._add, _checked_name(name), source)

    async def find(self, audio_id: str) -> tuple[AudioFile, Path]:
        """A file and where it is. Raises AudioNotFound."""
        for file in await self.list_files():
            if file.id == audio_id:
                return file, self._folder / file.name
        raise AudioNotFound(audio_id)

    async def delete(self, audio_id: str) -> None:
        """Delete a file. Raises AudioNotFound."""
        _, path = await self.find(audio_id)
        await asyncio.to_thread(_delete, path)

    def _add(self, name: str, source: BinaryIO) -> AudioFile:
        with _clear_errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(prefix=".arriving-", dir=self._folder)
            try:
                with open(descriptor, "wb") as file:
                    _copy(source, file)
                _examine(Path(temporary))
                return self._keep(Path(temporary), name)
            finally:
                os.unlink(temporary)

    def _list(self) -> list[AudioFile]:
        if not self._folder.is_dir():
            return []
        with _clear_errors(), os.scandir(self._folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
        audio = (name for name in names if Path(name).suffix.lower() in ENDINGS and not name.startswith("."))
        return [file for name in audio if (file := self._look_at(name))]

    def _look_at(self, name: str) -> AudioFile | None:
        """What is known of a file; None for one that is no audio."""
        path = self._folder / name
        try:
            status = path.stat()
        except OSError:
            return None
        key = (name, status.st_size, status.st_mtime_ns)
        if key not in self._known:
            try:
                self._known[key] = _describe(path, status.st_size)
            except AudioRefused:
                self._known[key] = None
        return self._known[key]

    def _keep(self, temporary: Path, name: str) -> AudioFile:
        """Give a file its name, or the first numbered one that is free."""
        if len(self._list()) >= self._max_files:
            raise AudioRefused(Saying.of("library-full", limit=self._max_files))
        stem, ending = Path(name).stem, Path(name).suffix
        for number in count(1):
            path = self._folder / (name if number == 1 else f"{stem} ({number}){ending}")
            try:
                os.link(temporary, path)  # unlike a rename, it never replaces a file that is there
            except FileExistsError:
                continue
            break
        return _describe(path, path.stat().st_size)


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn what the file system refuses into StorageFailed."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(Saying.of("library-unreadable", reason=told_by_system(error))) from error


def _copy(source: BinaryIO, file: BinaryIO) -> None:
    """Write a file to the disk, as far as it is not too large."""
    size_bytes = 0
    while chunk := source.read(_CHUNK_BYTES):
        size_bytes += len(chunk)
        if size_bytes > MAX_BYTES:
            raise AudioRefused(Saying.of("audio-too-large", limit=MAX_BYTES // 1024 // 1024))
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())


def _delete(path: Path) -> None:
    with _clear_errors():
        path.unlink(missing_ok=True)


def _checked_name(name: str) -> str:
    name = re.sub(r'[<>:"|?*]', "-", re.split(r"[/\\]", name)[-1]).strip(". ")
    name = "".join(character for character in name if character.isprintable())
    stem, ending = Path(name).stem, Path(name).suffix
    if ending.lower() not in ENDINGS:
        raise AudioRefused(Saying.of("audio-ending", endings=", ".join(sorted(ENDINGS))))
    while len(stem.encode()) > 150:
        stem = stem[:-1]
    return stem + ending


def _describe(path: Path, size_bytes: int) -> AudioFile:
    """What the head of a file says. Raises AudioRefused for one that is no audio."""
    from sipflow.media.audio_file import describe

    facts = describe(path)
    audio_id = hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return AudioFile(audio_id, path.name, size_bytes, facts.duration_ms, facts.sample_rate_hz, facts.channels)


def _examine(path: Path) -> None:
    from sipflow.media.audio_file import examine

    examine(path)
