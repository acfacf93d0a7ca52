"""The pieces of grammar that header fields and URIs share. Source: RFC 3261 §25.1.

Every pattern costs linear time on any input: a run of characters is matched possessively, so that a match
that fails later never gives parts of it back, and what follows a run can't begin with one of its characters.
Values come unfolded, so the only white space in them is SP and HTAB.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying

T = TypeVar("T")
Params = tuple[tuple[str, str], ...]
"""Parameters in their order, name and value as they were spelled; an empty value where there is no `=`."""

MEMO_CHARS: Final = 512
"""Longest text whose parsed value is remembered: what repeats is short, and memory stays bounded."""
MEMO_SIZE: Final = 2048


def remembered(read: Callable[[str], T]) -> Callable[[str], T]:
    """The function with a bounded memory for short texts. Its results must be immutable; errors are not kept."""
    memo = lru_cache(MEMO_SIZE)(read)

    @wraps(read)
    def recall(text: str) -> T:
        return memo(text) if len(text) <= MEMO_CHARS else read(text)

    return recall


TOKEN_CHARS: Final = r"!%'*+\-.0-9A-Z_`a-z~"
TOKEN: Final = rf"[{TOKEN_CHARS}]++"
LWS: Final = r"[ \t]*+"
QUOTED: Final = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]++|\\[^\r\n])*"'
# Deviates from RFC 3261 §25.1: a name is checked for its characters alone, and may hold underscores, as many in
# the field do; so is an IPv6 address, since RFC 5118 §4.10 wants `:::` tolerated.
HOST: Final = r"(?:[0-9A-Za-z_][0-9A-Za-z_.\-]*+|\[(?=[^]:]*+:[^]:]*+:)[0-9A-Fa-f:.]++])"
"""A name, an IPv4 address, or an IPv6 address in brackets."""
PORT: Final = r"[0-9]{1,5}"
_VALUE: Final = rf"(?:[{TOKEN_CHARS}[\]:]++|{QUOTED})"
PARAMS: Final = rf"(?:{LWS};{LWS}{TOKEN}(?:{LWS}={LWS}{_VALUE})?)*"
"""Header parameters. A value is a token, a host or a quoted string."""

_PARAM: Final = re.compile(rf";{LWS}({TOKEN})(?:{LWS}={LWS}({_VALUE}))?")
_match_token: Final = re.compile(TOKEN).fullmatch
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE: Final = re.compile(r'["\\\x00-\x08\x0a-\x1f\x7f]')
_LIST_STOP: Final = re.compile(r'"(?:[^"\\]++|\\.)*\\?(?:"|\Z)|<[^>]*+>?|,', re.DOTALL)
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def is_token(text: str) -> bool:
    """Whether the text is a token: a method, a header name, a tag."""
    return _match_token(text) is not None


def split_params(text: str) -> Params:
    """The parameters of a text that has matched PARAMS."""
    return tuple(_PARAM.findall(text)) if text else ()


def find_param(params: Params, name: str) -> str | None:
    """Value of the first parameter of this lower-case name: "" where it has none, None where it is absent."""
    for key, value in params:
        if key == name or key.lower() == name:
            return value
    return None


def param_text(params: str, name: str) -> str:
    """Value of the first parameter of this lower-case name in a text that has matched PARAMS; "" where it is absent.

    Saves splitting where the parameter stands as it usually does.
    """
    if '"' not in params:
        before, found, rest = params.partition(f";{name}=")
        if found and name not in before.lower():
            return rest.partition(";")[0].strip(" \t")
    return find_param(split_params(params), name) or ""


def join_params(params: Params) -> str:
    """The parameters as they stand on the wire."""
    return "".join([f";{name}={value}" if value else f";{name}" for name, value in params])


def checked_port(text: str | None, header: str) -> int | None:
    """A port of 1 to 65535, or None where there is none. Raises SipParseError."""
    if text is None:
        return None
    port = int(text)
    if not 0 < port < 65536:
        raise SipParseError(Saying.of("not-a-port"), text, header=header)
    return port


def bracketed(host: str) -> str:
    """The host as it stands in a URI or a Via: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def quote(text: str) -> str:
    """The text as a quoted string."""
    return '"' + _TO_ESCAPE.sub(r"\\\g<0>", text) + '"'


def unquote(text: str) -> str:
    """The text of a quoted string; any other text as it is."""
    if len(text) < 2 or text[0] != '"':
        return text
    inner = text[1:-1]
    return _QUOTED_PAIR.sub(r"\1", inner) if "\\" in inner else inner


def unescape(text: str) -> str:
    """The text with its %HH escapes resolved; bytes that are no UTF-8 become surrogate escapes."""
    return _ESCAPES.sub(_decode_escapes, text) if "%" in text else text


def _decode_escapes(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "surrogateescape")


def split_list(value: str) -> list[str]:
    """The elements of a comma-separated list, stripped; commas in quotes and in <> separate nothing.

    An unclosed quote or bracket reaches to the end. Empty elements are kept, for the reader to refuse.
    """
    if "," not in value:
        return [value]
    elements = []
    start = 0
    for stop in _LIST_STOP.finditer(value):
        if stop[0] == ",":
            elements.append(value[start : stop.start()].strip(" \t"))
            start = stop.end()
    elements.append(value[start:].strip(" \t"))
    return elements
