"""Comfort noise: as the RFC writes it, as ffmpeg describes it, and heard as it was described."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sipflow.base.errors import PayloadUnreadable
from sipflow.media.codecs.comfort_noise import MAX_ORDER, ComfortNoise, NoiseMaker
from sipflow.media.samples import Samples, clipped
from tests.media.audio_data import convert


def low_pass_noise(count: int, level: float = 2_000) -> Samples:
    noise = np.random.default_rng(5).standard_normal(count + 200)
    return clipped(level * np.convolve(noise, 0.8 ** np.arange(200), "valid")[:count] * 0.6)


def dbfs(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2)) / 32_768))


def test_payload_is_level_and_coefficients_by_index() -> None:
    noise = ComfortNoise.parse(bytes((0x80 | 40, 127, 254, 0, 255)))

    assert noise.level_dbfs == -40
    assert noise.reflection == pytest.approx((0, 258 * 127 / 32_768, -258 * 127 / 32_768, 0))
    assert bytes(noise) == bytes((40, 127, 254, 0, 127))


def test_payload_of_a_level_alone_is_white_noise() -> None:
    assert ComfortNoise.parse(b"\x1e") == ComfortNoise(-30)
    assert dbfs(NoiseMaker().make(ComfortNoise(-30), 8_000)) == pytest.approx(-30, abs=0.3)


@pytest.mark.conformance("R5")
def test_empty_payload_is_refused_and_a_long_one_is_cut() -> None:
    with pytest.raises(PayloadUnreadable):
        ComfortNoise.parse(b"")
    assert len(ComfortNoise.parse(bytes(60_000)).reflection) == MAX_ORDER


@pytest.mark.parametrize("index", [0, 254, 255])
def test_extreme_coefficients_make_noise_of_the_level(index: int) -> None:
    noise = ComfortNoise.parse(bytes((30, *([index] * MAX_ORDER))))

    made = NoiseMaker().make(noise, 80_000)

    assert dbfs(made) == pytest.approx(-30, abs=3)


def test_description_of_noise_makes_noise_of_its_level_and_spectrum() -> None:
    original = low_pass_noise(16_000)

    noise = ComfortNoise.parse(bytes(ComfortNoise.of(original)))
    maker = NoiseMaker()
    made = np.concatenate([maker.make(noise, 160) for _ in range(100)])

    assert dbfs(made) == pytest.approx(dbfs(original), abs=1)
    spectra = [np.abs(np.fft.rfft(samples.astype(float))) ** 2 for samples in (original, made)]
    for low in range(0, 8_000, 1_000):  # of 500 Hz each
        first, second = (10 * np.log10(spectrum[low : low + 1_000].mean()) for spectrum in spectra)
        assert first == pytest.approx(second, abs=2)


def test_noise_is_described_as_ffmpeg_does(tmp_path: Path) -> None:
    original = low_pass_noise(640 * 8)
    linear = ["-f", "s16le", "-ar", "8000", "-ac", "1"]
    packets = convert(tmp_path, original.tobytes(), linear, ["-map", "0:a", "-c:a", "comfortnoise", "-f", "data"])

    theirs = [ComfortNoise.parse(packets[start : start + 11]) for start in range(0, len(packets), 11)]
    ours = ComfortNoise.of(original)

    assert np.mean([noise.level_dbfs for noise in theirs]) == pytest.approx(ours.level_dbfs, abs=1)
    assert np.mean([noise.reflection[0] for noise in theirs]) == pytest.approx(ours.reflection[0], abs=0.08)


def test_silence_has_the_lowest_level_and_sounds_like_it() -> None:
    noise = ComfortNoise.of(np.zeros(640, np.int16))

    assert noise == ComfortNoise(-127)
    assert ComfortNoise.of(np.zeros(0, np.int16)) == noise
    assert not NoiseMaker().make(noise, 160).any()
