"""Audio as frames of a stream: coded ahead, and the same as if each frame were coded alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipflow.media.audio import open_audio
from sipflow.media.codecs import KINDS
from sipflow.media.playing import AHEAD_FRAMES, AudioFrames

MANY = 3 * AHEAD_FRAMES + 4


def played(frames: AudioFrames, codec: str, count: int, ticks: int = 160) -> list[bytes]:
    found = (frames.next_frame(codec, ticks) for _ in range(count))
    return [frame for frame in found if frame is not None]


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_sound_is_the_same_as_if_each_frame_were_coded_alone(codec: str) -> None:
    source, coder = open_audio("sound:speech:1", (), 8_000), KINDS[codec].open()
    alone = [coder.encode(source.read(160)) for _ in range(50)]

    frames = AudioFrames("sound:speech:1", ())

    assert played(frames, codec, 60) == alone
    assert frames.next_frame(codec, 160) is None


def test_last_frame_is_filled_up_with_silence(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full(160 * MANY + 40, 5_000, np.int16), 8_000)

    heard = played(AudioFrames("a.wav", (tmp_path,)), "PCMU", 2 * MANY)

    assert [len(frame) for frame in heard] == [160] * (MANY + 1)
    assert heard[-1] == heard[0][:40] + b"\xff" * 120


@pytest.mark.parametrize("samples", [100, 760, 8_000])
def test_sound_that_repeats_has_no_gap(tmp_path: Path, samples: int) -> None:
    once = (np.arange(samples) * 31 % 20_000).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", once, 8_000)
    coded = KINDS["PCMA"].open().encode(np.tile(once, 160 * MANY // samples + 1))

    heard = played(AudioFrames("a.wav", (tmp_path,), repeats=True), "PCMA", MANY)

    assert b"".join(heard) == coded[: 160 * MANY]


@pytest.mark.parametrize("repeats", [False, True])
def test_other_codec_goes_on_at_the_same_sample(tmp_path: Path, repeats: bool) -> None:
    samples = (np.arange(160 * 25) * 17 % 20_000).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", samples, 8_000)
    frames = AudioFrames("a.wav", (tmp_path,), repeats=repeats)
    whole = np.tile(samples, 3) if repeats else samples
    mu_law, a_law = KINDS["PCMU"].open().encode(whole), KINDS["PCMA"].open().encode(whole)

    first = b"".join(played(frames, "PCMU", 53 if repeats else 13))
    second = b"".join(played(frames, "PCMA", 20 if repeats else 12))

    assert first == mu_law[: len(first)]
    assert second == a_law[len(first) : len(first) + len(second)]


def test_longer_packets_lose_nothing_of_what_is_coded_already() -> None:
    frames = AudioFrames("sound:speech", ())
    coded = KINDS["PCMU"].open().encode(open_audio("sound:speech", (), 8_000).read(40_000))

    heard = b"".join(frame for ticks in (160, 480, 160, 240) for frame in played(frames, "PCMU", 7, ticks))

    assert heard == coded[: len(heard)]
    assert len(heard) == 7 * (160 + 480 + 160 + 240)


def test_frames_of_a_closed_sound_are_over() -> None:
    frames = AudioFrames("sound:speech", ())
    assert played(frames, "PCMU", 3)
    frames.close()
    frames.close()
    assert frames.next_frame("PCMU", 160) is None
