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
    r"^((?:Proxy-)?Authorization[ \t]*:[ \t]*[^\s,]*)[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE
)
_URI_PASSWORD = re.compile(r"(sips?:[^\s:@<>;?]{1,256}):[^\s@<>]{1,256}@", re.IGNORECASE)


def describe(direction: str, data: bytes, flow: Flow) -> dict[str, Any] | None:
    """The fields of a SipMessageSeen, or None for bytes that are no message."""
    try:
        message = parse_message(data)
    except SipParseError:
        return None
    request = message if isinstance(message, Request) else None
    cseq, method = _cseq(message)
    return {
        "sip_call_id": message.header("Call-ID") or "",
        "direction": direction,
        "transport": flow.transport,
        "local_address": str(flow.local),
        "remote_address": str(flow.remote),
        "method": request.method if request is not None else method,
        "status_code": None if isinstance(message, Request) else message.status,
        "reason": None if isinstance(message, Request) else message.reason,
        "cseq": cseq,
        "note": direction_note(message.body) if message.body else "",
        "raw": masked(data),
    }


def masked(data: bytes) -> str:
    """The message as text: bytes that are not UTF-8 as backslash escapes, credentials masked."""
    text = data.decode("utf-8", "backslashreplace")
    head, separator, body = text.partition("\r\n\r\n")
    head = _CREDENTIALS.sub(rf"\1 {MASK}", head)
    return _URI_PASSWORD.sub(rf"\1:{MASK}@", head) + separator + body


def _cseq(message: Message) -> tuple[int | None, str]:
    try:
        return message.cseq, message.cseq_method
    except SipParseError:
        return None, ""
