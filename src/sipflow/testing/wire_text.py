"""Messages written and read by hand for tests, well-formed unless a test says otherwise.

`RawMessage` and all that gives bytes understand as little of SIP as a test needs, by their own few lines, so that a
fault of the product's parser is not shared.

Header fields that a test gives replace those of their name or are added: `Max_Forwards="0"` writes `Max-Forwards: 0`,
None leaves a field out, a list writes a line for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sipflow.sip.flow import Address
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.outgoing import OutgoingRequest

CRLF = "\r\n"

AUDIO = (
    "v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
"""A description that fits every offer and can be answered by every user agent: PCMU, PCMA, telephone-event."""

AUDIO_TYPE = "application/sdp"

Value = str | list[str] | None
"""What a header field is given."""

NONE: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message that came, and what can be read off it by eye."""

    data: bytes
    source: Address

    @property
    def start_line(self) -> str:
        return self.data.split(b"\r\n", 1)[0].decode(errors="backslashreplace")

    @property
    def method(self) -> str:
        """The request's method, empty for a response."""
        return "" if self.status else self.start_line.split(" ")[0]

    @property
    def status(self) -> int:
        """The response's status code, 0 for a request."""
        parts = self.start_line.split(" ")
        return int(parts[1]) if parts[0] == "SIP/2.0" else 0

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    def headers(self, name: str) -> list[str]:
        """The values of all header lines of this (long) name, as they stand."""
        head = self.data.partition(b"\r\n\r\n")[0].decode(errors="backslashreplace")
        lines = [line.partition(":") for line in head.split(CRLF)[1:]]
        return [value.strip() for key, _, value in lines if key.strip().lower() == name.lower()]

    def header(self, name: str) -> str:
        """The one header line of this name. Raises AssertionError where there is none or more than one."""
        found = self.headers(name)
        if len(found) != 1:
            raise AssertionError(f"expected one {name}, got {found} in {self.start_line!r}")
        return found[0]


def sip_text(start_line: str, fields: Mapping[str, Value], body: str = "") -> bytes:
    """A message of these header fields; length and, with a body, type are added where a test does not give them."""
    lines = [start_line]
    for name, value in fields.items():
        if value is not None:
            lines += [f"{name}: {one}" for one in ([value] if isinstance(value, str) else value)]
    given = {name.lower() for name in fields}
    if body and not given & {"content-type", "c"}:
        lines.append(f"Content-Type: {AUDIO_TYPE}")
    if not given & {"content-length", "l"}:
        lines.append(f"Content-Length: {len(body.encode())}")
    return (CRLF.join(lines) + CRLF * 2 + body).encode("utf-8", "surrogateescape")


def request_text(
    method: str,
    uri: str,
    *,
    via: str,
    from_: str,
    to: str,
    call_id: str,
    contact: str,
    cseq: int = 1,
    body: str = "",
    headers: Mapping[str, Value] = NONE,
) -> bytes:
    """A request; `contact` is the URI alone."""
    fields: dict[str, Value] = {
        "Via": via,
        "Max-Forwards": "70",
        "From": from_,
        "To": to,
        "Call-ID": call_id,
        "CSeq": f"{cseq} {method}",
        "Contact": f"<{contact}>",
    }
    return sip_text(f"{method} {uri} SIP/2.0", fields | _hyphened(headers), body)


def response_text(
    request: RawMessage,
    status: int,
    reason: str = "Because",
    *,
    tag: str,
    contact: str,
    body: str = "",
    headers: Mapping[str, Value] = NONE,
) -> bytes:
    """A response to a request; `tag` goes into To unless one is there, `contact` is the URI alone."""
    to = request.header("To")
    fields: dict[str, Value] = {
        "Via": request.headers("Via"),
        "From": request.header("From"),
        "To": f"{to};tag={tag}" if tag and ";tag=" not in to else to,
        "Call-ID": request.header("Call-ID"),
        "CSeq": request.header("CSeq"),
        "Record-Route": request.headers("Record-Route"),
        "Contact": f"<{contact}>",
    }
    return sip_text(f"SIP/2.0 {status} {reason}", fields | _hyphened(headers), body)


def a_request(method: str = "INVITE", body: str = "", uri: str = "sip:bob@10.0.0.1", **headers: str | None) -> Request:
    """A request as it would come from 10.0.0.2."""
    text = request_text(
        method,
        uri,
        via="SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKpeer",
        from_="<sip:alice@10.0.0.2>;tag=alice",
        to="<sip:bob@10.0.0.1>",
        call_id="call@10.0.0.2",
        contact="sip:alice@10.0.0.2",
        body=body,
        headers=headers,
    )
    message = parse_message(text)
    assert isinstance(message, Request)
    return message


def a_response(
    request: OutgoingRequest, status: int, tag: str = "bob", body: str = "", **headers: str | None
) -> Response:
    """A response from 10.0.0.1 to a request of ours."""
    received = RawMessage(bytes(request), Address("10.0.0.2", 5060))
    text = response_text(received, status, tag=tag, contact="sip:bob@10.0.0.1", body=body, headers=headers)
    message = parse_message(text)
    assert isinstance(message, Response)
    return message


def _hyphened(headers: Mapping[str, Value]) -> dict[str, Value]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
