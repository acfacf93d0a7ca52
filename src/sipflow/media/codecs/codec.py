"""What a codec does, and what is known of it without loading it. No numpy is imported here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sipflow.base.errors import CodecUnavailable

if TYPE_CHECKING:
    from sipflow.media.samples import Samples


class AudioCodec(Protocol):
    """The coder and the decoder of one stream; each keeps its own state, so that one stream needs one codec."""

    def encode(self, samples: Samples) -> bytes:
        """One frame as the payload of one packet. Samples are mono, at the codec's sample rate."""
        ...

    def decode(self, payload: bytes) -> Samples:
        """The samples of a payload. Raises PayloadUnreadable for one that the codec can't have made."""
        ...


@dataclass(frozen=True, slots=True)
class CodecKind:
    """A codec by its name in SDP: what is known before the first sample."""

    name: str
    clock_hz: int
    """Rate of RTP timestamps. That of G.722 is 8,000, though it samples at 16,000. Source: RFC 3551 §4.5.2."""
    sample_rate_hz: int
    silence: Callable[[int], bytes]
    """The payload of so many milliseconds of silence, always the same."""
    missing: Callable[[], str]
    """What has to be installed before the codec can be used; empty when nothing is missing."""
    make: Callable[[], AudioCodec]
    """The codec itself, on the terms of `open`."""
    is_divisible: bool = False
    """Whether what it codes is one byte a tick of the clock, and can be cut into frames anywhere."""

    def samples(self, ptime_ms: int) -> int:
        """How many samples a frame has."""
        return self.sample_rate_hz * ptime_ms // 1000

    def ticks(self, ptime_ms: int) -> int:
        """How far a frame moves the RTP timestamp."""
        return self.clock_hz * ptime_ms // 1000

    def open(self) -> AudioCodec:
        """A codec for one stream. Raises CodecUnavailable where something has to be installed first."""
        if reason := self.missing():
            raise CodecUnavailable(self.name, reason)
        return self.make()


def nothing_missing() -> str:
    """For codecs of the core."""
    return ""
