"""Audio files: any format, rate and channels become mono at the rate that is wanted; broken ones are refused."""

from __future__ import annotations

import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipflow.base.errors import AudioError, AudioRefused, PathRefused, SoundUnknown
from sipflow.media.audio import check_audio, open_audio
from sipflow.media.audio_file import AudioFile, describe, examine
from sipflow.media.audio_limits import MAX_BYTES
from sipflow.media.samples import Samples, SampleSource
from tests.media.audio_data import convert, sine, snr_db


def read_all(source: SampleSource, count: int = 160) -> Samples:
    pieces = []
    while len(piece := source.read(count)):
        pieces.append(piece)
    return np.concatenate(pieces)


def written(path: Path, samples: Samples, rate: int, subtype: str | None = None) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


@pytest.mark.parametrize("ending", [".wav", ".flac", ".ogg", ".mp3", ".aiff", ".au"])
def test_every_format_gives_its_sound(ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"a{ending}", sine(1_000, 1, 16_000), 16_000)
    file = AudioFile(path, 16_000)

    heard = read_all(file)

    spectrum = np.abs(np.fft.rfft(heard[2_000:10_000].astype(float)))
    assert np.argmax(spectrum) == 500
    assert abs(len(heard) - 16_000) < 2_500  # MP3 adds a little at both ends
    file.close()


def test_same_rate_gives_the_samples_themselves(tmp_path: Path) -> None:
    tone = sine(440, 0.5, 8_000)
    path = written(tmp_path / "a.wav", tone, 8_000)

    assert np.array_equal(read_all(AudioFile(path, 8_000)), tone)


@pytest.mark.parametrize(("rate", "wanted"), [(44_100, 8_000), (48_000, 8_000), (8_000, 16_000), (11_025, 48_000)])
def test_resampling_agrees_with_ffmpeg(rate: int, wanted: int, tmp_path: Path) -> None:
    tone = sine(997, 1, rate)
    path = written(tmp_path / "a.wav", tone, rate)
    linear = ["-f", "s16le", "-ac", "1", "-ar"]

    by_ffmpeg = convert(tmp_path, tone.tobytes(), [*linear, str(rate)], [*linear, str(wanted)])

    heard = read_all(AudioFile(path, wanted))
    assert abs(len(heard) - wanted) <= 1
    assert snr_db(np.frombuffer(by_ffmpeg, "<i2")[: wanted - 300], heard[: wanted - 300]) > 60
    assert snr_db(sine(997, 1, wanted), heard) > 60


def test_channels_are_mixed_to_mono(tmp_path: Path) -> None:
    stereo = np.stack([sine(1_000, 0.5, 8_000), np.zeros(4_000, np.int16)], axis=1)
    path = written(tmp_path / "a.wav", stereo, 8_000)

    heard = read_all(AudioFile(path, 8_000))

    assert np.abs(heard - sine(1_000, 0.5, 8_000, peak=5_000)).max() <= 1


def test_file_begins_anew_after_rewinding(tmp_path: Path) -> None:
    file = AudioFile(written(tmp_path / "a.wav", sine(440, 0.5, 44_100), 44_100), 8_000)
    first = read_all(file)

    file.seek(0)

    assert np.array_equal(read_all(file, count=1_000), first)
    assert not len(file.read(160))


def test_long_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "a.flac", np.zeros(20 * 60 * 8_000, np.int16), 8_000)  # 19 MB of samples
    file = AudioFile(path, 16_000)

    tracemalloc.start()
    while len(file.read(16_000)):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 8_000_000


def lying_wav(path: Path, frames: int, data_bytes: int, rate: int = 8_000) -> Path:
    """A WAV file whose head promises more than follows."""
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    path.write_bytes(head + struct.pack("<4sI", b"data", data_bytes) + bytes(2 * frames))
    return path


@pytest.mark.conformance("R5")
def test_head_that_promises_more_than_there_is_is_not_believed(tmp_path: Path) -> None:
    path = lying_wav(tmp_path / "a.wav", 800, 0xFFFFFF00)

    assert describe(path).frames == 800
    assert len(read_all(AudioFile(path, 8_000))) == 800


@pytest.mark.conformance("R5")
@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_file_that_breaks_off_is_refused_or_ends_early(cut: float, tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.flac", (np.random.default_rng(1).standard_normal(40_000) * 3_000).astype(np.int16), 8_000
    )
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])

    with pytest.raises(AudioRefused):
        examine(path)


@pytest.mark.parametrize("ending", [".wav", ".flac", ".mp3"])
def test_file_that_is_cut_off_while_it_is_played_is_damaged(ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"a{ending}", np.tile(sine(440, 10, 44_100)[:, None], 2), 44_100)
    file = AudioFile(path, 8_000)
    assert len(file.read(8_000)) == 8_000
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(AudioRefused, match="breaks off"):
        read_all(file)
    file.close()


@pytest.mark.conformance("R5")
def test_any_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    path, random = tmp_path / "a", np.random.default_rng(3)
    tone = sine(440, 0.1, 8_000)
    endings = (".wav", ".flac", ".ogg", ".mp3")
    seeds = [written(tmp_path / f"s{ending}", tone, 8_000).read_bytes() for ending in endings]
    for number in range(200):
        data = bytearray(seeds[number % 4])
        for place in random.integers(0, min(len(data), 400), 8):
            data[place] = random.integers(256)
        path.write_bytes(data)
        try:
            file = AudioFile(path, 8_000)
            for _ in range(2_000):
                if not len(file.read(8_000)):
                    break
            file.close()
        except AudioRefused:
            pass


def test_floats_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([0.5, np.nan, np.inf, -np.inf, 9.0], np.float32), 8_000, subtype="FLOAT")

    assert list(read_all(AudioFile(path, 8_000))) == [16_384, 0, 32_767, -32_768, 32_767]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("absent.wav", "no such file"),
        ("empty.wav", "no audio file"),
        ("text.wav", "no audio file"),
        ("silent.wav", "empty"),
        ("folder", "no file"),
        ("pipe", "no file"),
        ("nine.wav", "9 channels"),
        ("big.wav", "larger than 50 MiB"),
        ("long.flac", "longer than 3600 s"),
        ("slow.wav", "500 Hz"),
    ],
)
@pytest.mark.conformance("R5")
def test_file_that_cannot_be_played_is_refused_with_its_reason(name: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    match name:
        case "empty.wav":
            path.touch()
        case "text.wav":
            path.write_text("RIFF and so on", encoding="ascii")
        case "silent.wav":
            written(path, np.zeros(0, np.int16), 8_000)
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "nine.wav":
            written(path, np.zeros((8, 9), np.int16), 8_000)
        case "big.wav":
            with path.open("wb") as file:
                file.truncate(MAX_BYTES + 1)
        case "long.flac":
            written(path, np.zeros(3_601 * 1_000, np.int16), 1_000)
        case "slow.wav":
            written(path, np.zeros(100, np.int16), 500)

    with pytest.raises(AudioRefused, match=says):
        AudioFile(path, 8_000)
    with pytest.raises(AudioRefused, match=says):
        check_audio(name, (tmp_path,))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", sine(440, 0.1, 8_000), 8_000)
    path.chmod(0)

    with pytest.raises(AudioError):
        AudioFile(path, 8_000)


def test_audio_of_a_scenario_is_a_sound_or_a_file_of_its_folders(tmp_path: Path) -> None:
    written(tmp_path / "a.wav", sine(440, 0.25, 8_000), 8_000)

    assert len(read_all(open_audio("a.wav", (tmp_path,), 8_000))) == 2_000
    assert len(read_all(open_audio("sound:tone-440:0.5", (), 16_000))) == 8_000
    check_audio("a.wav", (tmp_path,))
    check_audio("sound:busy-kr", ())
    with pytest.raises(SoundUnknown):
        check_audio("sound:boo", ())
    with pytest.raises(PathRefused):
        open_audio("../a.wav", (tmp_path,), 8_000)
