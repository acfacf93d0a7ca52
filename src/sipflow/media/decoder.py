"""Payloads of one direction of a stream as samples, whatever codec they come in."""

from __future__ import annotations

import logging

from sipflow.base.errors import CodecUnavailable, PayloadUnreadable
from sipflow.media.codecs import AudioCodec, CodecKind, find_kind
from sipflow.media.samples import Samples, resampled
from sipflow.sdp import COMFORT_NOISE

logger = logging.getLogger(__name__)


def clock_of(codec: str) -> int | None:
    """Rate of the timestamps of packets in this encoding, comfort noise included; None for one that is not there."""
    if codec == COMFORT_NOISE.name:
        return COMFORT_NOISE.clock_hz
    kind = find_kind(codec)
    return None if kind is None else kind.clock_hz


class Decoder:
    """Decodes to one sample rate. Payloads come in order."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._name = ""
        self._kind: CodecKind | None = None
        self._codec: AudioCodec | None = None

    def turn_to(self, name: str) -> CodecKind | None:
        """The codec by which payloads are decoded from now on; None for one that is not there."""
        if name != self._name:
            self._name, self._kind, self._codec = name, find_kind(name), None
            try:
                self._codec = None if self._kind is None else self._kind.open()
            except CodecUnavailable as error:
                self._kind = None
                logger.warning("a stream can't be recorded: %s", error)
        return self._kind

    def decode(self, payload: bytes) -> Samples | None:
        """The samples of a payload at the rate of the file, or None where there are none."""
        if self._codec is None or self._kind is None:
            return None
        try:
            samples = self._codec.decode(payload)
        except PayloadUnreadable:
            return None
        return resampled(samples, self._kind.sample_rate_hz, self._rate)
