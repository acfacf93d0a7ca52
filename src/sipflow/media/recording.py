"""A recording: one WAV file of 16 bits, what was heard on the left and what was sent on the right.

Both sides are put in by their place in time. What never comes is silence. The file is written as the recording goes on,
and its header is made right with every block, so that it can be read whatever happens next.
"""

from __future__ import annotations

import contextlib
import os
import struct
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from sipflow.base.errors import RecordingFailed
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.media.samples import Samples, mixed

MAX_DURATION_S: Final = 4 * 3_600
"""At 48,000 Hz 2.8 GB, below the 4 GiB that the header can tell."""
_WINDOW_S: Final = 2
"""How long the two sides may lie apart, and how late a packet may come."""

_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_CHANNELS: Final = 2
_FRAME_BYTES: Final = 4


class Recording:
    """A file that is being recorded. Once it has failed, it takes what it is given and writes nothing more."""

    def __init__(self, path: Path, sample_rate_hz: int, max_duration_s: float = MAX_DURATION_S) -> None:
        """Begin a file, in place of one that is there. Raises RecordingFailed where it can't be made."""
        self._path = path
        self._rate = sample_rate_hz
        self._max_frames = int(min(max_duration_s, MAX_DURATION_S) * sample_rate_hz)
        self._window = np.zeros((2 * _WINDOW_S * sample_rate_hz, _CHANNELS), np.int16)
        """What is not written yet: the frames from `_written` on."""
        self._written = 0
        self._end = 0
        self._error: RecordingFailed | None = None
        try:
            self._file: BinaryIO = path.open("wb")
        except OSError as error:
            raise self._failed(error) from error
        try:
            self._write(b"")
        except RecordingFailed:
            self._close_file()
            raise

    @property
    def duration_s(self) -> float:
        """How long it is so far."""
        return self._end / self._rate

    @property
    def is_full(self) -> bool:
        """Whether it has reached its greatest length: what comes after that is left out."""
        return self._end >= self._max_frames

    def heard(self, place: int, samples: Samples) -> None:
        """Add what was heard; `place` counts samples from the start of the recording.

        What was heard at the same place before stays beside it. What comes more than two seconds after what is later
        is left out. Raises RecordingFailed, once.
        """
        self._put(0, place, samples)

    def sent(self, place: int, samples: Samples) -> None:
        """Put in what was sent, as `heard` does."""
        self._put(1, place, samples)

    def close(self) -> None:
        """Write what is left, and end the file; may be called twice.

        Raises RecordingFailed where the file could not be finished or is no longer where it was made.
        """
        if self._file.closed:
            return
        try:
            if self._error is None:
                self._flush(self._end)
                self._check_is_there()
        finally:
            self._close_file()

    def _put(self, channel: int, place: int, samples: Samples) -> None:
        if self._error is not None or self._file.closed:
            return
        samples = samples[max(0, self._written - place) : max(0, self._max_frames - place)]
        place = max(place, self._written)
        while len(samples):
            self._make_room(place)
            at = place - self._written
            piece = samples[: len(self._window) - at]
            there = self._window[at : at + len(piece), channel]
            there[:] = mixed((there, piece)) if channel == 0 and there.any() else piece
            place += len(piece)
            self._end = max(self._end, place)
            samples = samples[len(piece) :]

    def _make_room(self, place: int) -> None:
        """Write what lies so far back that nothing of it is waited for any more; a long gap is left as a hole."""
        half = len(self._window) // 2
        if place >= self._written + 2 * len(self._window):
            self._flush(self._end)
            self._written = place - half
        while place >= self._written + len(self._window):
            self._flush(self._written + half)

    def _flush(self, until: int) -> None:
        """Write all frames before a place."""
        count = until - self._written
        self._write(self._window[:count].tobytes())
        self._window[: len(self._window) - count] = self._window[count:]
        self._window[len(self._window) - count :] = 0
        self._written = until

    def _write(self, frames: bytes) -> None:
        file = self._file
        try:
            file.seek(_HEADER.size + self._written * _FRAME_BYTES)
            file.write(frames)
            file.seek(0)
            file.write(_header(self._rate, self._written * _FRAME_BYTES + len(frames)))
            file.flush()
        except OSError as error:
            raise self._failed(error) from error

    def _close_file(self) -> None:
        with contextlib.suppress(OSError):  # all is written already, or the failure has been told of
            self._file.close()

    def _check_is_there(self) -> None:
        try:
            is_there = os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError as error:
            raise self._failed(error) from error
        if not is_there:
            raise self._failed(None)

    def _failed(self, error: OSError | None) -> RecordingFailed:
        reason = told_by_system(error) if error else Saying.of("another-file-there")
        self._error = RecordingFailed(str(self._path), reason)
        return self._error


def _header(rate: int, size_bytes: int) -> bytes:
    """RIFF with one `fmt ` chunk for PCM, and the `data` chunk that the samples follow."""
    riff_bytes = _HEADER.size - 8 + size_bytes
    return _HEADER.pack(
        *(b"RIFF", riff_bytes, b"WAVE"),
        *(b"fmt ", 16, 1, _CHANNELS, rate, rate * _FRAME_BYTES, _FRAME_BYTES, 16),
        *(b"data", size_bytes),
    )
