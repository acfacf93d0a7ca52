"""Following 3xx responses: the targets of one request, each tried at most once. Source: RFC 3261 §8.1.3.4."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.address import NameAddr, parse_addresses
from sipflow.sip.grammar import unescape
from sipflow.sip.headers import name_key
from sipflow.sip.outgoing import WRITTEN_BY_THE_STACK, Headers, OutgoingRequest
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.uri import Uri

FOLLOWED: Final = (300, 301, 302)
"""305 asks for another way to the same target, 380 for another service (§21.3.4, §21.3.5): both are verdicts."""
MAX_TARGETS: Final = 16
"""Targets that one request may be sent to."""
_LEFT_BEHIND: Final = frozenset({"authorization", "proxy-authorization"})
"""Credentials are made for one Request-URI, and for whoever asked for them."""
_NOT_FROM_A_URI: Final = WRITTEN_BY_THE_STACK | _LEFT_BEHIND | {"route", "contact", "content-type", "require"}
"""Header fields that the peer's URI can't set. Source: RFC 3261 §19.1.5."""


class Redirects:
    """Where one request may go yet."""

    __slots__ = ("_open", "_seen")

    def __init__(self, first: str) -> None:
        """`first` is the target that the request is sent to at the beginning."""
        self._open: list[Uri] = []
        self._seen: list[Uri] = [Uri.parse(first)]

    def retry(self, refused: Refused) -> Retry | None:
        """The request to the next target, those of a 3xx by their q; None where none is left or no other is wanted."""
        status = refused.response.status
        if status in FOLLOWED:
            self._add(refused)
        if not (self._open and (status in FOLLOWED or 400 <= status < 600)):
            return None
        return Retry(_redirected(refused.request, self._open.pop(0)))

    def _add(self, refused: Refused) -> None:
        """Note the targets of a 3xx that are new, in front of those before."""
        found: list[NameAddr] = []
        try:
            for value in refused.response.header_values("Contact"):
                found += parse_addresses(value)
        except SipParseError:
            refused.why = Saying.of("contact-not-readable")
        new: list[Uri] = []
        for contact in sorted(found, key=_q, reverse=True):
            uri = contact.uri
            if uri.is_sip and len(self._seen) < MAX_TARGETS and not any(uri.matches(seen) for seen in self._seen):
                self._seen.append(uri)
                new.append(uri)
        if not new:
            refused.why = refused.why or Saying.of("no-new-target")
        self._open[:0] = new


def _redirected(request: OutgoingRequest, target: Uri) -> OutgoingRequest:
    """The request to another target: To, From and Call-ID stay."""
    added: Headers = tuple(
        [
            (name, value)
            for name, value in ((unescape(name), unescape(value)) for name, value in target.headers)
            if name_key(name) not in {*_NOT_FROM_A_URI, "", "body"} and value.isprintable()
        ]
    )
    params = tuple([param for param in target.params if param[0].lower() != "method"])
    kept = tuple([field for field in request.headers if name_key(field[0]) not in _LEFT_BEHIND])
    moved = replace(request, uri=str(target._replace(headers=(), params=params)), headers=kept, redirected=True)
    return moved.with_headers(*added) if added else moved


def _q(contact: NameAddr) -> float:
    """How much a target is preferred, 0 to 1; 1 where that is not said. Source: RFC 3261 §20.10."""
    try:
        q = float(contact.param("q") or 1)
    except ValueError:
        return 0.0
    return q if 0 <= q <= 1 else 0.0
