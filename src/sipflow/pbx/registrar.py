"""The registrar: takes a REGISTER, all of it or nothing. Source: RFC 3261 §10.3."""

from __future__ import annotations

from typing import Final

from sipflow.pbx.location import MAX_BINDINGS, Binding, Location
from sipflow.pbx.settings import PbxSettings
from sipflow.pbx.wire import Answer
from sipflow.sip.address import NameAddr
from sipflow.sip.flow import Flow
from sipflow.sip.grammar import find_param
from sipflow.sip.message import Request
from sipflow.sip.outgoing import Headers

DEFAULT_EXPIRES_S: Final = 3600  # RFC 3261 §10.2.1.1, and for a malformed value §10.3
SUPPORTED: Final = frozenset({"path", "outbound"})


class Registrar:
    """Binds contacts to users."""

    def __init__(self, settings: PbxSettings, location: Location) -> None:
        self._settings = settings
        self._location = location

    def register(self, request: Request, user: str, flow: Flow, now: float) -> Answer:
        """Do what a REGISTER asks for the user of its To; returns the response, which is a 200 where it is done.

        Domain, Require and credentials are looked at before.
        """
        bindings = self._location.bindings(user, now)
        if request.header("Contact") is not None:
            wanted = self._updated(request, bindings, flow, now)
            if isinstance(wanted, Answer):
                return wanted
            if wanted and not self._location.has_room(user, now):
                return Answer(503, (("Retry-After", "60"),), "Registrar is full")
            if wanted or self._location.knows(user):
                self._location.replace(user, wanted)
            bindings = self._location.bindings(user, now)
        return Answer(200, self._told(request, bindings, now))

    def _updated(
        self, request: Request, bindings: tuple[Binding, ...], flow: Flow, now: float
    ) -> tuple[Binding, ...] | Answer:
        """The bindings after the request. Source: RFC 3261 §10.3, steps 6 and 7."""
        contacts = request.contacts
        is_star = not contacts
        if is_star and (request.header("Expires") or "1").strip("0"):
            return Answer(400, reason="Bad Request (Contact * goes with Expires: 0 alone)")
        left = list(bindings)
        for contact in contacts or [binding.contact for binding in bindings]:
            expires_s = 0 if is_star else self._expires(contact, request)
            if 0 < expires_s < self._settings.min_expires_s:
                return Answer(423, (("Min-Expires", str(self._settings.min_expires_s)),))
            instance = "" if is_star else _instance(contact, request)
            if is_star:
                old = [binding for binding in left if binding.contact == contact]
            else:
                old = [binding for binding in left if binding.matches(contact, instance)]
            if any(binding.call_id == request.call_id and binding.cseq >= request.cseq for binding in old):
                return Answer(500, reason="CSeq is not higher than the last")
            left = [binding for binding in left if binding not in old]
            if expires_s:
                params = tuple(param for param in contact.params if param[0].lower() != "expires")
                kept = contact._replace(params=params)
                path = tuple(request.list_values("Path"))
                expires_at = now + min(expires_s, self._settings.max_expires_s)
                left.append(Binding(kept, expires_at, request.call_id, request.cseq, flow, path, instance))
        if len(left) > MAX_BINDINGS:
            return Answer(403, reason=f"At most {MAX_BINDINGS} contacts")
        return tuple(left)

    def _expires(self, contact: NameAddr, request: Request) -> int:
        """The interval asked for: of the contact, of the message, or ours; a malformed one counts as an hour."""
        text = contact.param("expires")
        if text is None:
            text = request.header("Expires")
        if text is None:
            return min(DEFAULT_EXPIRES_S, self._settings.max_expires_s)
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit()):
            return DEFAULT_EXPIRES_S
        return int(digits) if len(digits) <= 10 else 2**32 - 1  # RFC 3261 §20.19

    def _told(self, request: Request, bindings: tuple[Binding, ...], now: float) -> Headers:
        """What a 200 says: every binding with the time that it has left. Source: RFC 3261 §10.3, step 8."""
        headers: list[tuple[str, str]] = []
        for binding in bindings:
            left_s = max(1, round(binding.expires_at - now))
            contact = binding.contact
            headers.append(("Contact", str(contact._replace(params=(*contact.params, ("expires", str(left_s)))))))
        if "path" in _options(request, "Supported"):  # RFC 3327 §5.3
            headers += [("Path", value) for value in request.list_values("Path")]
        if any(_instance(contact, request) for contact in request.contacts):  # RFC 5626 §6
            headers.append(("Require", "outbound"))
        return tuple(headers)


def _options(request: Request, name: str) -> set[str]:
    return {tag.lower() for tag in request.list_values(name)}


def _instance(contact: NameAddr, request: Request) -> str:
    """What tells the flows of a user agent apart, where it asks for that and no proxy is between.

    Source: RFC 5626 §6.
    """
    instance, number = find_param(contact.params, "+sip.instance"), find_param(contact.params, "reg-id")
    if not instance or not number or not request.has_one_via or "outbound" not in _options(request, "Supported"):
        return ""
    return f"{instance};{number}"
