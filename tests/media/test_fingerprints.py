"""Fingerprints: who is in a sound. `scripts/soak hearing` is the long form."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sipflow.media.fingerprints import FINGERPRINTS_HZ
from sipflow.media.hearing import FingerprintDetector, level_dbfs
from sipflow.media.samples import Samples
from sipflow.media.sounds.sound import FINGERPRINT_DBFS, open_sound
from tests.peers import needs_codec
from tests.soak.hearing import run

ALL = range(1, len(FINGERPRINTS_HZ) + 1)


def fingerprint(number: int, seconds: float = 3, rate: int = 8_000) -> Samples:
    return open_sound(f"fingerprint-{number}:{seconds}", rate).read(int(seconds * rate))


def heard(samples: Samples, rate: int = 8_000) -> dict[int, float]:
    detector = FingerprintDetector(rate)
    for start in range(0, len(samples), 160):
        detector.feed(samples[start : start + 160])
    return detector.heard()


def test_no_tone_is_in_two_fingerprints_and_none_is_near_another() -> None:
    tones = sorted(tone for tones in FINGERPRINTS_HZ for tone in tones)

    assert len(tones) == 3 * len(FINGERPRINTS_HZ) == 48
    assert min(second - first for first, second in combinations(tones, 2)) >= 40
    assert tones[0] > 300
    assert tones[-1] < 3_400


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("number", [1, 7, 16])
def test_fingerprint_is_heard_alone_with_its_level(number: int, rate: int) -> None:
    samples = fingerprint(number, rate=rate)

    found = heard(samples, rate)

    assert list(found) == [number]
    assert found[number] == pytest.approx(FINGERPRINT_DBFS, abs=0.1)
    assert level_dbfs(samples) == pytest.approx(FINGERPRINT_DBFS, abs=0.1)


def test_all_are_heard_at_once() -> None:
    total = np.sum([fingerprint(number).astype(np.int32) for number in ALL], axis=0)

    assert set(heard(np.clip(total, -32_768, 32_767).astype(np.int16))) == set(ALL)


def test_sender_that_begins_is_heard_within_seconds_and_one_that_ends_is_gone_within_seconds() -> None:
    detector = FingerprintDetector(8_000)
    detector.feed(fingerprint(3, 1.5))
    assert set(detector.heard()) == {3}

    detector.feed(fingerprint(5, 3))

    assert set(detector.heard()) == {5}
    detector.feed(np.zeros(24_000, np.int16))
    assert detector.heard() == {}


def test_nothing_is_heard_before_there_was_a_second_of_it() -> None:
    detector = FingerprintDetector(8_000)
    detector.feed(fingerprint(3, 0.9))

    assert detector.heard() == {}


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_two_of_the_three_tones_are_no_fingerprint(kept: int) -> None:
    first, second = (tone for number, tone in enumerate(FINGERPRINTS_HZ[3]) if number != kept)
    samples = open_sound(f"tone-{first}+{second}:3", 8_000).read(24_000)

    assert heard(samples) == {}


def test_steady_tones_of_the_right_frequencies_are_no_fingerprint() -> None:
    samples = open_sound(f"tone-{'+'.join(map(str, FINGERPRINTS_HZ[3]))}:3", 8_000).read(24_000)

    assert heard(samples) == {}


def test_clean_trials_miss_none_and_hear_no_other() -> None:
    tally = run("fingerprints, clean", range(60))

    assert tally.wanted > 400
    assert (tally.missed, tally.false) == (0, 0)


def test_hard_trials_hear_no_other_and_nearly_all() -> None:
    needs_codec("G722")
    needs_codec("opus")

    tally = run("fingerprints, all at once wrong", range(12))

    assert tally.wanted > 20
    assert (tally.missed_loud, tally.false) == (0, 0)
    assert tally.missed <= 0.05 * tally.wanted


def test_other_sound_holds_no_fingerprint() -> None:
    for name in ("no fingerprint: silence, noise, tones, voice, music", "no fingerprint: up to 30 tones anywhere"):
        assert run(name, range(40)).false == 0
