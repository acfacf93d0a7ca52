"""What both sides have agreed on, and what a stream of a description says of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sipflow.base.errors import SdpError
from sipflow.sdp.codec import Codec
from sipflow.sdp.description import MediaDescription, SessionDescription, attribute_of
from sipflow.sdp.direction import DEAF, Direction, stated_direction
from sipflow.sdp.security import Terms

DEFAULT_PTIME_MS: Final = 20  # RFC 3551 §4.5: the default packet time of G.711
_PTIME_RANGE_MS: Final = range(10, 201)


@dataclass(frozen=True, slots=True)
class Session:
    """What both sides have agreed on."""

    codec: Codec | None
    """What we send, numbered as the peer wants it; None when both have agreed to have no audio."""
    telephone_event: Codec | None
    """How we send DTMF, numbered as the peer wants it; None where the peer takes none."""
    local_direction: Direction
    """What we do: `sendonly` means that we send and the peer listens."""
    remote_host: str
    """An IP literal without brackets, or a name; a null address when the peer wants nothing."""
    remote_port: int
    ptime_ms: int
    """Length of the packets that we send, 10 to 200 ms."""
    remote_rtcp_port: int
    is_held: bool = False
    """Whether the peer holds: it wants no media from us, whatever it sends."""
    security: Terms | None = None
    """How the packets of both are protected; None for plain RTP."""
    is_muxed: bool = False
    """Whether RTCP shares the ports of RTP, on both sides. Source: RFC 5761."""

    @property
    def note(self) -> str:
        """What a ladder says: the direction, or nothing without audio."""
        return str(self.local_direction) if self.codec is not None else ""


NO_AUDIO: Final = Session(None, None, Direction.INACTIVE, "", 0, DEFAULT_PTIME_MS, 0)


def direction_note(body: bytes) -> str:
    """What a ladder says beside a message with this body: the direction of its first stream in use.

    Empty when the body is no session description, or one without a stream.
    """
    if not body.startswith(b"v="):
        return ""
    try:
        description = SessionDescription.parse(body)
    except SdpError:
        return ""
    return next((str(direction_of(description, stream)) for stream in description.media if stream.port), "")


def direction_of(description: SessionDescription, stream: MediaDescription) -> Direction:
    """What the side that wrote the description does with the stream. Source: RFC 3264 §5.1, §8.4."""
    stated = stated_direction(stream.attributes) or stated_direction(description.attributes) or Direction.SENDRECV
    connection = description.connection_of(stream)
    return DEAF[stated] if connection is not None and connection.is_null else stated


@lru_cache(64)
def ptime_ms(attributes: tuple[str, ...]) -> int:
    """How long the packets are that the peer asks for, and takes at most. Source: RFC 8866 §6.4, §6.5."""
    asked_ms = _milliseconds(attributes, "ptime") or DEFAULT_PTIME_MS
    longest_ms = _milliseconds(attributes, "maxptime") or asked_ms
    wanted_ms = min(asked_ms, longest_ms)
    return wanted_ms if wanted_ms in _PTIME_RANGE_MS else DEFAULT_PTIME_MS


def rtcp_port(stream: MediaDescription) -> int:
    """Where the peer takes RTCP: the port above RTP's, unless it names another. Source: RFC 3605 §2.1."""
    return _named_rtcp_port(stream.attributes) or stream.port + 1


@lru_cache(64)
def _named_rtcp_port(attributes: tuple[str, ...]) -> int:
    text = (attribute_of(attributes, "rtcp") or "").partition(" ")[0]
    named = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    return named if named <= 65_535 else 0


def _milliseconds(attributes: tuple[str, ...], name: str) -> int:
    text = attribute_of(attributes, name) or ""
    return int(text) if len(text) <= 3 and text.isascii() and text.isdigit() else 0
