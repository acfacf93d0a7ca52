"""Stage 3 of the wire layer: what is wrong with a message, and the response code that it deserves.

Every header has one grammar, that of its typed value: a check here reads the value and keeps the error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr, parse_addresses
from sipflow.sip.grammar import MEMO_CHARS, MEMO_SIZE, is_token
from sipflow.sip.headers import check_date, parse_call_id, parse_max_forwards
from sipflow.sip.message import BROKEN_LINES, Message, Request, Response
from sipflow.sip.uri import Uri


class Fault(NamedTuple):
    """One reason to refuse a request, or to discard a response."""

    status: int
    """The response code that a request with this fault deserves."""
    reason: str
    """The reason phrase of that response; holds nothing that the peer wrote."""
    header: str = ""
    """The header at fault; empty where it is the start line, a line without a name, or the framing."""


def faults(message: Message) -> tuple[Fault, ...]:
    """All that is wrong with the message, empty where nothing is. The first one decides the answer.

    A missing Max-Forwards or From tag is no fault, since RFC 2543 knew neither; an overlarge Expires is none.
    A response with any fault is to be discarded. Source: RFC 3261 §8.2, RFC 4475 §3.
    """
    found: list[Fault] = []
    if isinstance(message, Request):
        judge = _request_line_faults if len(message.uri) <= MEMO_CHARS else _request_line_faults.__wrapped__
        found += judge(message.version, message.method, message.uri)
    elif isinstance(message, Response):
        found += _status_line_faults(message)
    if not message.is_terminated:
        found.append(_bad("header lines without end"))
    index = message.index
    if not index.keys() >= _MANDATORY.keys():
        found += [_bad(f"{name} missing", name) for key, name in _MANDATORY.items() if key not in index]
    for key, values in index.items():
        if len(values) > 1 and key in _SINGLE:
            found.append(_bad(f"several {_SINGLE[key]}", _SINGLE[key]))
        try:
            if key in _VALUE_READERS:
                read_value = _VALUE_READERS[key]
                for value in values:
                    read_value(value)
            elif key in _READERS:
                _READERS[key](message)
        except SipParseError as error:
            name = _CHECKED[key]
            found.append(_bad(f"{name}: {error.what}" if name else error.what, name))
    return tuple(found)


def _bad(what: str, header: str = "") -> Fault:
    return Fault(400, f"Bad Request ({what})", header)


@lru_cache(MEMO_SIZE)
def _request_line_faults(version: str, method: str, uri_text: str) -> tuple[Fault, ...]:
    found: list[Fault] = []
    if version.rstrip(" ").upper() != "SIP/2.0":
        found.append(Fault(505, "Version Not Supported"))
    elif version[-1] == " ":
        found.append(_bad("blanks after the version"))
    try:
        uri = Uri.parse(uri_text)
    except SipParseError:
        found.append(_bad("Request-URI"))
    else:
        if not uri.is_sip:
            found.append(Fault(416, "Unsupported URI Scheme"))
        elif uri.headers:
            found.append(_bad("Request-URI with headers"))
    if not is_token(method):
        found.append(_bad("method"))
    return tuple(found)


def _status_line_faults(response: Response) -> list[Fault]:
    found: list[Fault] = []
    if response.version.upper() != "SIP/2.0":
        found.append(Fault(505, "Version Not Supported"))
    if not 100 <= response.status <= 699:
        found.append(_bad("status code"))
    return found


def _read_cseq(message: Message) -> None:
    method = message.cseq_method
    if isinstance(message, Request) and method != message.method:
        raise SipParseError("method differs", method, header="CSeq")


def _read_contacts(message: Message) -> None:
    contacts = message.contacts
    if not contacts and message.cseq_method != "REGISTER":
        raise SipParseError("* outside of REGISTER", "*", header="Contact")
    if contacts and "*" in message.index["contact"]:
        raise SipParseError("* beside other contacts", "*", header="Contact")


def _read_content_length(message: Message) -> None:
    length = message.content_length
    if length is not None and length > message.body_size:
        raise SipParseError("the body is shorter", str(length), header="Content-Length")


def _refuse(_line: str) -> None:
    raise SipParseError("a line that is no header field", _line)


_MANDATORY: Final = {"via": "Via", "from": "From", "to": "To", "call-id": "Call-ID", "cseq": "CSeq"}
_SINGLE: Final = {
    name.lower(): name
    for name in (
        *("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Date", "Expires", "Min-Expires"),
        *("Event", "Subscription-State", "Refer-To", "Referred-By", "Replaces", "RSeq", "RAck"),
        *("Session-Expires", "Min-SE"),
    )
}
_VALUE_READERS: Final[dict[str, Callable[[str], object]]] = {
    "from": NameAddr.parse,
    "to": NameAddr.parse,
    "call-id": parse_call_id,
    "max-forwards": parse_max_forwards,
    "route": parse_addresses,
    "record-route": parse_addresses,
    "date": check_date,
    BROKEN_LINES: _refuse,
}
_READERS: Final[dict[str, Callable[[Message], object]]] = {
    "via": lambda message: message.vias,
    "cseq": _read_cseq,
    "contact": _read_contacts,
    "content-length": _read_content_length,
}
_CHECKED: Final = {
    BROKEN_LINES: "",
    "via": "Via",
    "contact": "Contact",
    "content-length": "Content-Length",
    "route": "Route",
    "record-route": "Record-Route",
} | _SINGLE
