"""Comfort noise, payload type 13: a level and, if the sender likes, the shape of the spectrum. Source: RFC 3389 §3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sipflow.base.errors import PayloadUnreadable
from sipflow.media.samples import FULL_SCALE, Samples, amplitude, clipped

PAYLOAD_TYPE: Final = 13  # at a clock of 8,000 Hz, RFC 3389 §4
MAX_ORDER: Final = 12
"""Further coefficients are taken as zero, as §3 allows."""

_LOWEST_DBFS: Final = -127
_ANALYSED_ORDER: Final = 10
_RESPONSE: Final = 256
_STEP: Final = 258 / 32_768  # §3.2: from one index to the next; 127 is zero
_MIDDLE: Final = 127
_LAST_INDEX: Final = 254


@dataclass(frozen=True, slots=True)
class ComfortNoise:
    """What one packet says."""

    level_dbfs: int
    """-127 to 0, below a square wave of full scale, which is dBov."""
    reflection: tuple[float, ...] = ()
    """Reflection coefficients of an all-pole model, each between -1 and 1; a low-pass begins with a negative one."""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a payload. Raises PayloadUnreadable for an empty one."""
        if not payload:
            raise PayloadUnreadable("CN", 0, "expected a noise level")
        indexes = (_MIDDLE if index > _LAST_INDEX else index for index in payload[1 : 1 + MAX_ORDER])
        return cls(-(payload[0] & 0x7F), tuple(_STEP * (index - _MIDDLE) for index in indexes))

    def __bytes__(self) -> bytes:
        indexes = (round(coefficient / _STEP) + _MIDDLE for coefficient in self.reflection)
        return bytes((-self.level_dbfs, *(min(max(index, 0), _LAST_INDEX) for index in indexes)))

    @classmethod
    def of(cls, samples: Samples) -> Self:
        """Describe noise by its level and, by the method of Levinson and Durbin, its spectrum."""
        signal = samples.astype(np.float64)
        power = float(np.mean(signal**2)) if len(signal) else 0.0
        level = round(10 * np.log10(power / FULL_SCALE**2)) if power else _LOWEST_DBFS
        if level <= _LOWEST_DBFS or len(signal) <= _ANALYSED_ORDER:
            return cls(_LOWEST_DBFS)
        lags = np.array([signal[: len(signal) - lag] @ signal[lag:] for lag in range(_ANALYSED_ORDER + 1)])
        return cls(min(level, 0), _reflection(lags))


class NoiseMaker:
    """Makes noise as the packets describe it, without a break where they change."""

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._before = np.zeros(_RESPONSE - 1)
        self._described: ComfortNoise | None = None
        self._response = np.zeros(_RESPONSE)

    def make(self, noise: ComfortNoise, count: int) -> Samples:
        """So many samples of noise."""
        if noise != self._described:
            self._described = noise
            response = _impulse_response(noise.reflection)
            self._response = response * amplitude(noise.level_dbfs) / np.sqrt(response @ response)
        excitation = np.concatenate([self._before, self._random.standard_normal(count)])
        self._before = excitation[count:]
        return clipped(np.convolve(excitation, self._response, "valid"))


def _reflection(lags: NDArray[np.float64]) -> tuple[float, ...]:
    """Levinson and Durbin: the reflection coefficients of an autocorrelation."""
    filter_, error, found = np.array([1.0]), float(lags[0]), []
    for order in range(1, len(lags)):
        coefficient = -float(filter_ @ lags[order:0:-1]) / error if error > 0 else 0.0
        found.append(coefficient)
        filter_ = _stepped_up(filter_, coefficient)
        error *= 1 - coefficient**2
    return tuple(found)


def _impulse_response(reflection: tuple[float, ...]) -> NDArray[np.float64]:
    """How the all-pole filter of the coefficients answers, cut off after 32 ms."""
    filter_ = np.array([1.0])
    for coefficient in reflection:
        filter_ = _stepped_up(filter_, coefficient)
    order = len(filter_) - 1
    response = np.zeros(order + _RESPONSE)
    response[order] = 1.0
    for place in range(order + 1, order + _RESPONSE):
        response[place] = -(filter_[1:] @ response[place - order : place][::-1])
    return response[order:]


def _stepped_up(filter_: NDArray[np.float64], coefficient: float) -> NDArray[np.float64]:
    """The prediction filter of the next order."""
    longer = np.append(filter_, 0.0)
    return longer + coefficient * longer[::-1]
