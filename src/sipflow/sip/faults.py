"""Stage 3 of the wire layer: what is wrong with a message, and the response code that it deserves.

Every header has one grammar, that of its typed value: what is told here is what reading the value met.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Told
from sipflow.sip.fields import Field
from sipflow.sip.grammar import MEMO_CHARS, MEMO_SIZE, is_token
from sipflow.sip.received import Message, Request, Response
from sipflow.sip.uri import Uri
from sipflow.sip.via import COOKIE


class Fault(NamedTuple):
    """One reason to refuse a request, or to discard a response."""

    status: int
    """The response code that a request with this fault deserves."""
    reason: str
    """The reason phrase of that response; holds nothing that the peer wrote."""
    header: str = ""
    """The header at fault; empty where it is the start line, a line without a name, or the body's size."""


def faults(message: Message, on_stream: bool = False) -> tuple[Fault, ...]:
    """All that is wrong with the message, empty where nothing is. The first one decides the answer.

    On a stream, Content-Length must be there (RFC 3261 §18.3).
    A missing Max-Forwards or From tag is no fault, since RFC 2543 knew neither; an overlarge Expires is none.
    A response with any fault is to be discarded; its From and Call-ID must be there, but what they say is not read:
    it is known by its branch, and they are our own. Source: RFC 3261 §8.2, RFC 4475 §3.
    """
    if message.shape is not None:
        return ()
    found: list[Fault] = []
    fields = message.fields
    method = ""
    if isinstance(message, Request):
        method = message.method
        judge = _request_line_faults if len(message.uri) <= MEMO_CHARS else _request_line_faults.__wrapped__
        found += judge(message.version, method, message.uri)
    elif isinstance(message, Response) and (not 100 <= message.status <= 699 or message.version != "SIP/2.0"):
        found += _status_line_faults(message)
    if not message.is_terminated:
        found.append(_bad("header lines without end"))
    if not ("via" in fields and "from" in fields and "to" in fields and "call-id" in fields and "cseq" in fields):
        found += [_bad(f"{name} missing", name) for key, name in _MANDATORY.items() if key not in fields]
    if message.repeated:
        _repeated_faults(message, found)
    for key, field in fields.items():
        if field.error and (method or key not in _OURS) and field.read():
            found.append(_field_fault(field))
    cseq = fields.get("cseq")
    if method and cseq is not None and cseq.value and cseq.value.method != method:
        found.append(_bad("CSeq method differs", "CSeq"))
    contact = fields.get("contact")
    if contact is None:
        # RFC 3261 §8.1.1.8 asks for it; a peer of RFC 2543, known by its branch, did not.
        if method == "INVITE" and "via" in fields and fields["via"].mark.startswith(COOKIE):
            found.append(_bad("Contact missing", "Contact"))
    elif contact.text == "*" and method != "REGISTER":
        found.append(_bad(_MISPLACED_STAR, "Contact"))
    length = fields.get("content-length")
    if length is None:
        if on_stream:
            found.append(_bad("Content-Length missing", "Content-Length"))
    elif length.value is not None and length.value > message.body_size:
        found.append(_bad("body shorter than Content-Length", "Content-Length"))
    return tuple(found)


def is_answer(response: Response, found: tuple[Fault, ...]) -> bool:
    """Whether a response with these faults has to be taken all the same: a 2xx at fault in its Contact alone.

    Unless it gets its ACK, it comes again for 32 s, and the peer has a call that nobody ends.
    """
    return 200 <= response.status < 300 and all(fault.header == "Contact" for fault in found)


def _repeated_faults(message: Message, found: list[Fault]) -> None:
    keys = dict.fromkeys([field.key for field in message.repeated])
    found += [_bad(f"several {_SINGLE[key]}", _SINGLE[key]) for key in keys if key in _SINGLE]
    found += [_field_fault(field) for field in message.repeated if field.read()]
    if "contact" in keys and any(field.text == "*" for field in message.fields_of("contact")):
        found.append(_bad(_MISPLACED_STAR, "Contact"))
    if (
        "content-length" in keys
        and len({field.read() or field.value for field in message.fields_of("content-length")}) > 1
    ):
        found.append(_bad("several Content-Length that differ", "Content-Length"))


def _field_fault(field: Field) -> Fault:
    return _bad(f"{field.name}: {field.error}" if field.name else field.error, field.name)


def _bad(what: Told, header: str = "") -> Fault:
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


_MANDATORY: Final = {"via": "Via", "from": "From", "to": "To", "call-id": "Call-ID", "cseq": "CSeq"}
_OURS: Final = ("from", "call-id")
"""What a response brings back as we wrote it: nobody reads it."""
_MISPLACED_STAR: Final = "Contact * where it has no place"
_SINGLE: Final = {
    name.lower(): name
    for name in (
        *("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Date", "Expires", "Min-Expires"),
        *("Event", "Subscription-State", "Refer-To", "Referred-By", "Replaces", "RSeq", "RAck"),
        *("Session-Expires", "Min-SE"),
    )
}
