"""Messages that we write: long canonical header names, no copy of what the peer got wrong.

Requests keep their parts, so that the ACK to a failure and the CANCEL can be made from them; the bytes are
made once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.sip.headers import name_key
from sipflow.sip.message import Request

if TYPE_CHECKING:
    from sipflow.sip.dialog import Dialog

Headers = tuple[tuple[str, str], ...]
"""Header fields, name and value, in the order in which they are written."""

MAX_FORWARDS = 70  # RFC 3261 §8.1.1.6

REASONS = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    199: "Early Dialog Terminated",
    200: "OK",
    202: "Accepted",
    204: "No Notification",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    412: "Conditional Request Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    417: "Unknown Resource-Priority",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    424: "Bad Location Information",
    428: "Use Identity Header",
    429: "Provide Referrer Identity",
    433: "Anonymity Disallowed",
    436: "Bad Identity Info",
    437: "Unsupported Credential",
    438: "Invalid Identity Header",
    439: "First Hop Lacks Outbound Support",
    440: "Max-Breadth Exceeded",
    469: "Bad Info Package",
    470: "Consent Needed",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    494: "Security Agreement Required",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    555: "Push Notification Service Not Supported",
    580: "Precondition Failure",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
    607: "Unwanted",
    608: "Rejected",
}
"""Default reason phrases, as registered by IANA in "SIP Parameters", Response Codes."""


def reason_phrase(status: int) -> str:
    """The registered phrase, or that of the class (RFC 3261 §21 on x00)."""
    return REASONS.get(status) or REASONS.get(status // 100 * 100, "Unknown")


def checked_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """The header fields as a tuple; refuses those that would break out of their line or our framing.

    Raises LocalProtocolError.
    """
    checked = tuple((name.strip(), value.strip()) for name, value in headers)
    for name, value in checked:
        if not name or not name.isascii() or not name.replace("-", "").replace(".", "").replace("_", "").isalnum():
            raise LocalProtocolError(Saying.of("header-name", name=name))
        _check_line(value, name)
        if name_key(name) in WRITTEN_BY_THE_STACK:
            raise LocalProtocolError(Saying.of("header-of-ours", name=name))
    return checked


def checked_reason(reason: str) -> str:
    """The reason phrase; refuses one that would break out of its line. Raises LocalProtocolError."""
    _check_line(reason)
    return reason


def _check_line(text: str, header: str = "") -> None:
    """Refuse what would break out of its line; without a header field it is a reason phrase."""
    if any(c in text for c in "\r\n\0"):
        raise LocalProtocolError(Saying.of("with-line-break", what=_place(header), text=text[:60]))
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise LocalProtocolError(Saying.of("not-utf8", what=_place(header), text=text[:60])) from None


def _place(header: str) -> Saying:
    return Saying.of("value-of-header", header=header) if header else Saying.of("reason-phrase")


WRITTEN_BY_THE_STACK = frozenset(
    ["via", "from", "to", "call-id", "cseq", "max-forwards", "content-length", "record-route"]
)
"""What identifies a transaction or dialog; bending these on purpose takes a raw message."""


@dataclass(slots=True)
class OutgoingRequest:
    """A request of ours, in parts."""

    method: str
    uri: str
    """The Request-URI."""
    branch: str
    """Of our Via; with `method` the key of the client transaction."""
    via: str
    """Our Via, whole."""
    from_: str
    """The From value with its tag."""
    to: str
    """The To value, with the peer's tag in a dialog."""
    call_id: str
    cseq: int
    routes: tuple[str, ...] = ()
    """Route values, next hop first."""
    headers: Headers = ()
    """Everything else, in order."""
    body: bytes = b""
    """With a Content-Type among `headers` when not empty."""
    dialog: Dialog | None = None
    """Within which it is sent."""
    tries: int = 0
    """How often it was sent before, and refused."""
    redirected: bool = False
    """Whether a 3xx has named its target."""

    def __bytes__(self) -> bytes:
        extra = _written(self.headers) if self.headers else ""
        route = "".join([f"Route: {value}\r\n" for value in self.routes]) if self.routes else ""
        return (
            f"{self.method} {self.uri} SIP/2.0\r\nVia: {self.via}\r\n{route}Max-Forwards: {MAX_FORWARDS}\r\n"
            f"From: {self.from_}\r\nTo: {self.to}\r\nCall-ID: {self.call_id}\r\nCSeq: {self.cseq} {self.method}\r\n"
            f"{extra}Content-Length: {len(self.body)}\r\n\r\n"
        ).encode("utf-8", "surrogateescape") + self.body

    @property
    def next_hop(self) -> str:
        """The URI, bare or in angle brackets, to which it is sent."""
        return self.routes[0] if self.routes else self.uri

    def again(self, branch: str, via: str) -> OutgoingRequest:
        """The request as another one of the same Call-ID and From, with the next CSeq of its dialog.

        Source: RFC 3261 §8.1.3.5, §22.2.
        """
        cseq = self.cseq + 1 if self.dialog is None else self.dialog.next_cseq()
        return replace(self, branch=branch, via=via, cseq=cseq, tries=self.tries + 1)

    def with_headers(self, *headers: tuple[str, str]) -> OutgoingRequest:
        """The request with these header fields, in place of those of their names."""
        given = {name_key(name) for name, _ in headers}
        kept = tuple([field for field in self.headers if name_key(field[0]) not in given])
        return replace(self, headers=(*kept, *headers))

    def ack_to_failure(self, to: str) -> bytes:
        """The ACK to a final response of 300 to 699: it belongs to the INVITE's own transaction.

        `to` is the response's To. Source: RFC 3261 §17.1.1.3.
        """
        return bytes(self._same_hop("ACK", to))

    def cancel(self) -> OutgoingRequest:
        """The CANCEL of this request. Source: RFC 3261 §9.1."""
        return self._same_hop("CANCEL", self.to)

    def _same_hop(self, method: str, to: str) -> OutgoingRequest:
        return OutgoingRequest(
            method, self.uri, self.branch, self.via, self.from_, to, self.call_id, self.cseq, self.routes
        )


def response_head(request: Request, via: list[str], to_tag: str) -> str:
    """The header lines that all responses to a request share, with the To tag added where it has none.

    `via` are the request's Via values, the top one with `received` and `rport` filled in. Nothing here raises,
    whatever the request looks like: what it lacks is left out. Source: RFC 3261 §8.2.6.2.
    """
    head = f"Via: {via[0]}\r\n" if len(via) == 1 else "".join([f"Via: {value}\r\n" for value in via])
    if request.shape is not None:  # it is whole
        tag = f";tag={to_tag}" if to_tag and not request.to_tag else ""
        return (
            f"{head}From: {request.from_text}\r\nTo: {request.to_text}{tag}\r\nCall-ID: {request.call_id}\r\n"
            f"CSeq: {request.shape.model.fields['cseq'].text}\r\n"
        )
    fields = request.fields
    from_, to, call_id, cseq = fields.get("from"), fields.get("to"), fields.get("call-id"), fields.get("cseq")
    if from_ is not None:
        head += f"From: {from_.text}\r\n"
    if to is not None:
        needs_tag = to_tag and not (to.error and to.read()) and not to.value
        head += f"To: {to.text};tag={to_tag}\r\n" if needs_tag else f"To: {to.text}\r\n"
    if call_id is not None:
        head += f"Call-ID: {call_id.text}\r\n"
    if cseq is not None:
        head += f"CSeq: {cseq.text}\r\n"
    return head


def response_bytes(head: str, status: int, reason: str, headers: Headers = (), body: bytes = b"") -> bytes:
    """A whole response. `head` is what `response_head` made."""
    extra = _written(headers) if headers else ""
    return (f"SIP/2.0 {status} {reason}\r\n{head}{extra}Content-Length: {len(body)}\r\n\r\n").encode(
        "utf-8", "surrogateescape"
    ) + body


@lru_cache(256)
def _written(headers: Headers) -> str:
    """Header lines. A user agent writes the same ones into every message of a kind."""
    return "".join([f"{name}: {value}\r\n" for name, value in headers])
