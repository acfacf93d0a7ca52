"""How a stream is protected, as offer and answer see it: the seam, what both sides agree on, and a plain stream.

A `StreamSecurity` keeps nothing of one exchange: what is in force is handed to it, so that forks may share it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from sipflow.base.errors import BadAnswer
from sipflow.base.sayings import Saying
from sipflow.sdp.description import MediaDescription, SessionDescription

PLAIN_PROTOCOL: Final = "RTP/AVP"


class Srtp(StrEnum):
    """How media is encrypted."""

    OFF = "off"
    SDES_OPTIONAL = "sdes-optional"
    SDES = "sdes"
    DTLS = "dtls"

    def suits(self, other: Srtp) -> bool:
        """Whether a call between the two can have media, whoever offers."""
        if Srtp.DTLS in (self, other):
            return self is other
        return {self, other} != {Srtp.OFF, Srtp.SDES}


@dataclass(frozen=True, slots=True)
class Suite:
    """A way to encrypt and authenticate packets. Source: RFC 4568 §6.2, RFC 5764 §4.1.2."""

    name: str
    """As `a=crypto` writes it."""
    key_bytes: int
    salt_bytes: int
    tag_bytes: int
    """Length of the authentication tag of RTP; RTCP's is always 10 (RFC 3711 §5.2, RFC 4568 §6.2)."""

    @property
    def secret_bytes(self) -> int:
        """Length of key and salt together."""
        return self.key_bytes + self.salt_bytes


SHA1_80: Final = Suite("AES_CM_128_HMAC_SHA1_80", 16, 14, 10)
SHA1_32: Final = Suite("AES_CM_128_HMAC_SHA1_32", 16, 14, 4)
SUITES: Final = {suite.name: suite for suite in (SHA1_80, SHA1_32)}
"""In order of preference."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A master key with its salt."""

    secret: bytes = field(repr=False)
    """The key, and the salt after it."""
    mki: bytes = b""
    """What packets under this key carry before their tag; mostly nothing. Source: RFC 3711 §3.1."""


@dataclass(frozen=True, slots=True)
class SdesTerms:
    """Keys that the descriptions themselves have brought. Source: RFC 4568."""

    suite: Suite
    ours: MasterKey
    """What we send is protected by."""
    theirs: tuple[MasterKey, ...]
    """What we receive is; several are told apart by their MKI."""

    def __str__(self) -> str:
        return f"SRTP, SDES, {self.suite.name}"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a certificate must hash to. Source: RFC 8122 §5."""

    algorithm: str
    """In lower case, such as `sha-256`."""
    digest: bytes


@dataclass(frozen=True, slots=True)
class DtlsTerms:
    """Who shakes hands with whom; the keys come of the handshake. Source: RFC 5763, RFC 8842."""

    is_client: bool
    """Whether we begin it."""
    fingerprints: tuple[Fingerprint, ...]
    """The peer's: its certificate must fit one."""
    tls_id: str = ""
    """The peer's name of the association: another one means another handshake. Source: RFC 8842 §4."""

    def __str__(self) -> str:
        return "SRTP, DTLS"


Terms = SdesTerms | DtlsTerms
"""How a stream is protected. A stream that is not has none."""


class Proposal(NamedTuple):
    """What our part of a description says of protection."""

    protocol: str
    attributes: tuple[str, ...] = ()


class Accepted(NamedTuple):
    """What we answer to a stream that was offered, and what comes of it."""

    attributes: tuple[str, ...]
    terms: Terms | None


class StreamSecurity(Protocol):
    """How we want the stream to be protected."""

    @property
    def wish(self) -> str:
        """What we want, for the text of an error: `RTP/AVP`."""
        ...

    def offer(self, protocol: str) -> Proposal:
        """What our offer says; `protocol` is that of the stream in force, or empty."""
        ...

    def answered(self, ours: MediaDescription, answer: SessionDescription, theirs: MediaDescription) -> Terms | None:
        """What the answer to our stream makes of it. Raises BadAnswer."""
        ...

    def accept(self, offer: SessionDescription, stream: MediaDescription, current: Terms | None) -> Accepted | None:
        """What we answer to a stream of the peer's, or None where it is protected in no way that we want.

        `current` is what has been in force.
        """
        ...


class Plain:
    """No protection, and none wanted."""

    wish = PLAIN_PROTOCOL

    def offer(self, protocol: str) -> Proposal:  # noqa: ARG002 - there is only one
        return _PLAIN_PROPOSAL

    def answered(self, ours: MediaDescription, answer: SessionDescription, theirs: MediaDescription) -> None:
        """A key in an answer to an offer without one is of no use."""

    def accept(self, offer: SessionDescription, stream: MediaDescription, current: Terms | None) -> Accepted | None:  # noqa: ARG002
        return PLAIN_ACCEPTED if stream.protocol == PLAIN_PROTOCOL else None


_PLAIN_PROPOSAL: Final = Proposal(PLAIN_PROTOCOL)
PLAIN_ACCEPTED: Final = Accepted((), None)
PLAIN: Final = Plain()


def unprotected(wanted: str, theirs: MediaDescription) -> BadAnswer:
    """The error of an answer without what we demand."""
    return BadAnswer(
        Saying.of("sdp-wanted-in-answer", wanted=wanted), f"m={theirs.kind} {theirs.port} {theirs.protocol}"
    )
