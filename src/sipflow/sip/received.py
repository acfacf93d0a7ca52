"""Stage 1 of the wire layer: a start line and header lines, whatever stands in them; typed values when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.address import NameAddr
from sipflow.sip.fields import NAMELESS, Field, keyed_field, remembered_line
from sipflow.sip.grammar import split_list
from sipflow.sip.headers import CSeq, name_key
from sipflow.sip.start_line import read_start_line, remembered_start_line
from sipflow.sip.uri import Uri
from sipflow.sip.via import Via, parse_vias

if TYPE_CHECKING:
    from sipflow.sip.flow import Address
    from sipflow.sip.shapes import Shape

MEMO_HEAD_CHARS: Final = 4096
"""Longest head whose lines are remembered, so that their memory stays bounded."""
NONE_REPEATED: Final[list[Field]] = []
_FOLD: Final = re.compile(r"\r\n[ \t]++")
_LINE: Final = re.compile(r"\r\n(?![ \t])")


class Message:
    """What requests and responses share.

    Reading a typed value raises SipParseError where the value is missing or malformed; raw values never
    raise. Values are unfolded and stripped, in the order and spelling in which they came.
    """

    __slots__ = ("_fields", "body_start", "head", "is_terminated", "raw", "repeated", "version")

    raw: bytes
    """The datagram, or the message cut from a stream, as it came."""
    head: str
    """Start line and header lines without the empty line; bytes that are no UTF-8 as surrogate escapes."""
    version: str
    """`SIP/2.0`, or what stands in its place."""
    is_terminated: bool
    """Whether an empty line ends the header lines."""
    repeated: list[Field]
    """The second and any further line of one name, in order."""
    body_start: int
    """Where in `raw` the body begins."""
    _fields: dict[str, Field]
    shape: Shape | None = None
    """What the message shares with others, where that is known: then it has no fault."""

    @property
    def fields(self) -> dict[str, Field]:
        """The first header line of each name, by the key of the name."""
        return self._fields

    def header(self, name: str) -> str | None:
        """The first value of the header of this name, in any spelling; None where it is absent."""
        field = self.fields.get(name_key(name))
        return None if field is None else field.text

    def header_values(self, name: str) -> list[str]:
        """The value of every header line of this name."""
        return [field.text for field in self.fields_of(name_key(name))]

    def fields_of(self, key: str) -> list[Field]:
        """Every header line of the name with this key."""
        first = self.fields.get(key)
        if first is None:
            return []
        return [first, *[field for field in self.repeated if field.key == key]] if self.repeated else [first]

    def list_values(self, name: str) -> list[str]:
        """The elements of a comma-separated header; a repeated header line goes on with the list.

        Source: RFC 3261 §7.3.1.
        """
        field = self.fields.get(name_key(name))
        if field is None:
            return []
        if not self.repeated:
            return split_list(field.text)
        return [element for text in self.header_values(name) for element in split_list(text)]

    @property
    def header_lines(self) -> list[tuple[str, str]]:
        """Every header line in order: its name as spelled, and all that follows the colon, folding included."""
        lines = [line.partition(":") for line in _LINE.split(self.head)[1:]]
        return [(name, text) for name, _, text in lines]

    @property
    def via(self) -> Via:
        """The top Via."""
        field = self.fields.get("via")
        if field is None or (field.error and field.read()):
            raise self._unreadable("via", "Via")
        return parse_vias(field.text)[0]

    @property
    def hop(self) -> Via:
        """The top Via, with all that tells a hop from another; the branch may be missing."""
        field = self.fields.get("via")
        if field is None or (field.error and field.read()):
            raise self._unreadable("via", "Via")
        via: Via = field.value
        return via

    @property
    def vias(self) -> tuple[Via, ...]:
        """Every Via, top first."""
        self._all_typed("via", "Via")
        return tuple([via for field in self.fields_of("via") for via in parse_vias(field.text)])

    @property
    def has_one_via(self) -> bool:
        """Whether there is no Via beneath the top one."""
        field = self.fields.get("via")
        if field is None or (field.error and field.read()):
            raise self._unreadable("via", "Via")
        if self.repeated and any(other.key == "via" for other in self.repeated):
            return False
        return "," not in field.text or len(parse_vias(field.text)) == 1

    @property
    def branch(self) -> str:
        """The branch of the top Via; empty where it has none."""
        field = self.fields.get("via")
        if field is None or (field.error and field.read()):
            raise self._unreadable("via", "Via")
        return field.mark

    @property
    def transaction_key(self) -> tuple[str, str]:
        """By which a response finds its transaction: the branch of the top Via and the method of CSeq."""
        via, cseq = self.fields.get("via"), self.fields.get("cseq")
        if via is None or cseq is None or via.error or cseq.error:
            return (self.branch, self.cseq_method)
        return (via.mark, cseq.value.method)

    @property
    def via_values(self) -> list[str]:
        """Every Via value as it came, top first."""
        return self.list_values("Via")

    def stamped_via(self, source: Address) -> str:
        """The top Via value with what its receiver adds; see `Via.stamped`."""
        return str(self.via.stamped(source))

    @property
    def from_text(self) -> str:
        """The From value as it came; empty where it is absent."""
        return self.header("From") or ""

    @property
    def to_text(self) -> str:
        """The To value as it came; empty where it is absent."""
        return self.header("To") or ""

    @property
    def from_(self) -> NameAddr:
        field = self.fields.get("from")
        if field is None or (field.error and field.read()):
            raise self._unreadable("from", "From")
        return NameAddr.parse(field.text)

    @property
    def to(self) -> NameAddr:
        field = self.fields.get("to")
        if field is None or (field.error and field.read()):
            raise self._unreadable("to", "To")
        return NameAddr.parse(field.text)

    @property
    def from_tag(self) -> str:
        """Empty where there is none."""
        field = self.fields.get("from")
        if field is None or (field.error and field.read()):
            raise self._unreadable("from", "From")
        tag: str = field.value
        return tag

    @property
    def to_tag(self) -> str:
        """Empty where there is none."""
        field = self.fields.get("to")
        if field is None or (field.error and field.read()):
            raise self._unreadable("to", "To")
        tag: str = field.value
        return tag

    @property
    def call_id(self) -> str:
        field = self.fields.get("call-id")
        if field is None or (field.error and field.read()):
            raise self._unreadable("call-id", "Call-ID")
        call_id: str = field.value
        return call_id

    @property
    def cseq(self) -> int:
        """The sequence number."""
        field = self.fields.get("cseq")
        if field is None or (field.error and field.read()):
            raise self._unreadable("cseq", "CSeq")
        cseq: CSeq = field.value
        return cseq.number

    @property
    def cseq_method(self) -> str:
        field = self.fields.get("cseq")
        if field is None or (field.error and field.read()):
            raise self._unreadable("cseq", "CSeq")
        cseq: CSeq = field.value
        return cseq.method

    @property
    def max_forwards(self) -> int | None:
        """None where the header is absent."""
        field = self.fields.get("max-forwards")
        if field is None:
            return None
        if field.error and field.read():
            raise self._unreadable("max-forwards", "Max-Forwards")
        hops: int = field.value
        return hops

    @property
    def content_length(self) -> int | None:
        """The size of the body in bytes; None where the header is absent."""
        field = self.fields.get("content-length")
        if field is None:
            return None
        if field.error and field.read():
            raise self._unreadable("content-length", "Content-Length")
        length: int = field.value
        if self.repeated and any(other != length for other in self._all_typed("content-length", "Content-Length")):
            raise SipParseError(
                Saying.of("several-that-differ"), self.list_values("Content-Length")[1], header="Content-Length"
            )
        return length

    @property
    def contacts(self) -> tuple[NameAddr, ...]:
        """Every Contact; none where it is `*`, which `header("Contact")` tells."""
        return tuple([contact for contacts in self._all_typed("contact", "Contact") for contact in contacts])

    @property
    def target(self) -> str:
        """The URI of the first Contact, as a Request-URI; empty where there is none."""
        field = self.fields.get("contact")
        if field is None:
            return ""
        if field.error and field.read():
            raise self._unreadable("contact", "Contact")
        return field.mark

    @property
    def record_route(self) -> list[str]:
        """The Record-Route values, as they must be copied."""
        return self.list_values("Record-Route") if "record-route" in self.fields else []

    @property
    def route(self) -> list[str]:
        """The Route values, next hop first."""
        return self.list_values("Route")

    @property
    def has_body(self) -> bool:
        """Whether `body` is not empty."""
        if len(self.raw) <= self.body_start:
            return False
        length = self.fields.get("content-length")
        return length is None or bool(length.error and length.read()) or length.value != 0

    @property
    def body_size(self) -> int:
        """How many bytes follow the empty line, whatever Content-Length says."""
        return len(self.raw) - self.body_start

    @property
    def body(self) -> bytes:
        """What follows the empty line, cut to Content-Length; to the end where that is absent or no number.

        Source: RFC 3261 §18.3.
        """
        body = self.raw[self.body_start :]
        try:
            length = self.content_length
        except SipParseError:
            length = None
        return body if length is None else body[:length]

    def _unreadable(self, key: str, name: str) -> SipParseError:
        field = self.fields.get(key)
        what, text = (Saying.of("header-missing"), "") if field is None else (field.error, field.text)
        return SipParseError(what, text, header=name)

    def _all_typed(self, key: str, name: str) -> list[Any]:
        fields = self.fields_of(key)
        for field in fields:
            if field.error and field.read():
                raise SipParseError(field.error, field.text, header=name)
        return [field.value for field in fields]

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


def read_message(data: bytes) -> Request | Response:
    """A message of whatever content.

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
    first = head.partition("\r\n")[0]
    read_start = remembered_start_line if len(head) <= MEMO_HEAD_CHARS else read_start_line
    version, method, uri, status, reason = read_start(first)
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
    message.body_start = end + 4 if is_terminated else len(data)
    message._fields, message.repeated = read_fields(head)
    return message


def read_fields(head: str) -> tuple[dict[str, Field], list[Field]]:
    """The first line of each name by its key, and all others in order."""
    read_line = remembered_line if len(head) <= MEMO_HEAD_CHARS else keyed_field
    lines = head.split("\r\n")
    first = lines.pop(0)
    fields = dict(map(read_line, lines))
    if len(fields) == len(lines) and NAMELESS not in fields:
        return fields, NONE_REPEATED
    if NAMELESS in fields:  # a folded line is no header field by itself
        lines = _FOLD.sub(" ", head[len(first) :]).split("\r\n")[1:]
    return _index(map(read_line, lines))


def _index(pairs: Iterable[tuple[str, Field]]) -> tuple[dict[str, Field], list[Field]]:
    """The first line of each name by its key, and all others."""
    fields: dict[str, Field] = {}
    repeated = []
    for key, field in pairs:
        if key in fields:
            repeated.append(field)
        else:
            fields[key] = field
    return fields, repeated
