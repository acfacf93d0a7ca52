"""Name and address: the values of From, To, Contact, Route and their kin. Source: RFC 3261 §20.10, §25.1."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.grammar import (
    LWS,
    PARAMS,
    QUOTED,
    TOKEN_CHARS,
    Params,
    find_param,
    is_token,
    join_params,
    param_text,
    quote,
    remembered,
    split_list,
    split_params,
    unquote,
)
from sipflow.sip.uri import Uri

_NAME_ADDR: Final = re.compile(
    # Without <>, a URI ends at a semicolon, comma or question mark (RFC 3261 §20).
    rf'(?:({QUOTED}{LWS}|[{TOKEN_CHARS} \t]*+)<([^<>" \t]++)>|([^<>",;? \t]++))({PARAMS})\Z'
)


class NameAddr(NamedTuple):
    """A URI with a display name and header parameters."""

    uri: Uri
    display_name: str = ""
    """Without quotes and escapes."""
    params: Params = ()
    """Of the header field, not of the URI; a quoted value with its quotes."""

    @staticmethod
    def parse(text: str) -> NameAddr:
        """Raises SipParseError."""
        display, uri, params = _read(text)
        name = unquote(display.rstrip(" \t")) if display else ""
        return NameAddr(uri, name, split_params(params))

    @property
    def tag(self) -> str:
        """Empty where there is none."""
        return find_param(self.params, "tag") or ""

    def param(self, name: str) -> str | None:
        """Value of the parameter of this lower-case name: "" where it has none, None where it is absent."""
        return find_param(self.params, name)

    def __str__(self) -> str:
        name = quote(self.display_name) + " " if self.display_name else ""
        return f"{name}<{self.uri}>{join_params(self.params)}"

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8", "surrogateescape")


def _read(text: str) -> tuple[str | None, Uri, str]:
    """Display name as it stands, URI, and parameters as they stand. Raises SipParseError."""
    match = _NAME_ADDR.match(text)
    if match is None:
        raise SipParseError(Saying.of("not-an-address"), text)
    display, bracketed, bare, params = match.groups()
    return display, Uri.parse(bracketed or bare), params


def parse_tag(text: str) -> str:
    """The tag of a From or To, which is most often all that is asked of them; empty where there is none.

    Raises SipParseError where `NameAddr.parse` does.
    """
    # A new tag mostly ends a text that is known without it.
    start, _, tag = text.rpartition(";tag=")
    if start and is_token(tag):
        return _read_tag(start.rstrip(" \t")) or tag
    return _read_tag(text)


@remembered
def _read_tag(text: str) -> str:
    params = _read(text)[2]
    return param_text(params, "tag") if params else ""


def parse_addresses(text: str) -> tuple[NameAddr, ...]:
    """A comma-separated list of name and address. Raises SipParseError."""
    if "," not in text:
        return (NameAddr.parse(text),)
    return tuple([NameAddr.parse(element) for element in split_list(text)])
