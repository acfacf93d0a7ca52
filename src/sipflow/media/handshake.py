"""A DTLS handshake that gives the keys of a stream, over OpenSSL: datagrams in, datagrams out. Source: RFC 5764.

No I/O. Of time it knows what OpenSSL does: ask `timer_s` after each call, and call `timer_fired` when it is over.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from sipflow.base.sayings import Saying
from sipflow.media.identity import Identity, fingerprint_of
from sipflow.sdp import Fingerprint, MasterKey, Suite
from sipflow.sdp.security import SHA1_32, SHA1_80

if TYPE_CHECKING:
    from OpenSSL.SSL import Connection, Context

EXPORTER_LABEL: Final = b"EXTRACTOR-dtls_srtp"  # RFC 5764 §4.2
PROFILES: Final = {b"SRTP_AES128_CM_SHA1_80": SHA1_80, b"SRTP_AES128_CM_SHA1_32": SHA1_32}  # RFC 5764 §4.1.2
MTU_BYTES: Final = 1_200
"""Of what we send: less than any path of today takes without fragments."""
_RECORD_HEADER = struct.Struct("!BHHIHH")  # RFC 6347 §4.1: type, version, epoch, sequence number of 48 bits, length


class Keys(NamedTuple):
    """What a handshake gives."""

    suite: Suite
    ours: MasterKey
    theirs: MasterKey


class Handshake:
    """One association. What it must send stands in the result of every call, datagram by datagram."""

    __slots__ = ("_connection", "_fingerprints", "_is_client", "_is_closed", "error", "keys")

    def __init__(self, identity: Identity, fingerprints: Sequence[Fingerprint], *, is_client: bool) -> None:
        """`fingerprints`: the peer's certificate must fit one of them."""
        from OpenSSL.SSL import Connection

        self._connection: Connection = Connection(_context(identity), None)
        self._connection.set_ciphertext_mtu(MTU_BYTES)
        self._fingerprints = fingerprints
        self._is_client = is_client
        self._is_closed = False
        self.keys: Keys | None = None
        """Known once the handshake has succeeded."""
        self.error: Saying | None = None
        """Why it has failed for good; None while it has not."""
        if is_client:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()

    @property
    def is_over(self) -> bool:
        """Whether it has succeeded or failed."""
        return self.keys is not None or self.error is not None

    def begin(self) -> list[bytes]:
        """What a client begins with; a server waits."""
        return self._advance()

    def receive(self, datagram: bytes) -> list[bytes]:
        """A datagram of DTLS has come. After the end it may be a repetition, which asks for ours again."""
        if not datagram or self.error is not None or self._is_closed:
            return []
        self._connection.bio_write(datagram)
        return self._advance()

    @property
    def timer_s(self) -> float | None:
        """When `timer_fired` is due, in seconds from now; None while nothing waits for an answer."""
        if self.is_over:
            return None
        timeout_s: float | None = self._connection.DTLSv1_get_timeout()
        return timeout_s

    def timer_fired(self) -> list[bytes]:
        """Send again what was not answered; the pauses double."""
        from OpenSSL.SSL import Error

        if self.is_over:
            return []
        try:
            self._connection.DTLSv1_handle_timeout()
        except Error:
            self.error = Saying.of("dtls-unanswered")
        return self._sent()

    def give_up(self, reason: Saying) -> None:
        """It has lasted too long."""
        if not self.is_over:
            self.error = reason

    def _advance(self) -> list[bytes]:
        from OpenSSL.SSL import Error, WantReadError, ZeroReturnError

        try:
            if self.keys is None:
                self._connection.do_handshake()
                self._agree()
            else:
                self._connection.recv(1)  # what comes after the end is read for its effects alone
        except WantReadError:
            pass
        except ZeroReturnError:
            self._is_closed = True
        except Error as error:
            if self.keys is None:
                self.error = Saying.of("dtls-failed", reason=_reason(error))
        return self._sent()

    def _agree(self) -> None:
        """Take the keys, if the certificate is the one that the session description has promised."""
        connection = self._connection
        certificate = connection.get_peer_certificate(as_cryptography=True)
        suite = PROFILES.get(connection.get_selected_srtp_profile())
        if certificate is None:
            self.error = Saying.of("dtls-no-certificate")
        elif not any(fingerprint_of(certificate, wanted.algorithm) == wanted for wanted in self._fingerprints):
            wanted = self._fingerprints[0]
            got = fingerprint_of(certificate, wanted.algorithm)
            self.error = Saying.of("dtls-fingerprint", wanted=_shown(wanted), got_one=_shown(got))
        elif suite is None:
            self.error = Saying.of("dtls-no-profile", known=b", ".join(PROFILES).decode())
        else:
            self.keys = self._exported(suite)

    def _exported(self, suite: Suite) -> Keys:
        """Source: RFC 5764 §4.2: the client's key, the server's, the client's salt, the server's."""
        key, salt = suite.key_bytes, suite.salt_bytes
        material = self._connection.export_keying_material(EXPORTER_LABEL, 2 * (key + salt))
        salts = material[2 * key :]
        client = MasterKey(material[:key] + salts[:salt])
        server = MasterKey(material[key : 2 * key] + salts[salt:])
        return Keys(suite, client, server) if self._is_client else Keys(suite, server, client)

    def _sent(self) -> list[bytes]:
        from OpenSSL.SSL import Error

        data = b""
        try:
            while True:
                data += self._connection.bio_read(65_536)
        except Error:  # WantReadError: it is empty
            return datagrams(data)


def datagrams(records: bytes) -> list[bytes]:
    """Records of DTLS, one after another, as datagrams: whole ones, and no more than fit. Source: RFC 6347 §4.1.1."""
    sent: list[bytes] = []
    begin = end = 0
    while end + _RECORD_HEADER.size <= len(records):
        following = end + _RECORD_HEADER.size + _RECORD_HEADER.unpack_from(records, end)[5]
        if following - begin > MTU_BYTES and end > begin:
            sent.append(records[begin:end])
            begin = end
        end = following
    if end > begin:
        sent.append(records[begin:end])
    return sent


@cache
def _context(identity: Identity) -> Context:
    """One for all associations of an identity: certificates of both, and nobody's signature but the fingerprint's."""
    from OpenSSL import SSL

    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(identity.certificate)
    context.use_privatekey(identity.key)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    context.set_tlsext_use_srtp(b":".join(PROFILES))
    context.set_options(SSL.OP_NO_QUERY_MTU)
    return context


def _reason(error: Exception) -> str:
    """What OpenSSL says, without its names of functions."""
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return ", ".join(str(entry[-1]) for entry in entries[:3]) or type(error).__name__


def _shown(fingerprint: Fingerprint) -> str:
    return f"{fingerprint.algorithm} {fingerprint.digest[:8].hex(':').upper()}:…"
