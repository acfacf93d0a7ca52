"""Name and address: the values of From, To, Contact, Route and their kin. Source: RFC 3261 §20.10, §25.1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sipflow.base.errors import SipParseError
from sipflow.sip.grammar import (
    LWS,
    MEMO_CHARS,
    MEMO_SIZE,
    PARAMS,
    QUOTED,
    TOKEN_CHARS,
    Params,
    find_param,
    join_params,
    quote,
    split_list,
    split_params,
    unquote,
)
from sipflow.sip.uri import Uri

_NAME_ADDR: Final = re.compile(
    # Without <>, a URI ends at a semicolon, comma or question mark (RFC 3261 §20).
    rf'(?:({QUOTED}{LWS}|[{TOKEN_CHARS} \t]*+)<([^<>" \t]++)>|([^<>",;? \t]++))({PARAMS})\Z'
)


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A URI with a display name and header parameters."""

    uri: Uri
    display_name: str = ""
    """Without quotes and escapes."""
    params: Params = ()
    """Of the header field, not of the URI; a quoted value with its quotes."""
    tag: str = ""
    """The `tag` parameter, a copy of the one among `params`; empty where there is none."""

    @staticmethod
    def parse(text: str) -> NameAddr:
        """Raises SipParseError."""
        return _remembered(text) if len(text) <= MEMO_CHARS else _parse(text)

    def param(self, name: str) -> str | None:
        """Value of the parameter of this lower-case name: "" where it has none, None where it is absent."""
        return find_param(self.params, name)

    def __str__(self) -> str:
        name = quote(self.display_name) + " " if self.display_name else ""
        return f"{name}<{self.uri}>{join_params(self.params)}"

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8", "surrogateescape")


def _parse(text: str) -> NameAddr:
    match = _NAME_ADDR.match(text)
    if match is None:
        raise SipParseError("not a name and address", text)
    display, bracketed, bare, params_text = match.groups()
    params = split_params(params_text)
    name = unquote(display.rstrip(" \t")) if display else ""
    return NameAddr(Uri.parse(bracketed or bare), name, params, find_param(params, "tag") or "")


_remembered = lru_cache(MEMO_SIZE)(_parse)


def parse_addresses(text: str) -> tuple[NameAddr, ...]:
    """A comma-separated list of name and address. Raises SipParseError."""
    return _remembered_list(text) if len(text) <= MEMO_CHARS else _parse_list(text)


def _parse_list(text: str) -> tuple[NameAddr, ...]:
    return tuple([NameAddr.parse(element) for element in split_list(text)])


_remembered_list = lru_cache(MEMO_SIZE)(_parse_list)
