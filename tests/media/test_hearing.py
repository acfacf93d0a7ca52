"""Detectors: level, sound, silence and tones."""

from __future__ import annotations

import numpy as np
import pytest

from sipflow.media.codecs import KINDS
from sipflow.media.hearing import Holding, any_sound, level_dbfs, silence, tone
from sipflow.media.samples import Samples, amplitude
from sipflow.media.sounds.sound import open_sound
from tests.media.audio_data import sine
from tests.peers import needs_codec

RATES = [8_000, 16_000, 48_000]


def hear(detector: Holding, *parts: Samples) -> Holding:
    for part in parts:
        for start in range(0, len(part), 123):
            detector.feed(part[start : start + 123])
    return detector


def silent(seconds: float, rate: int = 8_000) -> Samples:
    return np.zeros(int(seconds * rate), np.int16)


def made(name: str, seconds: float, rate: int = 8_000) -> Samples:
    return open_sound(f"{name}:{seconds}", rate).read(int(seconds * rate))


def lossy(samples: Samples, share: float) -> Samples:
    codec, random = KINDS["PCMU"].open(), np.random.default_rng(2)
    frames = []
    for start in range(0, len(samples), 160):
        payload = codec.encode(samples[start : start + 160])
        frames.append(np.zeros(160, np.int16) if random.random() < share else codec.decode(payload))
    return np.concatenate(frames)


def test_level_is_that_of_a_square_wave_of_full_scale() -> None:
    assert level_dbfs(np.array([32_767, -32_767] * 100, np.int16)) == pytest.approx(0, abs=0.01)
    assert level_dbfs(sine(1_000, 1, 8_000, peak=32_767)) == pytest.approx(-3.01, abs=0.01)
    assert level_dbfs(made("tone-1000", 1)) == pytest.approx(-16, abs=0.01)
    assert level_dbfs(silent(1)) == level_dbfs(silent(0)) == -120


@pytest.mark.parametrize("rate", RATES)
def test_sound_is_held_while_it_is_heard_and_gone_after_a_pause(rate: int) -> None:
    detector = hear(any_sound(rate), silent(0.5, rate))
    assert detector.held_ms == 0

    hear(detector, made("tone-440", 1, rate))
    assert detector.held_ms == pytest.approx(1_000, abs=20)

    hear(detector, silent(0.4, rate), made("tone-440", 0.2, rate))
    assert detector.held_ms == pytest.approx(1_600, abs=40)

    hear(detector, silent(0.8, rate))
    assert detector.held_ms == 0
    assert detector.longest_ms == pytest.approx(1_600, abs=40)


def test_speech_is_one_sound_with_its_pauses() -> None:
    assert hear(any_sound(8_000), made("speech", 7.2)).held_ms > 6_500


@pytest.mark.parametrize("name", ["PCMU", "PCMA", "G722", "opus"])
def test_silence_is_silence_behind_every_codec(name: str) -> None:
    kind = needs_codec(name)
    codec, detector = kind.open(), silence(kind.sample_rate_hz)
    for start in range(0, kind.sample_rate_hz, kind.samples(20)):
        codec.decode(codec.encode(sine(440, 1, kind.sample_rate_hz)[start : start + kind.samples(20)]))

    for number in range(100):
        coded = codec.encode(np.zeros(kind.samples(20), np.int16)) if number < 50 else kind.silence(20)
        detector.feed(codec.decode(coded))

    assert detector.held_ms >= 1_900


def test_silence_ends_with_any_sound() -> None:
    detector = hear(silence(8_000), silent(1))
    assert detector.held_ms == pytest.approx(1_000, abs=20)

    hear(detector, made("noise", 0.04))

    assert detector.held_ms == 0


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("frequency", [350, 440, 1_000, 1_004, 3_300])
def test_tone_is_held_while_it_is_heard(frequency: int, rate: int) -> None:
    detector = hear(tone(rate, frequency, 10), silent(0.3, rate), made(f"tone-{frequency}", 1, rate))
    assert detector.held_ms == pytest.approx(1_000, abs=80)

    hear(detector, silent(0.4, rate))

    assert detector.held_ms == 0


@pytest.mark.parametrize(
    ("off_hz", "is_heard"), [(0, True), (8, True), (-8, True), (12, False), (-12, False), (40, False)]
)
def test_tone_is_heard_within_its_tolerance_alone(off_hz: int, is_heard: bool) -> None:
    detector = hear(tone(8_000, 1_000, 10), made(f"tone-{1_000 + off_hz}", 1))

    assert (detector.longest_ms > 900) == is_heard
    assert is_heard or detector.longest_ms == 0


def test_each_of_two_equal_tones_is_heard_and_none_between_them() -> None:
    ring_back = made("tone-440+480", 1)

    assert hear(tone(8_000, 440, 10), ring_back).held_ms > 900
    assert hear(tone(8_000, 480, 10), ring_back).held_ms > 900
    assert hear(tone(8_000, 460, 10), ring_back).longest_ms == 0


def test_tone_is_held_over_lost_packets() -> None:
    detector = hear(tone(8_000, 440, 10), lossy(made("tone-440", 5), 0.1))

    assert detector.longest_ms > 4_000


def test_tone_in_noise_is_heard_and_noise_and_speech_are_none() -> None:
    noise = made("noise", 5)
    softer = (noise * 0.5).astype(np.int16)

    assert hear(tone(8_000, 1_000, 10), made("tone-1000", 5) + softer).held_ms > 4_900
    for other in (noise, made("speech", 5), made("busy-us", 5), sine(1_000, 2, 8_000, peak=amplitude(-45))):
        assert hear(tone(8_000, 1_000, 10), other).longest_ms < 200


def test_tone_that_the_rate_cannot_carry_is_never_heard() -> None:
    assert hear(tone(8_000, 5_000, 10), made("noise", 1)).longest_ms == 0
