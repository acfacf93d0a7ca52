"""Session descriptions and their negotiation: no I/O, no clock. Source: RFC 8866, RFC 3264."""

from sipflow.sdp.codec import CODECS, TELEPHONE_EVENT, Codec
from sipflow.sdp.description import Connection, MediaDescription, Origin, SessionDescription
from sipflow.sdp.direction import Direction
from sipflow.sdp.negotiation import Negotiation, State
from sipflow.sdp.session import Session, direction_note

__all__ = [
    "CODECS",
    "TELEPHONE_EVENT",
    "Codec",
    "Connection",
    "Direction",
    "MediaDescription",
    "Negotiation",
    "Origin",
    "Session",
    "SessionDescription",
    "State",
    "direction_note",
]
