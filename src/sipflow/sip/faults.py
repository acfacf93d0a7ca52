"""Stage 3 of the wire layer: what is wrong with a message, and the response code that it deserves.

Every header has one grammar, that of its typed value: a check here reads the value and keeps the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr, parse_addresses
from sipflow.sip.grammar import is_token
from sipflow.sip.headers import CSeq, check_date, parse_call_id, parse_max_forwards
from sipflow.sip.message import BROKEN_LINES, Message, Request, Response


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason to refuse a request, or to discard a response."""

    status: int
    """The response code that a request with this fault deserves."""
    reason: str
    """The reason phrase of that response; holds nothing that the peer wrote."""
    header: str = ""
    """The header at fault; empty where it is the start line or the body."""


def faults(message: Message) -> tuple[Fault, ...]:
    """All that is wrong with the message, empty where nothing is. The first one decides the answer.

    A missing Max-Forwards or From tag is no fault, since RFC 2543 knew neither; an overlarge Expires is none.
    A response with any fault is to be discarded. Source: RFC 3261 §8.2, RFC 4475 §3.
    """
    found: list[Fault] = []
    if isinstance(message, Request):
        _check_request_line(message, found)
    elif isinstance(message, Response):
        _check_status_line(message, found)
    if not message.is_terminated:
        found.append(_bad("header lines without end"))
    index = message.index
    if not index.keys() >= _MANDATORY.keys():
        found += [_bad(f"{name} missing", name) for key, name in _MANDATORY.items() if key not in index]
    for key, values in index.items():
        if len(values) > 1 and key in _SINGLE:
            found.append(_bad(f"several {_SINGLE[key]}", _SINGLE[key]))
        check = _CHECKS.get(key)
        if check is not None:
            try:
                check[1](message, values)
            except SipParseError as error:
                found.append(_bad(f"{check[0]}: {error.what}" if check[0] else error.what, check[0]))
    return tuple(found)


def _bad(what: str, header: str = "") -> Fault:
    return Fault(400, f"Bad Request ({what})", header)


def _check_request_line(request: Request, found: list[Fault]) -> None:
    if request.version != "SIP/2.0":
        version = request.version.rstrip(" ")
        if version.upper() != "SIP/2.0":
            found.append(Fault(505, "Version Not Supported"))
        elif version != request.version:
            found.append(_bad("blanks after the version"))
    try:
        uri = request.request_uri
    except SipParseError:
        found.append(_bad("Request-URI"))
    else:
        if not uri.is_sip:
            found.append(Fault(416, "Unsupported URI Scheme"))
        elif uri.headers:
            found.append(_bad("Request-URI with headers"))
    if not is_token(request.method):
        found.append(_bad("method"))


def _check_status_line(response: Response, found: list[Fault]) -> None:
    if response.version.upper() != "SIP/2.0":
        found.append(Fault(505, "Version Not Supported"))
    if not 100 <= response.status <= 699:
        found.append(_bad("status code"))


def _check_vias(message: Message, values: list[str]) -> None:
    message.via  # noqa: B018  (read for its error, and kept by the message)
    if len(values) > 1 or "," in values[0]:
        message.vias  # noqa: B018


def _check_cseq(message: Message, values: list[str]) -> None:
    cseq = CSeq.parse(values[0])
    if isinstance(message, Request) and cseq.method != message.method:
        raise SipParseError("method differs", values[0], header="CSeq")


def _check_contacts(message: Message, values: list[str]) -> None:
    if "*" in values and not (len(values) == 1 and message.cseq_method == "REGISTER"):
        raise SipParseError("* stands alone in a REGISTER", values[0], header="Contact")
    message.contacts  # noqa: B018


def _check_content_length(message: Message, _values: list[str]) -> None:
    length = message.content_length
    if length is not None and length > message.body_size:
        raise SipParseError("the body is shorter", str(length), header="Content-Length")


def _each(read: Callable[[str], object]) -> Callable[[Message, list[str]], None]:
    def check(_message: Message, values: list[str]) -> None:
        for value in values:
            read(value)

    return check


def _refuse_broken_lines(_message: Message, values: list[str]) -> None:
    raise SipParseError("a line that is no header field", values[0])


_MANDATORY: Final = {"via": "Via", "from": "From", "to": "To", "call-id": "Call-ID", "cseq": "CSeq"}
_SINGLE: Final = {
    name.lower(): name
    for name in (
        *("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Date", "Expires", "Min-Expires"),
        *("Event", "Subscription-State", "Refer-To", "Referred-By", "Replaces", "RSeq", "RAck"),
        *("Session-Expires", "Min-SE"),
    )
}
_CHECKS: Final[dict[str, tuple[str, Callable[[Message, list[str]], None]]]] = {
    BROKEN_LINES: ("", _refuse_broken_lines),
    "via": ("Via", _check_vias),
    "from": ("From", _each(NameAddr.parse)),
    "to": ("To", _each(NameAddr.parse)),
    "call-id": ("Call-ID", _each(parse_call_id)),
    "cseq": ("CSeq", _check_cseq),
    "max-forwards": ("Max-Forwards", _each(parse_max_forwards)),
    "content-length": ("Content-Length", _check_content_length),
    "contact": ("Contact", _check_contacts),
    "route": ("Route", _each(parse_addresses)),
    "record-route": ("Record-Route", _each(parse_addresses)),
    "date": ("Date", _each(check_date)),
}
