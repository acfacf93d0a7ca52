"""Messages written by hand for tests: well-formed unless a test says otherwise, by a few lines of their own."""

from __future__ import annotations

from collections.abc import Mapping

from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.outgoing import OutgoingRequest

CRLF = "\r\n"

AUDIO = (
    "v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
"""A description that fits every offer and can be answered by every user agent: PCMU, PCMA, telephone-event."""

AUDIO_TYPE = "application/sdp"


def sip_text(start_line: str, fields: Mapping[str, str | list[str] | None], body: str = "") -> bytes:
    """A message: None leaves a header out, a list writes one line for each, underscores in names are hyphens."""
    lines = [start_line]
    for name, value in fields.items():
        if value is not None:
            values = [value] if isinstance(value, str) else value
            lines += [f"{name.replace('_', '-')}: {one}" for one in values]
    if body and not any(name.lower() in ("content-type", "content_type", "c") for name in fields):
        lines.append(f"Content-Type: {AUDIO_TYPE}")
    if not any(name.lower() in ("content-length", "content_length", "l") for name in fields):
        lines.append(f"Content-Length: {len(body.encode())}")
    return (CRLF.join(lines) + CRLF * 2 + body).encode("utf-8", "surrogateescape")


def a_request(method: str = "INVITE", body: str = "", uri: str = "sip:bob@10.0.0.1", **headers: str | None) -> Request:
    """A request as it would come from 10.0.0.2; `headers` replace or add fields, None leaves one out."""
    fields: dict[str, str | list[str] | None] = {
        "Via": "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKpeer",
        "Max-Forwards": "70",
        "From": "<sip:alice@10.0.0.2>;tag=alice",
        "To": "<sip:bob@10.0.0.1>",
        "Call-ID": "call@10.0.0.2",
        "CSeq": f"1 {method}",
        "Contact": "<sip:alice@10.0.0.2>",
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    message = parse_message(sip_text(f"{method} {uri} SIP/2.0", fields, body))
    assert isinstance(message, Request)
    return message


def a_response(
    request: OutgoingRequest, status: int, tag: str = "bob", body: str = "", **headers: str | None
) -> Response:
    """A response to a request of ours; `headers` replace or add fields, None leaves one out."""
    fields: dict[str, str | list[str] | None] = {
        "Via": request.via,
        "From": request.from_,
        "To": f"{request.to};tag={tag}" if tag and ";tag=" not in request.to else request.to,
        "Call-ID": request.call_id,
        "CSeq": f"{request.cseq} {request.method}",
        "Contact": "<sip:bob@10.0.0.1>",
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    message = parse_message(sip_text(f"SIP/2.0 {status} Because", fields, body))
    assert isinstance(message, Response)
    return message
