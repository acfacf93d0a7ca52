"""Built-in sounds: exact, the same every time, and named in a way that can be checked."""

from __future__ import annotations

import numpy as np
import pytest

from sipflow.base.errors import SoundUnknown
from sipflow.media.samples import Samples
from sipflow.media.sounds import SOUND_NAMES, parse_sound
from sipflow.media.sounds.sound import open_sound


def read(text: str, seconds: float, rate: int = 8_000) -> Samples:
    return open_sound(f"{text}:{seconds}", rate).read(int(seconds * rate))


def dbfs(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2)) / 32_768))


def strongest_hz(samples: Samples, rate: int, count: int) -> list[float]:
    spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
    found = []
    for _ in range(count):
        peak = int(np.argmax(spectrum))
        found.append(peak * rate / len(samples))
        spectrum[max(0, peak - 5) : peak + 6] = 0
    return sorted(found)


@pytest.mark.parametrize("name", SOUND_NAMES)
@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_every_sound_lasts_some_seconds_and_is_the_same_every_time(name: str, rate: int) -> None:
    sound, again = open_sound(name, rate), open_sound(name, rate)
    length = sound.length
    whole = again.read(length)

    pieces = [sound.read(rate // 50) for _ in range(length * 50 // rate + 1)]

    assert rate // 10 <= length <= 10 * rate
    assert np.array_equal(np.concatenate(pieces), whole)
    assert np.abs(whole.astype(int)).max() < 32_000
    assert not len(sound.read(160))
    sound.seek(0)
    assert np.array_equal(sound.read(160), whole[:160])


@pytest.mark.parametrize("frequency", ["440", "1004.5"])
def test_tone_has_its_frequency_and_level_however_long_it_goes_on(frequency: str) -> None:
    sound = open_sound(f"tone-{frequency}:3600", 8_000)
    for _ in range(3_599):
        sound.read(8_000)

    last = sound.read(8_000)

    places = np.arange(3_599 * 8_000, 3_600 * 8_000)
    wanted = np.sin(2 * np.pi * (places * round(float(frequency) * 1_000) % 8_000_000) / 8_000_000)
    assert np.abs(last - wanted * np.abs(wanted @ last) / (wanted @ wanted)).max() < 1
    assert abs(dbfs(last) + 16) < 0.01


@pytest.mark.parametrize(
    ("name", "frequencies"), [("tone-440+480", [440, 480]), ("dial-us", [350, 440]), ("dial", [425])]
)
def test_tones_sound_together(name: str, frequencies: list[int]) -> None:
    assert strongest_hz(read(name, 1), 8_000, len(frequencies)) == pytest.approx(frequencies)


@pytest.mark.parametrize(
    ("name", "cadence_s"),
    [
        ("busy", (0.5, 0.5)),
        ("ring-back", (1, 4)),
        ("ring-back-us", (2, 4)),
        ("ring-back-uk", (0.4, 0.2, 0.4, 2)),
        ("busy-uk", (0.375, 0.375)),
        ("congestion-kr", (0.3, 0.2)),
        ("ring-back-kr", (1, 2)),
    ],
)
def test_cadence_is_kept_to_the_sample(name: str, cadence_s: tuple[float, ...]) -> None:
    place = 0
    sound = read(name, 2 * sum(cadence_s))
    for number, part in enumerate((*cadence_s, *cadence_s)):
        piece = sound[place : place + round(part * 8_000)]
        assert (dbfs(piece) > -20) if number % 2 == 0 else not piece.any()
        place += len(piece)


def test_sound_with_a_cadence_ends_with_a_whole_one() -> None:
    assert open_sound("ring-back", 8_000).length == 5 * 8_000
    assert open_sound("ring-back-us", 8_000).length == 6 * 8_000
    assert open_sound("busy-uk", 8_000).length == round(5.25 * 8_000)


def test_digits_are_their_two_tones_and_a_pause() -> None:
    sound = open_sound("dtmf-5D", 8_000)
    samples = sound.read(sound.length)

    assert len(samples) == 3_200
    assert strongest_hz(samples[:800], 8_000, 2) == pytest.approx([770, 1_340], abs=6)
    assert not samples[800:1_600].any()
    assert strongest_hz(samples[1_600:2_400], 8_000, 2) == pytest.approx([940, 1_630], abs=6)


def test_silence_is_silent_and_noise_and_speech_have_their_level() -> None:
    assert not read("silence", 1).any()
    assert abs(dbfs(read("noise", 8)) + 26) < 0.3
    assert abs(dbfs(read("speech", 8)) + 26) < 0.3
    spectrum = np.abs(np.fft.rfft(read("speech", 8).astype(float))) ** 2
    assert spectrum[800:8_000].sum() > 20 * spectrum[16_000:].sum()  # 100 to 1,000 Hz, and above 2,000 Hz


@pytest.mark.parametrize(
    "text",
    [
        *("", "boo", "tone", "tone-", "tone-abc", "tone-0", "tone-19", "tone-20001", "tone-1e3", "tone-１０００"),
        *("tone-1+2+3+4+5", "tone-400+", "silence-1", "dtmf-", "dtmf-E", "dtmf-" + "1" * 65, "busy-xx"),
        *("busy:", "busy:0", "busy:-1", "busy:3601", "busy:1:2", "busy:1e3", "Busy", " busy"),
    ],
)
def test_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SoundUnknown):
        parse_sound(text)


def test_tone_that_the_rate_cannot_carry_is_refused() -> None:
    assert open_sound("tone-4000", 16_000).read(10).any()
    with pytest.raises(SoundUnknown, match="below 4000 Hz"):
        open_sound("tone-4000", 8_000)
