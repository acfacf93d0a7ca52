"""What a user agent server looks at before it processes a request. Source: RFC 3261 §8.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from sipflow.sip.extensions import RELIABLE, REPLACES, SILENT_REFER, TIMER, Extensions, extensions_of
from sipflow.sip.message import Message, Request
from sipflow.sip.methods import KNOWN_METHODS
from sipflow.sip.outgoing import Headers, reason_phrase
from sipflow.sip.shapes import by_shape

REFER_PACKAGE: Final = "refer"
"""The event that a REFER subscribes to, the only one that a user agent tells of by itself. Source: RFC 3515 §3.1."""
ALLOWED_METHODS = (
    *("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "PRACK", "UPDATE", "REFER"),
    *("MESSAGE", "INFO", "SUBSCRIBE", "NOTIFY"),
)
ALLOW = ("Allow", ", ".join(ALLOWED_METHODS))
ACCEPT = ("Accept", "application/sdp")
SDP_TYPE = ("Content-Type", "application/sdp")
DUE_IN: Final = {405: (ALLOW,), 489: (("Allow-Events", REFER_PACKAGE),)}
"""What a response of this status must tell, whatever it refuses. Source: RFC 3261 §20 (table 2), RFC 3265 §7.2."""
SUPPORTED_EXTENSIONS: frozenset[str] = frozenset((RELIABLE, TIMER, REPLACES, SILENT_REFER))
"""Option tags that `Require` may name."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A final response that the request deserves before anybody looks at what it wants."""

    status: int
    headers: Headers = ()
    reason: str = ""

    @property
    def phrase(self) -> str:
        return self.reason or reason_phrase(self.status)


def refuse_method(request: Request) -> Refusal | None:
    """501 for a method nobody knows, 405 for one that is not taken here. Source: §8.2.1, §21.5.2."""
    method = request.method
    if method in ALLOWED_METHODS:
        return None
    return Refusal(405 if method in KNOWN_METHODS else 501, (ALLOW,))


class Wants(NamedTuple):
    """What a request wants of who receives it, before anybody looks at its values."""

    refusal: Refusal | None
    """What any request is refused for; None where nothing speaks against it."""
    extensions: Extensions
    has_description: bool
    """See `has_session_description`."""


@by_shape
def wants_of(request: Request) -> Wants:
    """All of it, asked once for all requests of a shape."""
    refusal = refuse_method(request) or refuse_extensions(request) or refuse_content(request)
    return Wants(refusal, extensions_of(request), has_session_description(request))


def refuse(request: Request) -> Refusal | None:
    """What any request is refused for; None where nothing speaks against it."""
    return wants_of(request).refusal


def refuse_extensions(request: Request) -> Refusal | None:
    """420 with the option tags of Require that are not supported. Source: §8.2.2.3."""
    if "require" not in request.fields:
        return None
    unknown = [tag for tag in request.list_values("Require") if tag.lower() not in SUPPORTED_EXTENSIONS]
    return Refusal(420, (("Unsupported", ", ".join(unknown)),)) if unknown else None


def refuse_content(request: Request) -> Refusal | None:
    """415 for a body that can't be read and must be, 406 where our answer would not be. Source: §8.2.3, §13.3.1."""
    if request.has_body:
        encoding = (request.header("Content-Encoding") or "identity").lower()
        if encoding != "identity":
            return Refusal(415, (("Accept-Encoding", "identity"),))
        disposition = _disposition(request)
        if _media_type(request) != "application/sdp" or disposition not in ("session", "early-session"):
            handling = (request.header("Content-Disposition") or "").lower().replace(" ", "")
            if "handling=optional" not in handling:
                return Refusal(415, (ACCEPT,))
    if "accept" in request.fields and request.method == "INVITE":
        ranges = {value.partition(";")[0].strip().lower() for value in request.list_values("Accept")}
        if not ranges & {"application/sdp", "application/*", "*/*"}:
            return Refusal(406, (ACCEPT,))
    return None


@by_shape
def has_session_description(message: Message) -> bool:
    """Whether the body is one that offer and answer concern: not so an `early-session` of RFC 3959."""
    return message.has_body and _media_type(message) == "application/sdp" and _disposition(message) == "session"


def _media_type(message: Message) -> str:
    field = message.fields.get("content-type")
    return "" if field is None else field.text.partition(";")[0].strip().lower()


def _disposition(message: Message) -> str:
    field = message.fields.get("content-disposition")
    return "session" if field is None else field.text.partition(";")[0].strip().lower()


def session_description(message: Message) -> bytes:
    """The body that offer and answer concern; empty where there is none."""
    return message.body if has_session_description(message) else b""
