"""Stage 1 of the wire layer: bytes to a start line and an index of raw header values; no value is read yet.

Everything else is read when asked for, and what repeats is remembered, because this is the hot path of a load run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr, parse_addresses
from sipflow.sip.grammar import remembered, split_list
from sipflow.sip.headers import (
    NAME_KEYS,
    CSeq,
    name_key,
    parse_call_id,
    parse_content_length,
    parse_max_forwards,
)
from sipflow.sip.uri import Uri
from sipflow.sip.via import Via

BROKEN_LINES: Final = ""
"""The index key of lines that are no header field: no colon, or no token before it."""

_FOLD: Final = re.compile(r"\r\n[ \t]++")
_LINE: Final = re.compile(r"\r\n(?![ \t])")
_STATUS_LINE: Final = re.compile(r"(SIP/[0-9]+\.[0-9]+) (?:([0-9]{3})(?: (.*))?\Z|.)", re.IGNORECASE | re.ASCII)
_VERSION: Final = re.compile(r"SIP/[0-9]+\.[0-9]+ *\Z", re.IGNORECASE | re.ASCII)


class Message:
    """What requests and responses share.

    Reading a typed value raises SipParseError where the value is missing or malformed; raw values never
    raise. Values are unfolded and stripped, in the order and spelling in which they came.
    """

    __slots__ = ("_body_start", "_index", "_via", "head", "is_terminated", "raw", "version")

    raw: bytes
    """The datagram, or the message cut from a stream, as it came."""
    head: str
    """Start line and header lines without the empty line; bytes that are no UTF-8 as surrogate escapes."""
    version: str
    """`SIP/2.0`, or what stands in its place."""
    is_terminated: bool
    """Whether an empty line ends the header lines."""
    _index: dict[str, list[str]]
    _body_start: int
    _via: Via | None

    def header(self, name: str) -> str | None:
        """The first value of the header of this name, in any spelling; None where it is absent."""
        values = self._index.get(NAME_KEYS.get(name) or name_key(name))
        return values[0] if values else None

    def header_values(self, name: str) -> list[str]:
        """The value of every header line of this name."""
        return list(self._index.get(NAME_KEYS.get(name) or name_key(name), ()))

    def list_values(self, name: str) -> list[str]:
        """The elements of a comma-separated header; a repeated header line goes on with the list.

        Source: RFC 3261 §7.3.1.
        """
        return [element for value in self.header_values(name) for element in split_list(value)]

    @property
    def header_lines(self) -> list[tuple[str, str]]:
        """Every header field in order: its name as spelled, and all that follows the colon, folding included."""
        lines = (line.partition(":") for line in _LINE.split(self.head)[1:])
        return [(name, value) for name, _, value in lines]

    @property
    def index(self) -> dict[str, list[str]]:
        """All values by `name_key`, and under BROKEN_LINES the lines that are no header field."""
        return self._index

    @property
    def via(self) -> Via:
        """The top Via."""
        via = self._via
        if via is None:
            via = self._via = Via.parse(split_list(self._only("via", "Via"))[0])
        return via

    @property
    def vias(self) -> list[Via]:
        """Every Via, top first."""
        top = self.via
        return [top, *map(Via.parse, self.list_values("Via")[1:])]

    @property
    def branch(self) -> str:
        """The branch of the top Via; empty where it has none."""
        return self.via.branch

    @property
    def from_(self) -> NameAddr:
        return NameAddr.parse(self._only("from", "From"))

    @property
    def to(self) -> NameAddr:
        return NameAddr.parse(self._only("to", "To"))

    @property
    def call_id(self) -> str:
        return parse_call_id(self._only("call-id", "Call-ID"))

    @property
    def cseq(self) -> int:
        """The sequence number."""
        return CSeq.parse(self._only("cseq", "CSeq")).number

    @property
    def cseq_method(self) -> str:
        return CSeq.parse(self._only("cseq", "CSeq")).method

    @property
    def max_forwards(self) -> int | None:
        """None where the header is absent."""
        values = self._index.get("max-forwards")
        return parse_max_forwards(values[0]) if values else None

    @property
    def content_length(self) -> int | None:
        """The size of the body in bytes; None where the header is absent."""
        values = self._index.get("content-length")
        if values is None:
            return None
        length = parse_content_length(values[0])
        if len(values) > 1 and any(parse_content_length(value) != length for value in values):
            raise SipParseError("several lengths that differ", ", ".join(values), header="Content-Length")
        return length

    @property
    def contacts(self) -> tuple[NameAddr, ...]:
        """Every Contact; none where it is `*`, which `header("Contact")` tells."""
        values = self._index.get("contact", ())
        if len(values) == 1 and values[0] != "*":
            return parse_addresses(values[0])
        return tuple([contact for value in values if value != "*" for contact in parse_addresses(value)])

    @property
    def record_route(self) -> list[str]:
        """The Record-Route values, as they must be copied."""
        return self.list_values("Record-Route")

    @property
    def route(self) -> list[str]:
        """The Route values, next hop first."""
        return self.list_values("Route")

    @property
    def body_size(self) -> int:
        """How many bytes follow the empty line, whatever Content-Length says."""
        return len(self.raw) - self._body_start

    @property
    def body(self) -> bytes:
        """What follows the empty line, cut to Content-Length; to the end where that is absent or no number.

        Source: RFC 3261 §18.3.
        """
        body = self.raw[self._body_start :]
        try:
            length = self.content_length
        except SipParseError:
            length = None
        return body if length is None else body[:length]

    def _only(self, key: str, name: str) -> str:
        values = self._index.get(key)
        if values is None:
            raise SipParseError("missing", "", header=name)
        return values[0]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.head.partition(chr(13))[0]!r}>"


class Request(Message):
    """A request as it came."""

    __slots__ = ("method", "uri")

    method: str
    uri: str
    """The Request-URI as it stands."""

    @property
    def request_uri(self) -> Uri:
        return Uri.parse(self.uri)


class Response(Message):
    """A response as it came."""

    __slots__ = ("reason", "status")

    status: int
    """100 to 999; 0 where the start line has no status code of three digits."""
    reason: str
    """May be empty."""


class _StartLine(NamedTuple):
    version: str
    method: str
    """Empty in a response."""
    uri: str
    status: int
    reason: str


def parse_message(data: bytes) -> Request | Response:
    """A message of whatever content; `sipflow.sip.faults` tells what is wrong with it.

    Raises SipParseError only where the start line can't be understood as SIP at all. Empty lines before it
    are skipped.
    """
    end = data.find(b"\r\n\r\n")
    start = 0
    if end <= 0:
        start = len(data) - len(data.lstrip(b"\r\n"))
        end = data.find(b"\r\n\r\n", start)
    is_terminated = end >= 0
    if not is_terminated:
        end = len(data) - 2 if data.endswith(b"\r\n") else len(data)
    head = data[start:end].decode("utf-8", "surrogateescape")
    lines = iter(head.split("\r\n"))
    first = next(lines)
    version, method, uri, status, reason = _parse_start_line(first)
    message: Request | Response
    if method:
        message = Request()
        message.method = method
        message.uri = uri
    else:
        message = Response()
        message.status = status
        message.reason = reason
    message.raw = data
    message.head = head
    message.version = version
    message.is_terminated = is_terminated
    index = _index_lines(lines, may_fold=True)
    if index is None:
        index = _index_lines(iter(_FOLD.sub(" ", head[len(first) + 2 :]).split("\r\n")), may_fold=False)
    message._index = index or {}
    message._body_start = min(end + 4, len(data))
    message._via = None
    return message


def _index_lines(lines: Iterator[str], may_fold: bool) -> dict[str, list[str]] | None:
    """The stripped values by `name_key`; None where a line is folded and has to be joined first."""
    index: dict[str, list[str]] = {}
    keys = NAME_KEYS
    for line in lines:
        name, colon, value = line.partition(":")
        key = keys.get(name)
        if key is None:
            if may_fold and line[:1] in (" ", "\t"):
                return None
            key = name_key(name)
        if not colon or not key:
            key, value = BROKEN_LINES, line
        if key in index:
            index[key].append(value.strip(" \t"))
        else:
            index[key] = [value.strip(" \t")]
    return index


@remembered
def _parse_start_line(line: str) -> _StartLine:
    status_line = _STATUS_LINE.match(line)
    if status_line is not None:
        version, status, reason = status_line.groups()
        return _StartLine(version, "", "", int(status or 0), reason or "")
    # Blanks at the end stay with the version, and blanks in excess with the URI: both are faults, not errors.
    end = len(line.rstrip(" "))
    version_start = line.rfind(" ", 0, end) + 1
    method, _, uri = line[: max(version_start - 1, 0)].partition(" ")
    version = line[version_start:]
    if not method or not uri or not _VERSION.match(version):
        raise SipParseError("not a SIP start line", line)
    return _StartLine(version, method, uri, 0, "")
