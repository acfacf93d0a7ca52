"""What one source of a stream is heard to say, as samples without a break.

Packets are put in order; what never comes is silence, and so is a source from which nothing comes at all. Where it
describes its noise instead of sending it (RFC 3389), that noise is heard.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sipflow.media.codecs.comfort_noise import NoiseMaker
from sipflow.media.decoder import Decoder
from sipflow.media.samples import Samples
from sipflow.rtp import JitterBuffer, Lost, RtpPacket
from sipflow.sdp import COMFORT_NOISE

MAX_AHEAD_S: Final = 6.0
"""More than the playout buffer holds. What is further ahead of the sources beside it is left out."""


class Voice:
    """One source, from a place on the scale of samples on."""

    def __init__(self, sample_rate_hz: int, begin: int) -> None:
        self._rate = sample_rate_hz
        self._begin = begin
        """Where what has not been taken begins."""
        self._decoder = Decoder(sample_rate_hz)
        self._noise = NoiseMaker(sample_rate_hz)
        self._buffer: JitterBuffer | None = None
        self._codecs: dict[int, str] = {}
        """By payload type."""
        self._frame = sample_rate_hz // 50
        self._samples = np.zeros(0, np.int16)
        self.came_at = 0.0
        """When the last packet came."""

    @property
    def end(self) -> int:
        """Up to where it is known."""
        return self._begin + len(self._samples)

    def receive(self, codec: str, clock_hz: int, packet: RtpPacket, now: float) -> None:
        """A packet came, perhaps out of order."""
        self.came_at = now
        if self._buffer is None or self._buffer.clock_hz != clock_hz:
            self._buffer = JitterBuffer(clock_hz)
        self._codecs[packet.payload_type] = codec
        self._buffer.put(packet, now)

    def hear(self, codec: str, payload: bytes) -> None:
        """Hear a payload whose turn it is."""
        if codec == COMFORT_NOISE.name:
            self._noise.describe(payload)
        elif self._decoder.turn_to(codec) is not None:
            samples = self._decoder.decode(payload)
            if samples is not None:
                self._noise.stop()
                self._frame = len(samples)
                self._put(samples)

    def listen(self, now: float, until: int) -> None:
        """Hear what is due by now; what is not there up to this place was silent."""
        for item in () if self._buffer is None else self._buffer.take(now):
            if isinstance(item, Lost):
                self._put(np.zeros(min(item.packets * self._frame, self._rate), np.int16))
            else:
                self.hear(self._codecs[item.payload_type], item.payload)
        if until > self.end:
            self._put(self._noise.make(until - self.end))

    def take(self, until: int) -> Samples:
        """What was heard before a place that is not beyond the end, once."""
        count = until - self._begin
        taken, self._samples, self._begin = self._samples[:count], self._samples[count:], until
        return taken

    def _put(self, samples: Samples) -> None:
        room = max(int(MAX_AHEAD_S * self._rate) - len(self._samples), 0)
        self._samples = np.concatenate([self._samples, samples[:room]])
