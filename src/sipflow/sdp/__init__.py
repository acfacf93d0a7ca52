"""Session descriptions and their negotiation: no I/O, no clock. Source: RFC 8866, RFC 3264."""

from sipflow.sdp.codec import CODECS, COMFORT_NOISE, TELEPHONE_EVENT, Codec
from sipflow.sdp.description import Connection, MediaDescription, Origin, SessionDescription
from sipflow.sdp.direction import Direction
from sipflow.sdp.dtls import Dtls
from sipflow.sdp.multiplexing import RtcpMux
from sipflow.sdp.negotiation import Negotiation, State
from sipflow.sdp.sdes import Sdes
from sipflow.sdp.security import PLAIN, DtlsTerms, Fingerprint, MasterKey, SdesTerms, Srtp, StreamSecurity, Suite, Terms
from sipflow.sdp.session import Session, direction_note

__all__ = [
    "CODECS",
    "COMFORT_NOISE",
    "PLAIN",
    "TELEPHONE_EVENT",
    "Codec",
    "Connection",
    "Direction",
    "Dtls",
    "DtlsTerms",
    "Fingerprint",
    "MasterKey",
    "MediaDescription",
    "Negotiation",
    "Origin",
    "RtcpMux",
    "Sdes",
    "SdesTerms",
    "Session",
    "SessionDescription",
    "Srtp",
    "State",
    "StreamSecurity",
    "Suite",
    "Terms",
    "direction_note",
]
