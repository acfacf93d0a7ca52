"""Messages for tests of the wire layer."""

from __future__ import annotations

from sipflow.sip.message import Request, Response, parse_message

INVITE = (
    "INVITE sip:bob@127.0.0.1:5062 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK74bf9\r\n"
    "Max-Forwards: 70\r\n"
    "From: Alice <sip:alice@127.0.0.1:5060>;tag=9fxced76sl\r\n"
    "To: Bob <sip:bob@127.0.0.1:5062>\r\n"
    "Call-ID: 3848276298220188511\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:alice@127.0.0.1:5060>\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "v=0\r\n"
)
OK = (
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK74bf9\r\n"
    "From: Alice <sip:alice@127.0.0.1:5060>;tag=9fxced76sl\r\n"
    "To: Bob <sip:bob@127.0.0.1:5062>;tag=8321234356\r\n"
    "Call-ID: 3848276298220188511\r\n"
    "CSeq: 1 INVITE\r\n"
    "Content-Length: 0\r\n"
    "\r\n"
)


def request(text: str = INVITE, **changes: str | None) -> Request:
    """The request, with header lines replaced (`max_forwards="70"`), added, or taken out (None)."""
    message = parse_message(changed(text, **changes).encode("utf-8", "surrogateescape"))
    assert isinstance(message, Request)
    return message


def response(text: str = OK, **changes: str | None) -> Response:
    """The response, changed in the same way."""
    message = parse_message(changed(text, **changes).encode("utf-8", "surrogateescape"))
    assert isinstance(message, Response)
    return message


def changed(text: str, **changes: str | None) -> str:
    head, _, body = text.partition("\r\n\r\n")
    lines = head.split("\r\n")
    for key, value in changes.items():
        name = key.strip("_").replace("_", "-")
        kept = [line for line in lines if not line.lower().startswith(f"{name}:")]
        lines = kept if value is None else [*kept, f"{name}: {value}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def without(text: str, name: str) -> str:
    """The message without the header lines of this name."""
    head, _, body = text.partition("\r\n\r\n")
    kept = [line for line in head.split("\r\n") if not line.lower().startswith(f"{name.lower()}:")]
    return "\r\n".join(kept) + "\r\n\r\n" + body
