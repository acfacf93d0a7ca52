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


def made(payload: bytes, count: int, rate: int = 8_000) -> Samples:
    maker = NoiseMaker(rate)
    maker.describe(payload)
    return np.concatenate([maker.make(160) for _ in range(count // 160)])


def test_payload_is_level_and_coefficients_by_index() -> None:
    noise = ComfortNoise.parse(bytes((0x80 | 40, 127, 254, 0, 255)))

    assert noise.level_dbfs == -40
    assert noise.reflection == pytest.approx((0, 258 * 127 / 32_768, -258 * 127 / 32_768, 0))


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_payload_of_a_level_alone_is_noise_of_that_level_at_any_rate(rate: int) -> None:
    assert ComfortNoise.parse(b"\x1e") == ComfortNoise(-30)
    noise = made(b"\x1e", rate, rate)
    assert len(noise) == rate
    assert dbfs(noise) == pytest.approx(-30, abs=1.5)


@pytest.mark.conformance("R5")
def test_empty_payload_is_refused_and_a_long_one_is_cut() -> None:
    with pytest.raises(PayloadUnreadable):
        ComfortNoise.parse(b"")
    assert len(ComfortNoise.parse(bytes(60_000)).reflection) == MAX_ORDER


@pytest.mark.parametrize("index", [0, 254, 255])
def test_extreme_coefficients_make_noise_of_the_level(index: int) -> None:
    assert dbfs(made(bytes((30, *([index] * MAX_ORDER))), 80_000)) == pytest.approx(-30, abs=3)


@pytest.mark.conformance(124)
def test_noise_that_ffmpeg_describes_has_its_level_and_spectrum(tmp_path: Path) -> None:
    original = low_pass_noise(640 * 8)
    linear = ["-f", "s16le", "-ar", "8000", "-ac", "1"]
    packets = convert(tmp_path, original.tobytes(), linear, ["-map", "0:a", "-c:a", "comfortnoise", "-f", "data"])

    noise = np.concatenate([made(packets[start : start + 11], 16_000) for start in range(0, len(packets), 11)])

    assert dbfs(noise) == pytest.approx(dbfs(original), abs=1)
    for low_hz in range(0, 4_000, 500):
        assert band_db(noise, low_hz) == pytest.approx(band_db(original, low_hz), abs=2)


def band_db(samples: Samples, low_hz: int) -> float:
    """Power of 500 Hz of the spectrum."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float))) ** 2 / len(samples)
    return float(10 * np.log10(spectrum[len(samples) * low_hz // 8_000 :][: len(samples) * 500 // 8_000].mean()))


def test_without_a_description_and_after_sound_there_is_silence() -> None:
    maker = NoiseMaker(8_000)
    assert not maker.make(160).any()
    maker.describe(b"\x1e")
    maker.describe(b"")
    assert maker.make(160).any()
    maker.stop()
    assert not maker.make(160).any()
    assert not made(b"\x7f", 160).any()
