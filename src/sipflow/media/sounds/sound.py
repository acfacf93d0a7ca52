"""Built-in sounds as samples: the same ones every time, computed from their place, so that a frequency is exact however
long a sound goes on. They are computed half a second at a time, once for all streams that play the same.

A tone has -16 dBFS, and every tone of several as much; noise -26 dBFS, a fingerprint -22 dBFS. 0 dBFS is a square wave
of full scale.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import ceil, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sipflow.base.errors import SoundUnknown
from sipflow.base.sayings import Saying
from sipflow.media.dtmf_tones import DTMF_HZ
from sipflow.media.fingerprints import FINGERPRINTS_HZ, TREMOLO_DEPTH, TREMOLO_HZ
from sipflow.media.samples import Samples, amplitude, clipped
from sipflow.media.sounds.names import DEFAULT_DURATION_S, Digits, Fingerprint, Noise, SoundName, Tones, parse_sound

TONE_DBFS: Final = -16.0
NOISE_DBFS: Final = -26.0
FINGERPRINT_DBFS: Final = -22.0
DIGIT_S: Final = Fraction(1, 10)

_NOISE_PERIOD_S: Final = 8
_PARTS_A_SECOND: Final = 2
_PARTS_KEPT: Final = 128
"""Of half a second each, for who plays the same next: 1 MB at 8 kHz, 6 MB at 48 kHz."""

Signal = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""The value of a signal at places counted in samples."""


_NOTHING: Final = np.zeros(0, np.int16)


class Sound:
    """A built-in sound at one rate; a `SampleSource`, whose samples can't be written to."""

    def __init__(self, text: str, sample_rate_hz: int, length: int) -> None:
        self._text = text
        self._rate_hz = sample_rate_hz
        self.length = length
        """In samples."""
        self._place = 0
        self._number = -1
        self._part = _NOTHING

    def read(self, count: int) -> Samples:
        """The next samples: fewer than `count` at the end, and none after it."""
        end = min(self._place + count, self.length)
        if self._place >= end:
            return _NOTHING
        pieces = [self._take(end)]
        while self._place < end:
            pieces.append(self._take(end))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _take(self, end: int) -> Samples:
        """What comes before `end`, as far as it lies in one part."""
        number, begin = divmod(self._place, self._rate_hz // _PARTS_A_SECOND)
        if number != self._number:
            self._number, self._part = number, _part(self._text, self._rate_hz, number)
        piece = self._part[begin : begin + end - self._place]
        self._place += len(piece)
        return piece

    def seek(self, place: int) -> None:
        """Go on at this sample, counted from 0."""
        self._place = place

    def close(self) -> None:
        """Nothing is held."""


def open_sound(text: str, sample_rate_hz: int) -> Sound:
    """The sound of a name, without its prefix. Raises SoundUnknown, also for a tone that the rate can't carry."""
    name = parse_sound(text)
    length_s, _ = _signal(name, sample_rate_hz)
    return Sound(text, sample_rate_hz, int((name.duration_s or length_s) * sample_rate_hz))


@lru_cache(_PARTS_KEPT)
def _part(text: str, rate: int, number: int) -> Samples:
    _, signal = _signal(parse_sound(text), rate)
    count = rate // _PARTS_A_SECOND
    samples = clipped(signal(np.arange(number * count, (number + 1) * count, dtype=np.int64)))
    samples.flags.writeable = False
    return samples


def _signal(name: SoundName, rate: int) -> tuple[Fraction, Signal]:
    """How long a sound lasts where its name does not say it, in seconds, and its signal."""
    match name.sound:
        case Tones(frequencies, cadence):
            if any(2 * frequency >= rate for frequency in frequencies):
                raise SoundUnknown(name.text, Saying.of("tone-too-high", rate=rate, limit=rate // 2))
            period = sum((Fraction(str(part)) for part in cadence), Fraction(0))
            length_s = period * ceil(DEFAULT_DURATION_S / period) if period else DEFAULT_DURATION_S
            tones = _sines(frequencies, rate)
            return length_s, _in_cadence(tones, cadence, rate) if cadence else tones
        case Noise(is_speech):
            noise = _speech_noise(rate) if is_speech else _white_noise(rate)
            return DEFAULT_DURATION_S, lambda places: noise[places % len(noise)]
        case Digits(digits):
            return 2 * DIGIT_S * len(digits), _digits(digits, rate)
        case Fingerprint(number):
            return DEFAULT_DURATION_S, _fingerprint(number, rate)


def _sines(frequencies_hz: tuple[Fraction, ...], rate: int) -> Signal:
    peak = amplitude(TONE_DBFS) * sqrt(2)

    def signal(places: NDArray[np.int64]) -> NDArray[np.float64]:
        total = np.zeros(len(places))
        for frequency in frequencies_hz:
            period = frequency.denominator * rate  # in whole numbers, so that the phase never drifts
            turns = places * frequency.numerator % period / period
            total += peak * np.sin(2 * np.pi * turns)
        return total

    return signal


def _in_cadence(tones: Signal, cadence_s: tuple[float, ...], rate: int) -> Signal:
    borders = np.cumsum([round(part * rate) for part in cadence_s])

    def signal(places: NDArray[np.int64]) -> NDArray[np.float64]:
        part = np.searchsorted(borders, places % borders[-1], side="right")
        return np.where(part % 2 == 0, tones(places), 0.0)

    return signal


def _digits(digits: str, rate: int) -> Signal:
    step = int(DIGIT_S * rate)
    keys = {key: _sines(tuple(map(Fraction, DTMF_HZ[key])), rate) for key in set(digits)}

    def signal(places: NDArray[np.int64]) -> NDArray[np.float64]:
        total = np.zeros(len(places))
        numbers = places // (2 * step) % len(digits)
        is_on = places // step % 2 == 0
        for number in np.unique(numbers):
            chosen = (numbers == number) & is_on
            total[chosen] = keys[digits[int(number)]](places[chosen] % (2 * step))
        return total

    return signal


def _fingerprint(number: int, rate: int) -> Signal:
    frequencies = tuple(Fraction(frequency) for frequency in FINGERPRINTS_HZ[number - 1])
    tones = _sines(frequencies, rate)
    power = len(frequencies) * (1 + TREMOLO_DEPTH**2 / 2)
    scale = amplitude(FINGERPRINT_DBFS - TONE_DBFS) / amplitude(0) / sqrt(power)

    def signal(places: NDArray[np.int64]) -> NDArray[np.float64]:
        swell = 1 + TREMOLO_DEPTH * np.cos(2 * np.pi * (places * TREMOLO_HZ % rate) / rate)
        return tones(places) * swell * scale

    return signal


@lru_cache(8)
def _white_noise(rate: int) -> NDArray[np.float64]:
    return np.random.default_rng(1).standard_normal(_NOISE_PERIOD_S * rate) * amplitude(NOISE_DBFS)


@lru_cache(8)
def _speech_noise(rate: int) -> NDArray[np.float64]:
    """Noise with four syllables a second and a pause of half a second in every two.

    Above 500 Hz it falls by 9 dB an octave, as the long-term spectrum of speech roughly does.
    """
    count = _NOISE_PERIOD_S * rate
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    shape = np.where(frequencies < 100, 0.0, (np.maximum(frequencies, 500.0) / 500.0) ** -1.5)
    noise = np.fft.irfft(np.fft.rfft(np.random.default_rng(2).standard_normal(count)) * shape, count)
    seconds = np.arange(count) / rate
    rhythm = np.sin(np.pi * 4 * seconds) ** 2 * (seconds % 2 < 1.5)
    spoken = noise * rhythm
    scaled: NDArray[np.float64] = spoken * amplitude(NOISE_DBFS) / sqrt(float(np.mean(spoken**2)))
    return scaled
