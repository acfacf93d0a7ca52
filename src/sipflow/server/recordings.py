"""The recordings of a run: listed, found by id, looked at. Everything here reads files: call it off the event loop."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sipflow.base.errors import AudioNotFound, AudioRefused

MAX_RECORDINGS: Final = 1_000
MAX_PAGE_BYTES: Final = 8 * 1024 * 1024
"""What the recordings in the page of a run may have together: a third more as text, which a ticket still takes."""
PAGE_POINTS: Final = 600
MAX_DEPTH: Final = 8
"""Folders inside of folders, as a name such as `a/b/c.wav` makes them."""


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording; `name` is that of the scenario, folders included, and `id` leads to it."""

    id: str
    name: str
    path: Path
    size_bytes: int
    duration_ms: int


def list_recordings(folder: Path, most: int = MAX_RECORDINGS) -> list[RecordingFile]:
    """All that can be read, by name and at most so many; those of a run under way as far as they have come."""
    found = []
    for path in islice(_files(folder, MAX_DEPTH), most):
        try:
            found.append(_look_at(folder, path))
        except (AudioRefused, OSError):
            continue
    return sorted(found, key=lambda file: file.name)


def page_recordings(files: Iterable[RecordingFile]) -> Iterator[tuple[str, dict[str, Any]]]:
    """As many recordings as a page may hold, each by its id: its bytes in base64, and how loud it is where."""
    from sipflow.media.waveform import read_waveform  # numpy is imported where it is needed

    room = MAX_PAGE_BYTES
    for file in files:
        if file.size_bytes > room:
            continue
        try:
            with file.path.open("rb") as opened:
                data = opened.read(file.size_bytes)
            wave = read_waveform(file.path, PAGE_POINTS)
        except (AudioRefused, OSError):
            continue
        room -= len(data)
        peaks = [[round(peak, 3) for peak in channel] for channel in wave.peaks]
        waveform = {"durationMs": wave.duration_ms, "sampleRate": wave.sample_rate_hz, "peaks": peaks}
        yield file.id, {"waveform": waveform, "data": base64.b64encode(data).decode()}


def find_recording(folder: Path, recording_id: str) -> Path:
    """Where a recording is. Raises AudioNotFound."""
    for path in islice(_files(folder, MAX_DEPTH), MAX_RECORDINGS):
        if _id_of(folder, path) == recording_id:
            return path
    raise AudioNotFound(recording_id)


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Files in a folder and in those below it; links lead nowhere."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_file(follow_symlinks=False):
            yield Path(entry.path)
        elif depth and entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), depth - 1)


def _look_at(folder: Path, path: Path) -> RecordingFile:
    from sipflow.media.waveform import read_waveform  # numpy is imported where it is needed

    name = path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
    return RecordingFile(_id_of(folder, path), name, path, path.stat().st_size, read_waveform(path, 0).duration_ms)


def _id_of(folder: Path, path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.relative_to(folder))).hexdigest()[:16]
