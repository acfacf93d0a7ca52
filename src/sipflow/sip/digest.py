"""Digest authentication: challenges, credentials, and the response that proves a password.

Source: RFC 7616 §3.3, §3.4, RFC 3261 §20.7, §20.44, §22.4, §25.1, RFC 8760 §2.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Self

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.grammar import LWS, QUOTED, TOKEN, quote, split_list, unquote

_HASHES: Final = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
"""As registered by IANA in "Hash Algorithms for HTTP Digest Authentication", by their name in hashlib."""


def _is_available(name: str) -> bool:
    try:
        hashlib.new(name, usedforsecurity=False)
    except ValueError:
        return False
    return True


ALGORITHMS: Final = {
    f"{algorithm}{session}".lower(): name
    for algorithm, name in _HASHES.items()
    if _is_available(name)
    for session in ("", "-sess")
}
"""Algorithms that can be computed here, in lower case: SHA-512-256 takes OpenSSL 1.1.1."""
QOPS: Final = ("auth", "auth-int")
"""Kinds of protection, the one that is chosen first: proxies change bodies, and break the other."""
ANSWERED_BY: Final = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
"""Header fields of challenge and credentials by status."""
MAX_PARAMS: Final = 64

_SCHEME: Final = re.compile(rf"{LWS}Digest[ \t]+(.*)\Z", re.IGNORECASE | re.DOTALL)
_PARAM: Final = re.compile(rf'({TOKEN}){LWS}={LWS}({QUOTED}|[^\s,"]++)\Z')
_NC: Final = re.compile(r"[0-9A-Fa-f]{8}\Z")


class Challenge(NamedTuple):
    """What a server asks for, in WWW-Authenticate or Proxy-Authenticate."""

    realm: str
    nonce: str
    algorithm: str = ""
    """As it is spelled; empty where it is absent, which means MD5."""
    qop: tuple[str, ...] = ()
    """In lower case; empty where it is absent, as in RFC 2069."""
    stale: bool = False
    """The nonce of the request is too old; its password was right."""
    opaque: str | None = None
    """To be sent back as it is."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises SipParseError, also for any scheme but Digest."""
        params = _parse_params(text, ("realm", "nonce"))
        qop = params.get("qop", "")
        return cls(
            params["realm"],
            params["nonce"],
            params.get("algorithm", ""),
            tuple([token for token in re.split(r"[\s,]+", qop.lower()) if token]),
            params.get("stale", "").lower() == "true",
            params.get("opaque"),
        )

    @property
    def protection(self) -> str | None:
        """The qop to answer with: empty for none, as in RFC 2069; None where none of those asked for is known."""
        return next((qop for qop in QOPS if qop in self.qop), None) if self.qop else ""

    @property
    def is_usable(self) -> bool:
        """Whether its algorithm and one of its qops are known here. Source: RFC 8760 §2.4.

        A -sess algorithm takes a cnonce, which only goes with a qop.
        """
        algorithm = (self.algorithm or "MD5").lower()
        has_cnonce = bool(self.qop) or not algorithm.endswith("-sess")
        return algorithm in ALGORITHMS and has_cnonce and self.protection is not None

    def __str__(self) -> str:
        params = [f"realm={quote(self.realm)}", f"nonce={quote(self.nonce)}"]
        if self.opaque is not None:
            params.append(f"opaque={quote(self.opaque)}")
        if self.stale:
            params.append("stale=true")
        if self.algorithm:
            params.append(f"algorithm={self.algorithm}")
        if self.qop:
            params.append(f'qop="{",".join(self.qop)}"')
        return f"Digest {', '.join(params)}"


class Credentials(NamedTuple):
    """What a client answers, in Authorization or Proxy-Authorization."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = ""
    """Empty where it is absent, which means MD5."""
    qop: str = ""
    """In lower case; empty where it is absent."""
    cnonce: str = ""
    nc: int = 0
    """How many requests were sent with this nonce, this one included; 0 where it is absent."""
    opaque: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises SipParseError, also for any scheme but Digest."""
        params = _parse_params(text, ("username", "realm", "nonce", "uri", "response"))
        nc = params.get("nc", "00000000")
        if not _NC.match(nc):
            raise SipParseError(Saying.of("not-hex-of-eight"), nc)
        return cls(
            params["username"],
            params["realm"],
            params["nonce"],
            params["uri"],
            params["response"],
            params.get("algorithm", ""),
            params.get("qop", "").lower(),
            params.get("cnonce", ""),
            int(nc, 16),
            params.get("opaque"),
        )

    def __str__(self) -> str:
        params = [
            f"username={quote(self.username)}",
            f"realm={quote(self.realm)}",
            f"nonce={quote(self.nonce)}",
            f"uri={quote(self.uri)}",
            f'response="{self.response}"',
        ]
        if self.algorithm:
            params.append(f"algorithm={self.algorithm}")
        if self.opaque is not None:
            params.append(f"opaque={quote(self.opaque)}")
        if self.qop:
            params += [f"qop={self.qop}", f"nc={self.nc:08x}", f"cnonce={quote(self.cnonce)}"]
        return f"Digest {', '.join(params)}"

    def proof(self, password: str, method: str, body: bytes = b"") -> str:
        """The response that these values and a password give. Source: RFC 7616 §3.4.1 to §3.4.3.

        Raises ValueError for an algorithm or qop that is not known.
        """
        algorithm = (self.algorithm or "MD5").lower()
        name = ALGORITHMS.get(algorithm)
        if name is None or self.qop not in ("", *QOPS):
            raise ValueError(f"algorithm {self.algorithm or 'MD5'} with qop {self.qop or 'none'} is not known")
        digest = _digest(name)
        a1 = digest(f"{self.username}:{self.realm}:{password}")
        if algorithm.endswith("-sess"):
            a1 = digest(f"{a1}:{self.nonce}:{self.cnonce}")
        a2 = f"{method}:{self.uri}"
        if self.qop == "auth-int":
            a2 += f":{hashlib.new(name, body, usedforsecurity=False).hexdigest()}"
        if not self.qop:
            return digest(f"{a1}:{self.nonce}:{digest(a2)}")
        return digest(f"{a1}:{self.nonce}:{self.nc:08x}:{self.cnonce}:{self.qop}:{digest(a2)}")


def _digest(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def _parse_params(text: str, needed: tuple[str, ...]) -> Mapping[str, str]:
    """The parameters by lower-case name, without quotes and escapes. Raises SipParseError."""
    match = _SCHEME.match(text)
    if match is None:
        raise SipParseError(Saying.of("not-digest"), text)
    elements = split_list(match[1])
    if len(elements) > MAX_PARAMS:
        raise SipParseError(Saying.of("too-many-parameters", limit=MAX_PARAMS), text)
    params: dict[str, str] = {}
    for element in elements:
        if not element.strip(" \t"):
            continue  # a comma too many: RFC 7230 §7 wants it taken
        found = _PARAM.match(element.strip(" \t"))
        if found is None:
            raise SipParseError(Saying.of("not-a-parameter"), element)
        name = found[1].lower()
        if name in params:
            raise SipParseError(Saying.of("parameter-twice", name=name), text)
        params[name] = unquote(found[2])
    missing = [name for name in needed if name not in params]
    if missing:
        raise SipParseError(Saying.of("without-parameters", names=", ".join(missing)), text)
    return params
