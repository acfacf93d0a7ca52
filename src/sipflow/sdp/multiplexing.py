"""RTP and RTCP on one port: when it is offered, taken and agreed on. Source: RFC 5761 §4, §5.1.1, RFC 8858 §3."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from sipflow.sdp.codec import Codec
from sipflow.sdp.description import MediaDescription

ATTRIBUTE: Final = "rtcp-mux"
ONLY: Final = "rtcp-mux-only"
"""The peer has no other port for RTCP. Source: RFC 8858 §3."""
_UNUSABLE: Final = range(64, 96)
"""Payload types that can't be told from RTCP. Source: RFC 5761 §4."""


class RtcpMux(StrEnum):
    """Whether RTP and RTCP may share a port."""

    OFF = "off"
    ACCEPT = "accept"
    OFFER = "offer"

    def suits(self, stream: MediaDescription) -> bool:
        """Whether a stream that is offered can be taken: one may leave no choice."""
        return self is not RtcpMux.OFF or ONLY not in stream.attributes

    def takes(self, stream: MediaDescription, codecs: Iterable[Codec]) -> bool:
        """Whether the port is shared in the answer to this stream."""
        return self is not RtcpMux.OFF and shares_port(stream, codecs)


def shares_port(stream: MediaDescription, codecs: Iterable[Codec]) -> bool:
    """Whether a description asks for it or agrees to it, and the codecs' numbers allow it."""
    return ATTRIBUTE in stream.attributes and not any(codec.payload_type in _UNUSABLE for codec in codecs)
