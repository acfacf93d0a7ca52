"""Audio by the name that a scenario gives it: a built-in sound, or a file. No numpy is imported before it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sipflow.base.folders import resolve_inside
from sipflow.media.sounds import PREFIX, parse_sound

if TYPE_CHECKING:
    from sipflow.media.samples import SampleSource


def check_audio(name: str, folders: Sequence[Path]) -> None:
    """Find out before a run whether audio can be played, by no more than a file's head.

    Raises AudioRefused, SoundUnknown or PathRefused.
    """
    if name.startswith(PREFIX):
        parse_sound(name.removeprefix(PREFIX))
        return
    path = resolve_inside(name, folders)
    from sipflow.media.audio_file import describe

    describe(path)


def open_audio(name: str, folders: Sequence[Path], sample_rate_hz: int) -> SampleSource:
    """Audio to be read at a rate; a file is searched in the folders. Raises as `check_audio` does."""
    if name.startswith(PREFIX):
        from sipflow.media.sounds.sound import open_sound

        return open_sound(name.removeprefix(PREFIX), sample_rate_hz)
    path = resolve_inside(name, folders)
    from sipflow.media.audio_file import AudioFile

    return AudioFile(path, sample_rate_hz)
