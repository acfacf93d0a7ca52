"""What a user agent answers to requests that ask for no call: MESSAGE, INFO, SUBSCRIBE and NOTIFY."""

from __future__ import annotations

from typing import Final

from sipflow.sip.message import Message, Request
from sipflow.sip.uas import Refusal

TEXT_TYPES: Final = ("text/plain",)
"""What a MESSAGE may hold (RFC 3428 §7: at least this)."""
INFO_TYPES: Final = ("application/dtmf-relay", "application/dtmf")
"""What an INFO of the legacy usage may hold (RFC 6086 §4.2.2, §5.2)."""
ENDS_SUBSCRIPTION: Final = frozenset({404, 405, 410, 416, *range(480, 486), 489, 501, 604})
"""Refusals of a SUBSCRIBE or NOTIFY that end the subscription. Source: RFC 6665 §4.1.2.2, §4.2.2."""
DEFAULT_EXPIRES_S: Final = 3600
"""How long a subscription lasts where nobody says so (RFC 6665 leaves it to the package; most say this)."""


def refuse_message(request: Request, within_call: bool, is_subscribed: bool) -> Refusal | None:
    """Why one of these requests is refused where nobody waits for it; None for a 200.

    Source: RFC 3428 §7; RFC 6086 §4.2.2; RFC 6665 §4.1.3, §4.2.1.
    """
    match request.method:
        case "MESSAGE":
            return refuse_type(request, TEXT_TYPES)
        case "INFO" if not within_call:
            return Refusal(481)
        case "INFO" if request.header("Info-Package") is not None:
            return Refusal(469, (("Recv-Info", ""),))
        case "INFO":
            return refuse_type(request, INFO_TYPES)
        case "SUBSCRIBE":
            return Refusal(489)
        case _:  # NOTIFY
            return None if is_subscribed else Refusal(481)


def refuse_refer(request: Request) -> Refusal | None:
    """400 for a REFER unless it names one target. Source: RFC 3515 §2.4.2."""
    return None if len(request.list_values("Refer-To")) == 1 else Refusal(400, reason="One Refer-To is needed")


def refuse_type(request: Request, known: tuple[str, ...]) -> Refusal | None:
    """415 for a body that is none of these; a message without a body is taken. Source: RFC 3261 §8.2.3."""
    if not request.has_body:
        return None
    media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    return None if media_type in known else Refusal(415, (("Accept", ", ".join(known)),))


def event_of(message: Message) -> tuple[str, str]:
    """Package and id of the Event header field, in small letters; the package is empty where there is none."""
    package, *parameters = (part.strip() for part in (message.header("Event") or "").split(";"))
    ids = [value.strip() for name, _, value in (one.partition("=") for one in parameters) if name.strip() == "id"]
    return package.lower(), ids[0] if ids else ""


def expires_of(message: Message, otherwise: int) -> int:
    """The seconds of the Expires header field; `otherwise` where there is none that can be read."""
    text = (message.header("Expires") or "").strip()
    return min(int(text), 2**31 - 1) if text.isdigit() and len(text) <= 10 else otherwise


def subscription_state(message: Message) -> tuple[str, int | None]:
    """State of a NOTIFY's Subscription-State and its seconds, where it names them. Source: RFC 6665 §4.1.3."""
    state, *parameters = (part.strip() for part in (message.header("Subscription-State") or "").split(";"))
    named = dict(one.partition("=")[::2] for one in parameters)
    expires = named.get("expires", "")
    return state.lower(), int(expires) if expires.isdigit() and len(expires) <= 10 else None
