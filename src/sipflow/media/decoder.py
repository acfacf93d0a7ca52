"""Payloads of one direction of a stream as samples, whatever codec they come in."""

from __future__ import annotations

import logging

from sipflow.base.errors import CodecUnavailable, PayloadUnreadable
from sipflow.media.codecs import AudioCodec, CodecKind, find_kind
from sipflow.media.samples import Samples

logger = logging.getLogger(__name__)


class Decoder:
    """Decodes to one sample rate. Payloads come in order."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._name = ""
        self._kind: CodecKind | None = None
        self._codec: AudioCodec | None = None

    @property
    def clock_hz(self) -> int:
        return 8_000 if self._kind is None else self._kind.clock_hz

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
        if self._kind.sample_rate_hz == self._rate:
            return samples
        import soxr

        resampled: Samples = soxr.resample(samples, self._kind.sample_rate_hz, self._rate, "QQ")
        return resampled
