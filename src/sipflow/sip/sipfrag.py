"""message/sipfrag: what became of a request, told in a NOTIFY. Source: RFC 3420, RFC 3515 §2.4.5."""

from __future__ import annotations

from typing import Final

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.outgoing import reason_phrase
from sipflow.sip.start_line import read_start_line

SIPFRAG: Final = "message/sipfrag"
CONTENT_TYPE: Final = ("Content-Type", "message/sipfrag;version=2.0")


def status_fragment(status: int, reason: str = "") -> bytes:
    """The status line of a response, as a body."""
    return f"SIP/2.0 {status} {reason or reason_phrase(status)}\r\n".encode("utf-8", "surrogateescape")


def read_status(body: bytes) -> tuple[int, str]:
    """Status and reason of the response that a body tells of. Raises SipParseError where it tells of none."""
    text = body.decode("utf-8", "surrogateescape")
    line = read_start_line(text.lstrip("\r\n").partition("\n")[0].rstrip("\r"))
    if not 100 <= line.status < 700:
        raise SipParseError(Saying.of("no-status-in-fragment"), text[:80])
    return line.status, line.reason
