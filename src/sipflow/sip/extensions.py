"""Header fields of reliable provisional responses and of session timers. Source: RFC 3262 §7, RFC 4028 §4, §5."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from sipflow.sip.message import Message, Request, Response
from sipflow.sip.shapes import by_shape

RELIABLE: Final = "100rel"
TIMER: Final = "timer"
REPLACES: Final = "replaces"
"""RFC 3891."""
SILENT_REFER: Final = "norefersub"
"""RFC 4488."""
MIN_SE_S: Final = 90  # RFC 4028 §5: what a Min-SE that is absent means, and the least that one may say

_RACK: Final = re.compile(r"([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+([A-Za-z0-9.!%*_+`'~-]+)")
_SECONDS: Final = re.compile(r"([0-9]{1,9})[ \t]*(?:;.*)?", re.DOTALL)
_REFRESHER: Final = re.compile(r";[ \t]*refresher[ \t]*=[ \t]*(uac|uas)[ \t]*(?:;|$)", re.IGNORECASE)


class Reliability(StrEnum):
    """What a user agent does with reliable provisional responses."""

    OFF = "off"
    """It knows nothing of them."""
    SUPPORTED = "supported"
    """It acknowledges them, and sends them where the caller demands it."""
    REQUIRED = "required"
    """It demands them of whom it calls and of who calls."""


class RAck(NamedTuple):
    """Which provisional response a PRACK acknowledges."""

    rseq: int
    cseq: int
    method: str


class SessionExpires(NamedTuple):
    """How long a session lasts without a refresh, and who refreshes it."""

    interval_s: int
    refresher: str = ""
    """`uac` or `uas` of the transaction that carries it; empty where it is left open."""

    def __str__(self) -> str:
        return f"{self.interval_s};refresher={self.refresher}" if self.refresher else str(self.interval_s)


class Extensions(NamedTuple):
    """What a message says of the extensions that change how a call goes on."""

    reliability: str = ""
    """`required` or `supported` where its sender knows 100rel."""
    knows_timer: bool = False
    session_expires: SessionExpires | None = None
    min_se_s: int = MIN_SE_S
    takes_update: bool = False
    replaces: bool = False
    """Whether it names a dialog to replace."""
    rseq: int | None = None
    """The number of a provisional response that must be acknowledged; see `rseq_of`."""


NO_EXTENSIONS: Final = Extensions()


@by_shape
def extensions_of(message: Message) -> Extensions:
    """What the message says of them; asked once for all messages of a shape."""
    fields = message.fields
    required = _tags(message, "require")
    supported = _tags(message, "supported") | required
    takes_update = "UPDATE" in (message.list_values("Allow") if "allow" in fields else ())
    if not (supported or takes_update or fields.keys() & {"session-expires", "min-se", "replaces"}):
        return NO_EXTENSIONS
    return Extensions(
        "required" if RELIABLE in required else "supported" if RELIABLE in supported else "",
        TIMER in supported,
        session_expires_of(message),
        min_se_of(message),
        takes_update,
        "replaces" in fields,
        rseq_of(message) if isinstance(message, Response) else None,
    )


def _tags(message: Message, key: str) -> set[str]:
    return {tag.lower() for tag in message.list_values(key)} if key in message.fields else set()


def rack_of(request: Request) -> RAck | None:
    """What a PRACK acknowledges; None where that can't be read."""
    match = _RACK.fullmatch(request.header("RAck") or "")
    return RAck(int(match[1]), int(match[2]), match[3]) if match else None


def rseq_of(response: Response) -> int | None:
    """The number of a provisional response that must be acknowledged; None where it need not, or can't be read.

    Source: RFC 3262 §4: a 100 is never reliable.
    """
    if "rseq" not in response.fields or not 100 < response.status < 200 or RELIABLE not in _tags(response, "require"):
        return None
    text = response.header("RSeq") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def session_expires_of(message: Message) -> SessionExpires | None:
    """What Session-Expires says; None where it is absent or can't be read."""
    text = message.header("Session-Expires") or ""
    match = _SECONDS.fullmatch(text)
    if match is None or not int(match[1]):
        return None
    refresher = _REFRESHER.search(text)
    return SessionExpires(int(match[1]), refresher[1].lower() if refresher else "")


@by_shape
def told_reason(message: Message) -> str:
    """What Reason and Warning header fields tell people. Source: RFC 3326 §2, RFC 3261 §20.43."""
    fields = message.fields
    names = [name for name in ("Reason", "Warning") if name.lower() in fields]
    return "; ".join([f"{name}: {text}" for name in names for text in message.header_values(name)])


def min_se_of(message: Message) -> int:
    """The least interval that the message allows, in seconds."""
    match = _SECONDS.fullmatch(message.header("Min-SE") or "")
    return int(match[1]) if match else MIN_SE_S
