"""Who we are in a DTLS handshake: a certificate of our own, which the session description vouches for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from sipflow.sdp import Fingerprint

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

LIFETIME: Final = timedelta(days=30)
SKEW: Final = timedelta(days=1)
"""How far the clock of a peer may be behind ours."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A key with a certificate that it has signed itself. Source: RFC 5763 §5: nobody else has to."""

    key: EllipticCurvePrivateKey
    certificate: Certificate

    @property
    def fingerprint(self) -> Fingerprint:
        return fingerprint_of(self.certificate, "sha-256")


def fingerprint_of(certificate: Certificate, algorithm: str) -> Fingerprint:
    """What `a=fingerprint` says of a certificate, by one of the hash functions of `sipflow.sdp.dtls`."""
    from cryptography.hazmat.primitives import hashes

    functions: dict[str, hashes.HashAlgorithm] = {
        "sha-1": hashes.SHA1(),
        "sha-224": hashes.SHA224(),
        "sha-256": hashes.SHA256(),
        "sha-384": hashes.SHA384(),
        "sha-512": hashes.SHA512(),
    }
    return Fingerprint(algorithm, certificate.fingerprint(functions[algorithm]))


@cache
def own_identity() -> Identity:
    """The one of this process, made at the first use (about 1 ms); its name says nothing of this machine."""
    return new_identity()


def new_identity() -> Identity:
    """A fresh one."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.hashes import SHA256

    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sipflow")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFETIME)
        .sign(key, SHA256())
    )
    return Identity(key, certificate)
