"""URIs: SIP and SIPS taken apart, any other scheme kept as it is. Source: RFC 3261 §19.1."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.grammar import (
    HOST,
    PORT,
    Params,
    bracketed,
    checked_port,
    find_param,
    join_params,
    remembered,
    unescape,
)

_UNRESERVED: Final = r"0-9A-Za-z\-_.!~*'()"


def _escapable(chars: str) -> str:
    return rf"[{_UNRESERVED}{chars}]*+(?:%[0-9A-Fa-f]{{2}}[{_UNRESERVED}{chars}]*+)*"


_PARAM_TEXT: Final = _escapable(r"[\]/:&+$")
_HEADER_TEXT: Final = _escapable(r"[\]/?:+$")
_PARAMS: Final = rf"(?:;(?=[^;=?]){_PARAM_TEXT}(?:=(?=[^;=?]){_PARAM_TEXT})?)*"
_HEADERS: Final = rf"(?=[^=&]){_HEADER_TEXT}={_HEADER_TEXT}(?:&(?=[^=&]){_HEADER_TEXT}={_HEADER_TEXT})*"
_SIP: Final = re.compile(
    rf"([Ss][Ii][Pp][Ss]?):"
    rf"(?:((?=[^:@]){_escapable('&=+$,;?/')})(?::({_escapable('&=+$,')}))?@)?"
    rf"({HOST})(?::({PORT}))?({_PARAMS})(?:\?({_HEADERS}))?\Z"
)
_OTHER: Final = re.compile(r"(?![Ss][Ii][Pp][Ss]?:)([A-Za-z][0-9A-Za-z+.\-]*+):([!#-;=?-~]++)\Z")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_MUST_AGREE: Final = ("transport", "user", "ttl", "method", "maddr")
_KEEP_ESCAPED: Final = frozenset(";/?:@&=+$,%")


class Uri(NamedTuple):
    """A URI as it stands in a message."""

    scheme: str
    """In lower case."""
    raw_user: str = ""
    """The user part with its escapes; empty where there is none."""
    password: str = ""
    """With its escapes; empty where there is none."""
    host: str = ""
    """A name or an address, an IPv6 address without its brackets; empty unless the scheme is sip or sips."""
    port: int | None = None
    params: Params = ()
    """With their escapes."""
    headers: Params = ()
    """What follows `?`, with its escapes."""
    opaque: str = ""
    """All that follows the colon, when the scheme is neither sip nor sips."""

    @staticmethod
    @remembered
    def parse(text: str) -> Uri:
        """Raises SipParseError."""
        sip = _SIP.match(text)
        if sip is None:
            other = _OTHER.match(text)
            if other is None:
                raise SipParseError(Saying.of("not-a-uri"), text)
            return Uri(other[1].lower(), opaque=other[2])
        scheme, user, password, host, port, params, headers = sip.groups()
        return Uri(
            scheme.lower(),
            user or "",
            password or "",
            host[1:-1] if host[0] == "[" else host,
            checked_port(port, ""),
            tuple([_pair(param) for param in params[1:].split(";")]) if params else (),
            tuple([_pair(header) for header in headers.split("&")]) if headers else (),
        )

    @property
    def is_sip(self) -> bool:
        """Whether the scheme is sip or sips."""
        return not self.opaque

    @property
    def user(self) -> str:
        """The user part with its escapes resolved."""
        return unescape(self.raw_user)

    def param(self, name: str) -> str | None:
        """Value of the parameter of this lower-case name: "" where it has none, None where it is absent."""
        return find_param(self.params, name)

    def matches(self, other: Uri) -> bool:
        """Whether both name the same resource. Source: RFC 3261 §19.1.4."""
        if self.scheme != other.scheme or self.opaque != other.opaque:
            return False
        if _comparable(self.raw_user) != _comparable(other.raw_user):
            return False
        if _comparable(self.password) != _comparable(other.password):
            return False
        if self.host.lower() != other.host.lower() or self.port != other.port:
            return False
        ours, theirs = _folded(self.params), _folded(other.params)
        if any(ours.get(name) != theirs.get(name) for name in _MUST_AGREE):
            return False
        if any(ours[name] != theirs[name] for name in ours.keys() & theirs.keys()):
            return False
        return _sorted_headers(self.headers) == _sorted_headers(other.headers)

    def __str__(self) -> str:
        if self.opaque:
            return f"{self.scheme}:{self.opaque}"
        password = f":{self.password}" if self.password else ""
        user = f"{self.raw_user}{password}@" if self.raw_user else ""
        port = "" if self.port is None else f":{self.port}"
        headers = "?" + "&".join([f"{name}={value}" for name, value in self.headers]) if self.headers else ""
        return f"{self.scheme}:{user}{bracketed(self.host)}{port}{join_params(self.params)}{headers}"

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8", "surrogateescape")


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _comparable(text: str) -> str:
    """The text with every escape resolved that may be: a reserved character differs from its escape."""
    return _ESCAPE.sub(_resolve_unreserved, text) if "%" in text else text


def _resolve_unreserved(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return match[0].upper() if char in _KEEP_ESCAPED or not char.isascii() else char


def _folded(params: Params) -> dict[str, str]:
    folded: dict[str, str] = {}
    for name, value in params:
        folded.setdefault(unescape(name).lower(), _comparable(value).lower())
    return folded


def _sorted_headers(headers: Params) -> list[tuple[str, str]]:
    return sorted((unescape(name).lower(), _comparable(value)) for name, value in headers)
