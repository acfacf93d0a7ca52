"""DTMF digits in the sound: the limits of Q.24, and nothing in other sound."""

from __future__ import annotations

import numpy as np
import pytest

from sipflow.media.dtmf_tones import DTMF_HZ, KEYS
from sipflow.media.hearing import DtmfDetector
from sipflow.media.samples import Samples, amplitude, clipped
from sipflow.media.sounds.sound import open_sound
from tests.soak.hearing import run


def digit(
    key: str, ms: float, off: float = 0.0, row_dbfs: float = -16, column_dbfs: float = -16, rate: int = 8_000
) -> Samples:
    seconds = np.arange(int(ms * rate / 1000)) / rate
    row, column = (2 * np.pi * tone * (1 + off) * seconds for tone in DTMF_HZ[key])
    peaks = amplitude(row_dbfs) * np.sqrt(2), amplitude(column_dbfs) * np.sqrt(2)
    return clipped(peaks[0] * np.sin(row) + peaks[1] * np.sin(column))


def pause(ms: float, rate: int = 8_000) -> Samples:
    return np.zeros(int(ms * rate / 1000), np.int16)


def heard(*parts: Samples, rate: int = 8_000) -> str:
    detector = DtmfDetector(rate)
    samples = np.concatenate([pause(23.7, rate), *parts, pause(100, rate)])
    return "".join(detector.feed(samples[start : start + 77]) for start in range(0, len(samples), 77))


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_all_keys_are_heard_once_each(rate: int) -> None:
    parts = [part for key in KEYS for part in (digit(key, 60, rate=rate), pause(45, rate))]

    assert heard(*parts, rate=rate) == KEYS


def test_digits_of_the_built_in_sound_are_heard() -> None:
    sound = open_sound("dtmf-1134*A#", 8_000)

    assert heard(sound.read(sound.length)) == "1134*A#"


@pytest.mark.parametrize(
    ("part", "is_heard"),
    [
        (digit("5", 40), True),
        (digit("5", 23), False),
        (digit("5", 5_000), True),
        (digit("1", 60, off=0.015), True),
        (digit("D", 60, off=-0.015), True),
        (digit("1", 60, off=0.035), False),
        (digit("D", 60, off=-0.035), False),
        (digit("8", 60, column_dbfs=-12), True),
        (digit("8", 60, column_dbfs=-24), True),
        (digit("8", 60, column_dbfs=-9), False),
        (digit("8", 60, column_dbfs=-28), False),
        (digit("8", 60, row_dbfs=-31, column_dbfs=-31), True),
        (digit("8", 60, row_dbfs=-50, column_dbfs=-50), False),
    ],
)
def test_limits_of_duration_frequency_twist_and_level(part: Samples, is_heard: bool) -> None:
    assert bool(heard(part)) == is_heard


@pytest.mark.parametrize(("gap_ms", "digits"), [(10, "5"), (40, "55"), (100, "55")])
def test_pause_of_40_ms_parts_two_digits_and_a_gap_of_10_does_not(gap_ms: int, digits: str) -> None:
    assert heard(digit("5", 60), pause(gap_ms), digit("5", 60)) == digits


def test_digits_without_a_pause_are_two_where_they_differ() -> None:
    assert heard(digit("5", 60), digit("9", 60)) == "59"


def test_digits_within_the_limits_are_all_heard_behind_g711_with_noise() -> None:
    tally = run("DTMF within Q.24", range(100))

    assert (tally.wanted, tally.missed, tally.false) == (800, 0, 0)


def test_no_digit_is_heard_in_other_sound() -> None:
    tally = run("no DTMF: silence, noise, tones, voice, music", range(50))

    assert (tally.trials, tally.false) == (50, 0)
