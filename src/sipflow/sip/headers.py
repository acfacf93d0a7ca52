"""Header names, and the values that are no addresses. Source: RFC 3261 §7.3, §20."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.grammar import LWS, TOKEN, is_token, remembered

COMPACT_FORMS: Final = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""As registered by IANA in "SIP Parameters", Header Fields."""

_COMMON_NAMES: Final = (
    *("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Type", "Content-Length", "Subject"),
    *("Route", "Record-Route", "Allow", "Supported", "Require", "User-Agent", "Server", "Expires", "Accept", "Date"),
    *("Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Session-Expires", "Min-SE"),
    *("Event", "Refer-To", "Referred-By", "Replaces", "Subscription-State", "RSeq", "RAck", "Reason", "Warning"),
)

_COMMON_KEYS: Final = {name: name.lower() for name in _COMMON_NAMES}


def name_key(name: str) -> str:
    """What all spellings of a header name share: the long form in lower case; empty where it is no name.

    White space before the colon belongs to no name. Source: RFC 3261 §7.3.1, §7.3.3.
    """
    return _COMMON_KEYS.get(name) or _name_key(name)


@remembered
def _name_key(name: str) -> str:
    stripped = name.rstrip(" \t")
    if not is_token(stripped):
        return ""
    lower = stripped.lower()
    return COMPACT_FORMS.get(lower, lower)


class CSeq(NamedTuple):
    """A sequence number and the method it counts."""

    number: int
    method: str

    @staticmethod
    def parse(text: str) -> CSeq:
        """Raises SipParseError."""
        match = _CSEQ.match(text)
        if match is None:
            raise SipParseError(Saying.of("not-a-cseq"), text, header="CSeq")
        return CSeq(_number(match[1], CSEQ_LIMIT, "CSeq"), match[2])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"

    def __bytes__(self) -> bytes:
        return str(self).encode()


_CSEQ: Final = re.compile(rf"([0-9]++)[ \t]++({TOKEN})\Z")
_CALL_ID_WORD: Final = r"""[0-9A-Za-z\-.!%*_+`'~()<>:\\"/[\]?{}]++"""
_CALL_ID: Final = re.compile(rf"{_CALL_ID_WORD}(?:@{_CALL_ID_WORD})?\Z")
_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT\Z",
    re.IGNORECASE | re.ASCII,
)
_DIGITS: Final = re.compile(rf"{LWS}([0-9]++){LWS}\Z")

CSEQ_LIMIT: Final = 2**31 - 1  # RFC 3261 §8.1.1.5
MAX_FORWARDS_LIMIT: Final = 255  # RFC 3261 §20.22
CONTENT_LENGTH_LIMIT: Final = 2**63 - 1


match_call_id: Final = _CALL_ID.match
"""None for a text that can't be a Call-ID."""


def parse_call_id(text: str) -> str:
    """The text itself. Raises SipParseError."""
    if match_call_id(text) is None:
        raise SipParseError(Saying.of("not-a-call-id"), text, header="Call-ID")
    return text


def parse_max_forwards(text: str) -> int:
    """0 to 255. Raises SipParseError."""
    return _number(text, MAX_FORWARDS_LIMIT, "Max-Forwards")


def parse_content_length(text: str) -> int:
    """A size in bytes. Raises SipParseError."""
    return _number(text, CONTENT_LENGTH_LIMIT, "Content-Length")


def parse_date(text: str) -> str:
    """The text itself, a date in GMT. Raises SipParseError. Source: RFC 3261 §20.17."""
    if _DATE.match(text) is None:
        raise SipParseError(Saying.of("not-a-date"), text, header="Date")
    return text


def _number(text: str, limit: int, header: str) -> int:
    match = _DIGITS.match(text)
    if match is None:
        raise SipParseError(Saying.of("not-a-number"), text, header=header)
    digits = match[1].lstrip("0")
    number = int(digits or "0") if len(digits) < 20 else limit + 1
    if number > limit:
        raise SipParseError(Saying.of("number-above", limit=limit), text, header=header)
    return number
