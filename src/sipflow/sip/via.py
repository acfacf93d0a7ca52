"""One Via value: a hop that a request has taken. Source: RFC 3261 §20.42, RFC 3581."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.flow import Address
from sipflow.sip.grammar import (
    HOST,
    LWS,
    PARAMS,
    PORT,
    TOKEN,
    Params,
    bracketed,
    checked_port,
    find_param,
    is_token,
    join_params,
    param_text,
    remembered,
    split_list,
    split_params,
)

COOKIE: Final = "z9hG4bK"
"""What the branch of a peer of RFC 3261 begins with (§8.1.1.7)."""

_VIA: Final = re.compile(
    rf"(SIP/2\.0|{TOKEN}{LWS}/{LWS}{TOKEN}){LWS}/{LWS}({TOKEN})[ \t]++({HOST})(?:{LWS}:{LWS}({PORT}))?({PARAMS})\Z"
)
_BLANKS: Final = re.compile(r"[ \t]++")


class Via(NamedTuple):
    """Transport and address of one hop, with its parameters."""

    transport: str
    """As spelled, usually in upper case."""
    host: str
    """A name or an address, an IPv6 address without its brackets."""
    port: int | None = None
    params_text: str = ""
    """The parameters as they stand on the wire, each with its semicolon."""
    protocol: str = "SIP/2.0"

    @staticmethod
    def parse(text: str) -> Via:
        """One value, not a list. Raises SipParseError."""
        # A new branch mostly ends a text that is known without it.
        start, parameter, branch = text.rpartition(";branch=")
        if start and is_token(branch):
            transport, host, port, params, protocol = _read(start.rstrip(" \t"))
            return tuple.__new__(Via, (transport, host, port, params + parameter + branch, protocol))
        return _read(text)

    @property
    def params(self) -> Params:
        """The parameters in their order."""
        return split_params(self.params_text)

    @property
    def branch(self) -> str:
        """Empty where there is none."""
        return param_text(self.params_text, "branch")

    @property
    def received(self) -> str:
        """The address that the next hop saw, without brackets; empty where there is none."""
        # RFC 5118 §4.5: an IPv6 address stands with or without brackets.
        return (find_param(self.params, "received") or "").strip("[]")

    @property
    def wants_rport(self) -> bool:
        """Whether there is an `rport`, with or without a value. Source: RFC 3581 §3."""
        return "rport" in self.params_text.lower() and find_param(self.params, "rport") is not None

    @property
    def rport(self) -> int | None:
        """The port that the next hop saw; None where it is absent, without a value, or no port."""
        text = find_param(self.params, "rport") or ""
        return int(text) if re.fullmatch(PORT, text) and 0 < int(text) < 65536 else None

    def param(self, name: str) -> str | None:
        """Value of the parameter of this lower-case name: "" where it has none, None where it is absent."""
        return find_param(self.params, name)

    def stamped(self, source: Address) -> Via:
        """The Via with what its receiver adds: `received` where the host differs from the source or `rport` is
        asked for, and the value of `rport`; values that the sender wrote there itself are replaced.

        Source: RFC 3261 §18.2.1, RFC 3581 §4.
        """
        listed = self.params
        params = [
            (name, str(source.port)) if name.lower() == "rport" else (name, value)
            for name, value in listed
            if name.lower() != "received"
        ]
        if find_param(listed, "rport") is not None or self.host.lower() != source.host.lower():
            params.append(("received", source.host))
        return self._replace(params_text=join_params(tuple(params)))

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.protocol}/{self.transport} {bracketed(self.host)}{port}{self.params_text}"

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8", "surrogateescape")


@remembered
def _read(text: str) -> Via:
    match = _VIA.match(text)
    if match is None:
        raise SipParseError(Saying.of("not-a-via"), text, header="Via")
    protocol, transport, host, port, params = match.groups()
    return Via(
        transport,
        host[1:-1] if host[0] == "[" else host,
        checked_port(port, "Via") if port is not None else None,
        params,
        protocol if protocol == "SIP/2.0" else _BLANKS.sub("", protocol),
    )


def parse_vias(text: str) -> tuple[Via, ...]:
    """A comma-separated list. Raises SipParseError."""
    return tuple([Via.parse(element) for element in split_list(text)]) if "," in text else (Via.parse(text),)
