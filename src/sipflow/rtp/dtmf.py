"""DTMF digits, their event codes, and the bodies of SIP INFO that carry them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sipflow.base.errors import LocalProtocolError, RtpError
from sipflow.base.sayings import Saying

DIGITS: Final = "0123456789*#ABCD"
"""By event code. Source: RFC 4733 §3.2, table 3."""
RELAY: Final = "application/dtmf-relay"
PLAIN: Final = "application/dtmf"
MAX_BODY_BYTES: Final = 256
MAX_DURATION_MS: Final = 100_000

_CODES: Final = {digit: code for code, digit in enumerate(DIGITS)}
_SIGNAL: Final = re.compile(r"^[ \t]*signal[ \t]*=[ \t]*([0-9]{1,2}|[*#A-D])[ \t]*$", re.IGNORECASE | re.MULTILINE)
_DURATION: Final = re.compile(r"^[ \t]*duration[ \t]*=[ \t]*([0-9]{1,6})[ \t]*$", re.IGNORECASE | re.MULTILINE)
_DIGIT: Final = re.compile(r"\s*([0-9]{1,2}|[*#A-D])\s*", re.IGNORECASE)


class InfoDigit(NamedTuple):
    """A digit in the body of an INFO."""

    digit: str
    duration_ms: int | None = None
    """None where the body does not say."""

    def body(self, content_type: str = RELAY) -> bytes:
        """The body of an INFO with this content type, one of the two here."""
        if content_type == PLAIN:
            return self.digit.encode()
        duration = "" if self.duration_ms is None else f"Duration={self.duration_ms}\r\n"
        return f"Signal={self.digit}\r\n{duration}".encode()

    @classmethod
    def parse(cls, content_type: str, body: bytes) -> InfoDigit:
        """Read a body. Raises RtpError where it tells no digit, or its type is another one.

        No RFC defines these bodies: `Signal=` and `Duration=` lines are as Cisco's gateways write them, `dtmf` holds
        the digit alone. A number above 9 is an event code.
        """
        kind = content_type.partition(";")[0].strip().lower()
        if kind not in (RELAY, PLAIN):
            raise RtpError(f"expected {RELAY} or {PLAIN}, got {kind[:80]!r}")
        text = body[: MAX_BODY_BYTES + 1].decode("latin-1").replace("\r", "\n")
        found = _SIGNAL.search(text) or (_DIGIT.fullmatch(text) if kind == PLAIN else None)
        digit = _digit_of(found[1]) if found and len(body) <= MAX_BODY_BYTES else None
        if digit is None:
            raise RtpError(f"expected a digit in {kind}", body)
        duration = _DURATION.search(text)
        return cls(digit, min(int(duration[1]), MAX_DURATION_MS) if duration else None)


def event_code(digit: str) -> int:
    """The event of a digit. Raises LocalProtocolError where it is none."""
    try:
        return _CODES[digit.upper()]
    except KeyError:
        raise LocalProtocolError(Saying.of("not-a-digit", digit=digit[:20])) from None


def digit_of(code: int) -> str | None:
    """The digit of an event, or None for another event, such as a flash or a fax tone."""
    return DIGITS[code] if 0 <= code < len(DIGITS) else None


def _digit_of(text: str) -> str | None:
    return digit_of(int(text)) if text.isdigit() else text.upper()
