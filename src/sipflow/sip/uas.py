"""What a user agent server looks at before it processes a request. Source: RFC 3261 §8.2."""

from __future__ import annotations

from dataclasses import dataclass

from sipflow.sip.message import Message, Request
from sipflow.sip.methods import KNOWN_METHODS
from sipflow.sip.outgoing import Headers, reason_phrase

ALLOWED_METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS")
ALLOW = ("Allow", ", ".join(ALLOWED_METHODS))
ACCEPT = ("Accept", "application/sdp")
SUPPORTED_EXTENSIONS: frozenset[str] = frozenset()
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


def refuse_extensions(request: Request) -> Refusal | None:
    """420 with the option tags of Require that are not supported. Source: §8.2.2.3."""
    unknown = [tag for tag in request.list_values("Require") if tag.lower() not in SUPPORTED_EXTENSIONS]
    return Refusal(420, (("Unsupported", ", ".join(unknown)),)) if unknown else None


def refuse_content(request: Request) -> Refusal | None:
    """415 for a body that can't be read and must be, 406 where our answer would not be. Source: §8.2.3, §13.3.1."""
    if request.has_body:
        encoding = (request.header("Content-Encoding") or "identity").lower()
        if encoding != "identity":
            return Refusal(415, (("Accept-Encoding", "identity"),))
        media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        disposition = (request.header("Content-Disposition") or "session").lower()
        optional = "handling=optional" in disposition.replace(" ", "")
        if not optional and (
            media_type != "application/sdp" or disposition.partition(";")[0].strip() not in ("session", "early-session")
        ):
            return Refusal(415, (ACCEPT,))
    if request.method == "INVITE" and request.header("Accept") is not None:
        ranges = {value.partition(";")[0].strip().lower() for value in request.list_values("Accept")}
        if not ranges & {"application/sdp", "application/*", "*/*"}:
            return Refusal(406, (ACCEPT,))
    return None


def has_session_description(message: Message) -> bool:
    """Whether the body is one that offer and answer concern: not so an `early-session` of RFC 3959."""
    return (
        message.has_body
        and (message.header("Content-Type") or "").partition(";")[0].strip().lower() == "application/sdp"
        and (message.header("Content-Disposition") or "session").partition(";")[0].strip().lower() == "session"
    )


def session_description(message: Message) -> bytes:
    """The body that offer and answer concern; empty where there is none."""
    return message.body if has_session_description(message) else b""
