"""TLS without sockets: bytes of the wire in, plain bytes out, and the other way round. Source: RFC 3261 §26.3.2."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from sipflow.base.errors import TlsUnusable
from sipflow.base.foreign_words import rules, told_by
from sipflow.base.sayings import Saying, Told
from sipflow.base.system_errors import told_by_system
from sipflow.net.certificates import TestAuthority

CHUNK_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Whom an endpoint trusts, and what it shows."""

    ca_file: Path | None = None
    """PEM certificates of those who may sign a peer's; None: those of the system."""
    certificate: Path | None = None
    """Our PEM certificate, its chain behind it, shown as server and as client; None: a server makes a test one."""
    key: Path | None = None
    """The key of `certificate`; None where that file holds it too."""
    verify: bool = True
    """Whether the certificate of a server must be trusted and be for the name that was called."""
    require_client: bool = False
    """Whether those who connect must show a certificate that is trusted."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are named."""
        return tuple(path for path in (self.ca_file, self.certificate, self.key) if path is not None)


class TlsContexts:
    """What TLS needs at one endpoint; made when first used, and not by the event loop's thread.

    The certificates that this machine trusts and the first test certificate take 20 to 500 ms, in which no other call
    would hear a word.
    """

    def __init__(self, settings: TlsSettings, authority: TestAuthority, host: str, key_log: Path | None) -> None:
        """`key_log` gets the secrets of every session, so that a capture can be read: NSS Key Log Format."""
        self._settings = settings
        self._authority = authority
        self._host = host
        self._key_log = key_log
        self._loading = asyncio.Lock()

    async def check(self) -> None:
        """Read the files that the settings name. Raises TlsUnusable."""
        if self._settings.files:
            await self.load()
            await self.load(is_server=True)

    def has(self, *, is_server: bool) -> bool:
        """Whether `server`, or `client`, is at hand."""
        return ("server" if is_server else "client") in self.__dict__

    async def load(self, *, is_server: bool = False) -> None:
        """Make `server`, or `client`, in another thread. Raises TlsUnusable."""
        async with self._loading:
            await asyncio.to_thread(lambda: self.server if is_server else self.client)

    @cached_property
    def client(self) -> ssl.SSLContext:
        """For connections of ours. Raises TlsUnusable."""
        context = self._context(ssl.PROTOCOL_TLS_CLIENT)
        if self._settings.certificate is not None:
            self._load_own(context)
        if not self._settings.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    @cached_property
    def server(self) -> ssl.SSLContext:
        """For connections that are accepted. Raises TlsUnusable."""
        context = self._context(ssl.PROTOCOL_TLS_SERVER)
        if self._settings.certificate is None:
            self._authority.certify(context, self._host)
        else:
            self._load_own(context)
        if self._settings.require_client:
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _context(self, protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        ca_file = self._settings.ca_file
        try:
            if protocol == ssl.PROTOCOL_TLS_SERVER and not self._settings.require_client:
                pass  # nobody is asked for a certificate
            elif ca_file is None:
                context.load_default_certs()
            else:
                context.load_verify_locations(ca_file)
        except (OSError, ValueError) as error:
            raise TlsUnusable(str(ca_file), _why(error)) from error
        context.load_verify_locations(cadata=self._authority.certificate)
        if self._key_log is not None:
            context.keylog_filename = str(self._key_log)
        return context

    def _load_own(self, context: ssl.SSLContext) -> None:
        certificate, key = self._settings.certificate, self._settings.key
        assert certificate is not None
        try:
            # Without a password at hand OpenSSL would ask for one at the terminal.
            context.load_cert_chain(certificate, key, password=lambda: "")
        except (OSError, ValueError) as error:
            files = str(certificate if key is None else f"{certificate}, {key}")
            raise TlsUnusable(files, _why(error)) from error


class TlsChannel:
    """One side of a TLS session. What goes onto the wire is taken from `outgoing` after every call."""

    def __init__(self, context: ssl.SSLContext, *, server_name: str = "", is_server: bool = False) -> None:
        """`server_name` is sent to the server (SNI) unless it is an address, and must be in its certificate."""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session = context.wrap_bio(
            self._incoming, self._outgoing, server_side=is_server, server_hostname=server_name or None
        )
        self.is_open = False
        """Whether the handshake is done: `send` may be called."""

    def start(self) -> None:
        """Begin the handshake, as the client does. Raises ssl.SSLError."""
        self._shake_hands()

    def receive(self, data: bytes) -> bytes:
        """Bytes of the wire; returns what they say. Raises ssl.SSLError, after which the session is over."""
        self._incoming.write(data)
        if not self.is_open:
            self._shake_hands()
            if not self.is_open:
                return b""
        parts: list[bytes] = []
        try:
            while part := self._session.read(CHUNK_BYTES):
                parts.append(part)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        return b"".join(parts)

    def send(self, data: bytes) -> None:
        """Encrypt. Raises ssl.SSLError."""
        self._session.write(data)

    def end(self) -> None:
        """Say that nothing more comes."""
        if self.is_open:
            with suppress(ssl.SSLError):  # the peer's own farewell is not waited for
                self._session.unwrap()

    def outgoing(self) -> bytes:
        """What is to be put on the wire now."""
        return self._outgoing.read()

    def _shake_hands(self) -> None:
        try:
            self._session.do_handshake()
            self.is_open = True
        except ssl.SSLWantReadError:
            pass


def tls_reason(error: ssl.SSLError) -> Saying:
    """Why TLS failed, as a few words: `certificate verify failed: self-signed certificate`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code = _UNVERIFIED.get(error.verify_code)
        other = told_by(error.verify_message.rstrip("."), _UNFIT, "tls-words")
        return Saying.of("tls-unverified", reason=Saying.of(code) if code else other)
    return Saying.of("tls-failed", reason=_told(error))


def _told(error: ssl.SSLError) -> Saying:
    return told_by((error.reason or str(error)).lower().replace("_", " "), _WORDS, "tls-words")


_WORDS: Final = rules(
    (r"wrong version number|http request", "tls-wrong-version"),
    (r"unsupported protocol|alert protocol version|no protocols available", "tls-protocol"),
    (r"no shared cipher|no ciphers available", "tls-cipher"),
    (r"alert unknown ca", "tls-unknown-ca"),
    (
        r"alert (?:bad certificate|certificate (?:unknown|expired|revoked)|unsupported certificate)",
        "tls-refused-certificate",
    ),
    (r"did not return a certificate|alert certificate required", "tls-no-certificate"),
    (r"alert handshake failure", "tls-handshake"),
    (r"unexpected eof", "tls-eof"),
    (r"bad record mac|record layer failure|bad record type|packet length too long|unexpected message", "tls-broken"),
    (r"key values mismatch", "tls-key-mismatch"),
    (r"bad decrypt|bad password read|pem lib$", "tls-key-locked"),
)
"""The reasons of OpenSSL that people meet (sslerr.h, x509err.h, pemerr.h), in small letters."""


_UNFIT: Final = rules((r"not valid for '(?P<name>.*)'", "tls-other-name"))
"""What Python adds to OpenSSL's words where a certificate is for another name or address."""

_UNVERIFIED: Final = {
    10: "tls-expired",
    9: "tls-not-yet-valid",
    18: "tls-self-signed",
    19: "tls-self-signed-in-chain",
    20: "tls-unknown-issuer",
    21: "tls-unknown-issuer",
    23: "tls-revoked",
    26: "tls-purpose",
    66: "tls-weak",
    67: "tls-weak",
    68: "tls-weak",
}
"""What OpenSSL's numbers of a failed verification mean (X509_V_ERR_… in x509_vfy.h)."""


def _why(error: OSError | ValueError) -> Told:
    if isinstance(error, ssl.SSLError):
        return _told(error) if error.reason else Saying.of("no-pem")
    return told_by_system(error)
