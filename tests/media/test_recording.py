"""Recordings: both sides in their places, in bounded memory, readable whatever happens."""

from __future__ import annotations

import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipflow.base.errors import RecordingFailed
from sipflow.media.recording import Recording
from sipflow.media.samples import Samples
from tests.media.audio_data import sine

RATE = 8_000


def read(path: Path) -> tuple[Samples, Samples]:
    frames, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert rate == RATE
    assert frames.shape[1] == 2
    return frames[:, 0], frames[:, 1]


def put_frames(put: object, samples: Samples, start: int = 0, skip: frozenset[int] = frozenset()) -> None:
    assert callable(put)
    for number in range(len(samples) // 160):
        if number not in skip:
            put(start + number * 160, samples[number * 160 :][:160])


def test_heard_is_left_and_sent_is_right_in_their_places(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.wav", RATE)
    tone = sine(440, 10, RATE)
    for number in range(500):
        recording.sent(400 + number * 160, tone[number * 160 :][:160])
        if number >= 250 and number != 350:
            recording.heard(number * 160, tone[:160])

    recording.close()

    left, right = read(tmp_path / "a.wav")
    assert len(left) == 400 + 80_000
    assert np.array_equal(right[400:80_400], tone)
    assert not right[:400].any()
    assert not left[:40_000].any()
    assert np.array_equal(left[40_000:40_160], tone[:160])
    assert not left[56_000:56_160].any()


def test_lost_time_is_silence_and_frames_out_of_order_find_their_place(tmp_path: Path) -> None:
    recording, tone = Recording(tmp_path / "a.wav", RATE), sine(440, 4, RATE)
    put_frames(recording.heard, tone, skip=frozenset({5, 6, 50}))
    recording.heard(50 * 160, tone[50 * 160 :][:160])

    recording.close()

    left, _ = read(tmp_path / "a.wav")
    assert not left[800:1_120].any()
    left[800:1_120] = tone[800:1_120]
    assert np.array_equal(left, tone)


def test_what_comes_too_late_is_left_out(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.wav", RATE)
    recording.sent(10 * RATE, sine(440, 0.02, RATE))
    recording.heard(0, np.full(160, 999, np.int16))

    recording.close()

    left, right = read(tmp_path / "a.wav")
    assert len(left) == 10 * RATE + 160
    assert not left.any()
    assert right[10 * RATE :].any()


def test_file_can_be_read_while_it_is_being_recorded(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.wav", RATE)
    assert soundfile.info(str(tmp_path / "a.wav")).frames == 0

    put_frames(recording.heard, sine(440, 10, RATE))

    assert soundfile.info(str(tmp_path / "a.wav")).frames >= 6 * RATE
    recording.close()
    recording.close()
    assert soundfile.info(str(tmp_path / "a.wav")).frames == 10 * RATE
    recording.heard(10 * RATE, sine(440, 1, RATE))
    assert soundfile.info(str(tmp_path / "a.wav")).frames == 10 * RATE


def test_recording_of_nothing_is_an_empty_file(tmp_path: Path) -> None:
    Recording(tmp_path / "a.wav", RATE).close()

    assert soundfile.info(str(tmp_path / "a.wav")).frames == 0


def test_long_recording_takes_little_memory_and_a_long_gap_little_of_the_disk(tmp_path: Path) -> None:
    frame = sine(440, 0.02, RATE)
    tracemalloc.start()
    recording = Recording(tmp_path / "a.wav", RATE)
    for number in range(30_000):  # ten minutes
        recording.sent(number * 160, frame)
    recording.sent(3 * 3_600 * RATE, frame)
    recording.close()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 6_000_000
    assert soundfile.info(str(tmp_path / "a.wav")).frames == 3 * 3_600 * RATE + 160
    assert (tmp_path / "a.wav").stat().st_blocks * 512 < 25_000_000


@pytest.mark.parametrize("place", [0, 7_900, 10**15])
def test_recording_ends_at_its_greatest_length(place: int, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.wav", RATE, max_duration_s=1)
    recording.heard(0, sine(440, 0.5, RATE))

    recording.heard(place, sine(440, 3, RATE))
    is_full = recording.is_full
    recording.close()

    assert soundfile.info(str(tmp_path / "a.wav")).frames == (4_000 if place == 10**15 else RATE)
    assert is_full == (place != 10**15)


def test_recording_that_cannot_be_begun_says_where_and_why(tmp_path: Path) -> None:
    with pytest.raises(RecordingFailed, match="no such file or directory"):
        Recording(tmp_path / "absent" / "a.wav", RATE)
    with pytest.raises(RecordingFailed, match="directory"):
        Recording(tmp_path, RATE)


def test_folder_that_vanishes_is_told_of_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    recording = Recording(tmp_path / "out" / "a.wav", RATE)
    put_frames(recording.heard, sine(440, 1, RATE))
    shutil.rmtree(tmp_path / "out")

    with pytest.raises(RecordingFailed, match="no such file"):
        recording.close()
    recording.close()


def test_file_that_another_has_replaced_is_told_of_at_the_end(tmp_path: Path) -> None:
    recording, other = Recording(tmp_path / "a.wav", RATE), tmp_path / "b.wav"
    other.write_bytes(b"")
    other.rename(tmp_path / "a.wav")

    with pytest.raises(RecordingFailed, match="another file"):
        recording.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk_is_told_of_once_and_ends_the_recording_alone(tmp_path: Path) -> None:
    with pytest.raises(RecordingFailed, match="no space left"):
        Recording(Path("/dev/full"), RATE)


def test_disk_that_fills_up_leaves_what_was_written_before(small_limit: int, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.wav", RATE)
    other = Recording(tmp_path / "b.wav", RATE)

    with pytest.raises(RecordingFailed):
        put_frames(recording.heard, sine(440, 60, RATE))
    put_frames(recording.heard, sine(440, 60, RATE))
    recording.close()
    put_frames(other.heard, sine(440, 1, RATE))
    other.close()

    left, _ = read(tmp_path / "a.wav")
    assert RATE <= len(left) <= small_limit // 4
    assert soundfile.info(str(tmp_path / "b.wav")).frames == RATE


@pytest.fixture
def small_limit() -> object:
    """Files of this process end at 500,000 bytes: what a full disk is to whoever writes."""
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    yield 500_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)
