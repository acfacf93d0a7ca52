"""Messages on the wire as events: what a ladder needs, and nothing that is secret."""

from __future__ import annotations

import re
from typing import Any

from sipflow.base.errors import SipParseError
from sipflow.sdp import direction_note
from sipflow.sip.flow import Flow
from sipflow.sip.message import Message, Request, parse_message

MASK = "***"
_CREDENTIALS = re.compile(
    r"^((?:Proxy-)?Authorization[ \t]*:(?:[ \t]*[\w-]+(?=[ \t]))?)(?:(?!\r\n(?![ \t])).)*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
"""A header line up to its end, folded lines included; kept is the name with the scheme."""
_SUSPECT = re.compile(r"sips?:[^\s<>\"@:]*:", re.IGNORECASE)
"""What a URI with a password begins with; without one no word has to be looked at."""
_WORD = re.compile(r"[^\s<>\"@]+@?")
_PASSWORD = re.compile(r"(sips?:[^:]*:).+@", re.IGNORECASE)


_KEY = re.compile(r"(\binline:|^a=key-mgmt:\S+ +|^k=[^:\s]+:)[^\r\n]+", re.MULTILINE)
"""A key of media, in the clear: RFC 4568 §6.1, RFC 4567 §3.1, RFC 8866 §5.12."""


def describe(direction: str, data: bytes, flow: Flow) -> dict[str, Any] | None:
    """The fields of a SipMessageSeen, or None for bytes that are no message."""
    try:
        message = parse_message(data)
    except SipParseError:
        return None
    cseq, method = _cseq(message)
    status, reason = None, None
    if isinstance(message, Request):
        method = message.method
    else:
        status, reason = message.status, message.reason
    return {
        "sip_call_id": message.header("Call-ID") or "",
        "direction": direction,
        "transport": flow.transport,
        "local_address": str(flow.local),
        "remote_address": str(flow.remote),
        "method": method,
        "status_code": status,
        "reason": reason,
        "cseq": cseq,
        "note": direction_note(message.body) if message.body else "",
        "raw": masked(data.decode("utf-8", "backslashreplace")),
    }


def masked(text: str) -> str:
    """The text with passwords of SIP URIs, values of credentials and keys of media masked, in linear time."""
    text = _CREDENTIALS.sub(rf"\1 {MASK}", text)
    if "inline:" in text or "\na=key-mgmt:" in text or "\nk=" in text:
        text = _KEY.sub(rf"\1{MASK}", text)
    return _WORD.sub(_mask_password, text) if _SUSPECT.search(text) else text


def _mask_password(match: re.Match[str]) -> str:
    word = match[0]
    return _PASSWORD.sub(rf"\1{MASK}@", word) if word[-1] == "@" else word


def _cseq(message: Message) -> tuple[int | None, str]:
    try:
        return message.cseq, message.cseq_method
    except SipParseError:
        return None, ""
