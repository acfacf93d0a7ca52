"""Certificates for tests: an authority that lives in memory, and what it signs for our own listeners."""

from __future__ import annotations

import ssl
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import Certificate, CertificateBuilder, GeneralName

LIFETIME: Final = timedelta(days=7)
SKEW: Final = timedelta(days=1)
"""How far the clock of a peer may be behind ours."""


class TestAuthority:
    """Signs a certificate for whoever listens with TLS and has none; endpoints that share it trust each other.

    Its key is made at the first use, and gone with the process.
    """

    __test__ = False  # its name looks like that of a test

    def __init__(self) -> None:
        self._making = threading.Lock()

    @property
    def certificate(self) -> str:
        """The authority's own certificate, in PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self._signer()[1].public_bytes(Encoding.PEM).decode()

    def certify(self, context: ssl.SSLContext, host: str) -> None:
        """Let a server's context show a new certificate for an address or name of this machine."""
        with tempfile.TemporaryDirectory(prefix="sipflow-") as folder:  # which nobody else may enter
            path = Path(folder, "pair.pem")
            path.write_bytes(self.issue(host))
            context.load_cert_chain(path)

    def issue(self, host: str) -> bytes:
        """A new key and its certificate for a host, in PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        from cryptography.x509 import DNSName, SubjectAlternativeName

        authority_key, authority = self._signer()
        key = _new_key()
        names: list[GeneralName] = [_name_of(host), DNSName("localhost")]
        certificate = (
            _described(host, key, issuer=authority)
            .add_extension(SubjectAlternativeName(names), critical=False)
            .sign(authority_key, _hash())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private + certificate.public_bytes(Encoding.PEM)

    def _signer(self) -> tuple[EllipticCurvePrivateKey, Certificate]:
        with self._making:  # endpoints ask for it in threads of their own
            return self._pair

    @cached_property
    def _pair(self) -> tuple[EllipticCurvePrivateKey, Certificate]:
        from cryptography.x509 import BasicConstraints

        key = _new_key()
        builder = _described("SIPFLOW test authority", key, issuer=None)
        builder = builder.add_extension(BasicConstraints(ca=True, path_length=0), critical=True)
        return key, builder.sign(key, _hash())


def _described(name: str, key: EllipticCurvePrivateKey, issuer: Certificate | None) -> CertificateBuilder:
    from cryptography import x509

    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is None:
        return builder
    signer = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer)
    return builder.add_extension(identifier, critical=False)


def _name_of(host: str) -> GeneralName:
    from cryptography.x509 import DNSName, IPAddress

    try:
        return IPAddress(ip_address(host))
    except ValueError:
        return DNSName(host)


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    return generate_private_key(SECP256R1())


def _hash() -> SHA256:
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()
