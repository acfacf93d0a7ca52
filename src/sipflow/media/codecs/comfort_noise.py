"""Comfort noise: a level and, if the sender likes, the shape of the spectrum, at 8,000 Hz. Source: RFC 3389 §3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sipflow.base.errors import PayloadUnreadable
from sipflow.base.sayings import Saying
from sipflow.media.samples import Samples, amplitude, clipped, resampled
from sipflow.sdp import COMFORT_NOISE

MAX_ORDER: Final = 12
"""Further coefficients are taken as zero, as §3 allows."""

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
            raise PayloadUnreadable(COMFORT_NOISE.name, 0, Saying.of("no-noise-level"))
        indexes = (_MIDDLE if index > _LAST_INDEX else index for index in payload[1 : 1 + MAX_ORDER])
        return cls(-(payload[0] & 0x7F), tuple(_STEP * (index - _MIDDLE) for index in indexes))


class NoiseMaker:
    """What is heard while the other side sends no sound: noise as its packets describe it, silence without them."""

    def __init__(self, sample_rate_hz: int, seed: int = 0) -> None:
        self._rate = sample_rate_hz
        self._random = np.random.default_rng(seed)
        self._before = np.zeros(_RESPONSE - 1)
        self._noise: ComfortNoise | None = None
        self._response: NDArray[np.float64] | None = None

    def describe(self, payload: bytes) -> None:
        """Take the description of a packet; an empty one says nothing."""
        try:
            noise = ComfortNoise.parse(payload)
        except PayloadUnreadable:
            return
        if noise != self._noise:
            self._noise, self._response = noise, None

    def stop(self) -> None:
        """There is sound again."""
        self._noise = self._response = None

    def make(self, count: int) -> Samples:
        """So many samples, without a break where the description changes."""
        if self._noise is None:
            return np.zeros(count, np.int16)
        if self._response is None:
            response = _impulse_response(self._noise.reflection)
            self._response = response * amplitude(self._noise.level_dbfs) / np.sqrt(response @ response)
        own_count = -(-count * COMFORT_NOISE.clock_hz // self._rate)
        excitation = np.concatenate([self._before, self._random.standard_normal(own_count)])
        self._before = excitation[own_count:]
        samples = clipped(np.convolve(excitation, self._response, "valid"))
        return resampled(samples, COMFORT_NOISE.clock_hz, self._rate)[:count]


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
