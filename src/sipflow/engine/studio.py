"""The audio of one run: what may be played, and where recordings go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sipflow.base.errors import AudioError, NodeFailed, PathRefused
from sipflow.base.folders import resolve_inside
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.media.playing import AudioFrames

if TYPE_CHECKING:
    from sipflow.media.recorder import Recorder


class Studio:
    """Opens audio files and recordings by the names that a scenario gives them."""

    def __init__(self, audio_folders: Sequence[Path], output: Path | None, also: Sequence[Path] = ()) -> None:
        """`output` is where recordings go, and `also` where their names may lead; without output, none are made."""
        self._audio_folders = audio_folders
        self._output = output
        self._also = also
        self._open: dict[Path, Recorder] = {}
        self._makers: dict[Recorder, str] = {}
        """The nodes to which what goes wrong with a recording is told: all but those that another node ends."""
        self.on_broken: Callable[[str, NodeFailed], None] = lambda _node_id, _failure: None
        """Called with the node that has begun a recording, where it can't go on or is not there at its end."""

    def prepare(self) -> None:
        """Import what audio needs: that takes tenths of a second, in which the streams of a run would stand still."""
        import sipflow.media.audio_file
        import sipflow.media.digit_ear
        import sipflow.media.listening
        import sipflow.media.recorder
        import sipflow.media.sounds.sound  # noqa: F401 - they are wanted in memory

    def frames(self, name: str, *, repeats: bool) -> AudioFrames:
        """Audio to be played. Raises NodeFailed."""
        try:
            return AudioFrames(name, self._audio_folders, repeats=repeats)
        except (AudioError, PathRefused) as error:
            raise NodeFailed(Saying.of("audio-to-play", name=name), error.said) from error

    def place(self, name: str) -> Path:
        """Where a recording of this name goes, in a folder that is there. Raises NodeFailed."""
        expected = Saying.of("file-to-record-into", name=name)
        if self._output is None:
            raise NodeFailed(expected, Saying.of("keeps-no-recordings"))
        try:
            self._output.mkdir(parents=True, exist_ok=True)
            path = self.place_of(name)
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NodeFailed(
                expected, Saying.of("finding-at", place=str(error.filename), fault=told_by_system(error))
            ) from error
        if path in self._open:
            raise NodeFailed(expected, Saying.of("another-recording-there"))
        return path

    def place_of(self, name: str) -> Path:
        """Where a recording of this name is. Raises NodeFailed."""
        try:
            return resolve_inside(name, () if self._output is None else (self._output,), self._also)
        except PathRefused as error:
            raise NodeFailed(Saying.of("file-to-record-into", name=name), error.said) from error

    def began(self, recorder: Recorder, node_id: str) -> None:
        """Nobody else may record there; this node has begun it."""
        self._open[recorder.path] = recorder
        self._makers[recorder] = node_id

    def hand_over(self, recorder: Recorder) -> None:
        """Another node ends the recording, and fails where it is not whole."""
        self._makers.pop(recorder, None)

    def broke(self, recorder: Recorder, failure: NodeFailed) -> None:
        """The recording is not whole."""
        if recorder in self._makers:
            self.on_broken(self._makers[recorder], failure)

    def ended(self, recorder: Recorder) -> None:
        """The file is free again."""
        self._makers.pop(recorder, None)
        if self._open.get(recorder.path) is recorder:
            del self._open[recorder.path]
