"""What descriptions say of a DTLS handshake: whose certificate, and who begins. Source: RFC 5763 §5, RFC 8842 §5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sipflow.sdp.description import MediaDescription, SessionDescription
from sipflow.sdp.security import Accepted, DtlsTerms, Fingerprint, Proposal, Terms, unprotected

PROTOCOL: Final = "UDP/TLS/RTP/SAVP"
PROTOCOLS: Final = (PROTOCOL, "UDP/TLS/RTP/SAVPF")
MAX_FINGERPRINTS: Final = 8
DIGEST_BYTES: Final = {"sha-256": 32, "sha-384": 48, "sha-512": 64, "sha-224": 28, "sha-1": 20}
"""Hash functions that we take; MD2 and MD5 are forbidden. Source: RFC 8122 §5."""

_FINGERPRINT = re.compile(r"([A-Za-z0-9-]{1,16}) +([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){0,63}) *")
_TLS_ID = re.compile(r"[A-Za-z0-9+/_-]{20,255}")


@dataclass(frozen=True, slots=True)
class Dtls:
    """Protection by keys of a handshake; a plain stream is not taken."""

    fingerprint: Fingerprint
    """Of our certificate."""
    tls_id: str
    """The name of our associations in this dialog, 20 to 255 letters."""

    @property
    def wish(self) -> str:
        return f"{PROTOCOL} with a=fingerprint"

    def offer(self, protocol: str) -> Proposal:
        """Always `actpass`, also within a session, whose roles then stay. Source: RFC 8842 §5.5."""
        return Proposal(protocol or PROTOCOL, self._attributes("actpass", with_id=True))

    def answered(self, ours: MediaDescription, answer: SessionDescription, theirs: MediaDescription) -> DtlsTerms:  # noqa: ARG002
        setup = _setup(answer, theirs) or "passive"  # RFC 4145 §4: the default of an answer
        fingerprints = _fingerprints(answer, theirs)
        if not fingerprints:
            raise unprotected("a=fingerprint", theirs)
        if setup not in ("active", "passive"):
            raise unprotected("a=setup:active or passive", theirs)
        return DtlsTerms(setup == "passive", fingerprints, _tls_id(theirs))

    def accept(self, offer: SessionDescription, stream: MediaDescription, current: Terms | None) -> Accepted | None:
        """Begin the handshake where the peer leaves it to us, except that roles in force stay as they are."""
        if stream.protocol not in PROTOCOLS:
            return None
        setup = _setup(offer, stream) or "active"  # RFC 4145 §4: the default of an offer
        fingerprints = _fingerprints(offer, stream)
        if not fingerprints or setup not in ("actpass", "active", "passive"):
            return None
        was_client = current.is_client if isinstance(current, DtlsTerms) else True
        is_client = was_client if setup == "actpass" else setup == "passive"
        theirs = _tls_id(stream)
        attributes = self._attributes("active" if is_client else "passive", with_id=bool(theirs))
        return Accepted(attributes, DtlsTerms(is_client, fingerprints, theirs))

    def _attributes(self, setup: str, *, with_id: bool) -> tuple[str, ...]:
        digest = self.fingerprint.digest.hex(":").upper()
        named = (f"tls-id:{self.tls_id}",) if with_id else ()
        return (f"setup:{setup}", f"fingerprint:{self.fingerprint.algorithm} {digest}", *named)


def _setup(description: SessionDescription, stream: MediaDescription) -> str:
    return (stream.attribute("setup") or description.attribute("setup") or "").strip().lower()


def _tls_id(stream: MediaDescription) -> str:
    value = (stream.attribute("tls-id") or "").strip()
    return value if _TLS_ID.fullmatch(value) else ""


def _fingerprints(description: SessionDescription, stream: MediaDescription) -> tuple[Fingerprint, ...]:
    """The stream's own, or else the session's, as far as we know the hash function. Source: RFC 8122 §5."""
    for attributes in (stream.attributes, description.attributes):
        values = [attribute[12:] for attribute in attributes if attribute.startswith("fingerprint:")]
        if values:
            read = map(_fingerprint, values[:MAX_FINGERPRINTS])
            return tuple([fingerprint for fingerprint in read if fingerprint is not None])
    return ()


def _fingerprint(value: str) -> Fingerprint | None:
    match = _FINGERPRINT.fullmatch(value)
    if match is None:
        return None
    algorithm, digest = match[1].lower(), bytes.fromhex(match[2].replace(":", ""))
    return Fingerprint(algorithm, digest) if DIGEST_BYTES.get(algorithm) == len(digest) else None
