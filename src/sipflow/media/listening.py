"""Listens to a stream for what a detector hears.

Packets are put in order; what never comes counts as silence, and so does a stream from which nothing comes at all.
Where the other side describes its noise instead of sending it (RFC 3389), that noise is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from sipflow.media.codecs.comfort_noise import NoiseMaker
from sipflow.media.decoder import Decoder, clock_of
from sipflow.media.hearing import level_dbfs
from sipflow.media.samples import Samples
from sipflow.rtp import JitterBuffer, Lost, RtpPacket
from sipflow.sdp import COMFORT_NOISE

WAITS_S: Final = 0.3
"""What may still be under way, or wait for what is late; time beyond it in which nothing came was silent."""


class Detector(Protocol):
    """What hears samples."""

    def feed(self, samples: Samples) -> None: ...


D = TypeVar("D", bound=Detector)


class Listening(Generic[D]):
    """The `Sink` of somebody who listens. `listen` is to be called again and again."""

    def __init__(self, make: Callable[[int], D], sample_rate_hz: int, now: float) -> None:
        """`make` gives the detector at a sample rate."""
        self._rate = sample_rate_hz
        self.detector = make(sample_rate_hz)
        self._decoder = Decoder(sample_rate_hz)
        self._noise = NoiseMaker(sample_rate_hz)
        self._buffer: JitterBuffer | None = None
        self._codecs: dict[int, str] = {}
        """By payload type."""
        self._began = now
        self._fed = 0
        self._frame = sample_rate_hz // 50
        self._last = np.zeros(0, np.int16)
        self.packets = 0
        """How many have come."""

    @property
    def level_dbfs(self) -> float:
        """Of the last second."""
        return level_dbfs(self._last)

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:
        clock_hz = clock_of(codec)
        if clock_hz is None:
            return
        self.packets += 1
        if self._buffer is None or self._buffer.clock_hz != clock_hz:
            self._buffer = JitterBuffer(clock_hz)
        self._codecs[packet.payload_type] = codec
        self._buffer.put(packet, now)

    def sent(self, codec: str, payload: bytes, due: float) -> None:
        """What we send is not listened to."""

    def end(self) -> None:
        """Nothing more comes."""

    def listen(self, now: float) -> None:
        """Hear what is due by now."""
        for item in () if self._buffer is None else self._buffer.take(now):
            if isinstance(item, Lost):
                self._feed(np.zeros(min(item.packets * self._frame, self._rate), np.int16))
            else:
                self.hear(self._codecs[item.payload_type], item.payload)
        missing = int((now - self._began - WAITS_S) * self._rate) - self._fed
        if missing > 0:
            self._feed(self._noise.make(missing))

    def hear(self, codec: str, payload: bytes) -> None:
        """Hear a payload whose turn it is."""
        if codec == COMFORT_NOISE.name:
            self._noise.describe(payload)
        elif self._decoder.turn_to(codec) is not None:
            samples = self._decoder.decode(payload)
            if samples is not None:
                self._noise.stop()
                self._frame = len(samples)
                self._feed(samples)

    def _feed(self, samples: Samples) -> None:
        self._fed += len(samples)
        self.detector.feed(samples)
        self._last = np.concatenate([self._last, samples])[-self._rate :]
