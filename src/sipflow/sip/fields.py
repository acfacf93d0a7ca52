"""One header line of a received message: its key, its text, and its typed value or what is wrong with it.

Read where the shape of a message is not known yet (`sipflow.sip.message`). Lines repeat: most of a message's ten or so
are the same as in the one before it, and a dialog's From, To and Call-ID come back with every message. So a line that
is not overlong is read once and then remembered, fault and all, and a line that differs from a known one in its tag or
branch alone is not read again. Its typed value is read when it is first asked for. Measured with `timeit` on Python
3.11: a line remembered costs 0.1 µs; a new Via or From of which only branch or tag are new, 0.6.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying, Told
from sipflow.sip.address import NameAddr, parse_addresses, parse_tag
from sipflow.sip.grammar import MEMO_CHARS, MEMO_SIZE, is_token, param_text
from sipflow.sip.headers import (
    CSeq,
    name_key,
    parse_call_id,
    parse_content_length,
    parse_date,
    parse_max_forwards,
)
from sipflow.sip.via import Via, parse_vias

NAMELESS: Final = ""
"""Key of a line that is no header field: no colon, or no token before it."""
UNREAD: Final = "not read yet"
"""Stands for the error of a value that nobody has asked for."""


def _contacts(text: str) -> tuple[NameAddr, ...]:
    return () if text == "*" else parse_addresses(text)


def _top_via(text: str) -> Via:
    return parse_vias(text)[0]


def _branch(via: Via) -> str:
    return param_text(via.params_text, "branch")


def _target(contacts: tuple[NameAddr, ...]) -> str:
    if not contacts:
        return ""
    uri = contacts[0].uri  # RFC 3261 §19.1.1, table 1: no header fields in a Request-URI
    return str(uri._replace(headers=()) if uri.headers else uri)


class _Type(NamedTuple):
    name: str
    """The usual spelling of the header's name."""
    read: Callable[[str], Any]
    mark: Callable[[Any], str] | None = None


_TYPES: Final[dict[str, _Type]] = {
    "via": _Type("Via", _top_via, _branch),
    "from": _Type("From", parse_tag),
    "to": _Type("To", parse_tag),
    "call-id": _Type("Call-ID", parse_call_id),
    "cseq": _Type("CSeq", CSeq.parse),
    "contact": _Type("Contact", _contacts, _target),
    "max-forwards": _Type("Max-Forwards", parse_max_forwards),
    "content-length": _Type("Content-Length", parse_content_length),
    "route": _Type("Route", parse_addresses),
    "record-route": _Type("Record-Route", parse_addresses),
    "date": _Type("Date", parse_date),
}


class Field:
    """A header line, unfolded. Shared by all messages that hold the same line; what it says never changes."""

    __slots__ = ("error", "key", "mark", "text", "value")

    def __init__(self, key: str, text: str, error: Told, value: Any = None, mark: str = "") -> None:
        self.key = key
        """As `name_key` gives it; NAMELESS where the line is no header field."""
        self.text = text
        """The value as it came, stripped; the whole line where that is no header field."""
        self.error = error
        """What is wrong with the value, in words that hold nothing of it; empty where nothing is; UNREAD at first."""
        self.value = value
        """The typed value, of the headers that identify a message, route it or frame it.

        Of a From or To only the tag, of a Via only the top one, where the branch at its end may be missing.
        """
        self.mark = mark
        """What is asked for most: the branch of the top Via, the URI of the first Contact."""

    def read(self) -> Told:
        """Read the typed value, once, and return what is wrong with it; need not be called where `error` is empty."""
        if self.error is UNREAD:
            _, read, mark = _TYPES[self.key]
            try:
                value = self.value = read(self.text)
            except SipParseError as error:
                self.error = error.what
            else:
                if mark is not None:
                    self.mark = mark(value)
                self.error = ""
        return self.error

    @property
    def name(self) -> str:
        """The usual spelling of the name, where the value has a type; else empty."""
        return _TYPES[self.key].name if self.key in _TYPES else ""


def keyed_field(line: str) -> tuple[str, Field]:
    """The field of a header line, with its key."""
    start, _, end = line.rpartition("=")
    known = _known_starts.get(start)
    if known is not None and is_token(end):
        key, text, via = known
        text += end
        return key, Field(key, text, "", end) if via is None else Field(key, text, "", via, end)
    name, colon, text = line.partition(":")
    key = name_key(name) if colon else NAMELESS
    if not key:
        return NAMELESS, Field(NAMELESS, line.strip(" \t"), Saying.of("not-a-header-line"))
    if start:
        _learn(start, key)
    return key, Field(key, text.strip(" \t"), UNREAD if key in _TYPES else "")


remembered_line: Final = lru_cache(MEMO_SIZE)(keyed_field)
"""For the lines of a head that is not overlong."""

_known_starts: Final[dict[str, tuple[str, str, Via | None]]] = {}
"""Lines up to the `=` of a tag or branch at their end, which is good whatever token follows.

To each belong the key, the text so far, and of a Via what is read of it.
"""


def _learn(start: str, key: str) -> None:
    """Remember the start of a line whose value is good without its last parameter, a tag or branch, and has no other.

    A new call's Via, From and To mostly differ in these from those of the call before.
    """
    parameter = _GROWING.get(key)
    if parameter is None or not start.endswith(parameter) or len(start) > MEMO_CHARS:
        return
    text = start.partition(":")[2].strip(" \t")
    base = Field(key, text.removesuffix(parameter), UNREAD)
    if base.read() or ("," in text or "branch" in base.text.lower() if key == "via" else base.value):
        return
    if len(_known_starts) >= MEMO_SIZE:
        _known_starts.clear()
    _known_starts[start] = key, f"{text}=", base.value if key == "via" else None


_GROWING: Final = {"via": ";branch", "from": ";tag", "to": ";tag"}
