"""Answering challenges: whose, with what, and how often. Source: RFC 3261 §22, RFC 7616, RFC 8760 §2.4.

Whose is what protects the password: a response can be tried against a word list at leisure, so one made for a stranger
is half of a stolen password ("DigestLeak"). `Trust` says whose.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying, Told
from sipflow.sip.address import NameAddr
from sipflow.sip.digest import ANSWERED_BY, Challenge, Credentials
from sipflow.sip.flow import Address
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.uri import Uri

MAX_CHALLENGES: Final = 16
"""Challenges that are looked at in one response."""
MAX_CALLS: Final = 10_000
"""Call-IDs whose nonces are kept; older ones are challenged anew."""


@dataclass(slots=True, kw_only=True)
class Trust:
    """Whose challenges are answered.

    - With a PBX: none but those that the PBX sends or hands on.
    - Outside dialogs: those of whom the request was sent to; once the registrar has challenged, of its realms alone. A
      target that only a redirection has named is nobody the request was sent to.
    - Within dialogs: those of a realm that was answered in the same call before; with a PBX also of the registrar's
      realms, but not for a BYE, unless `byes` allows it.
    - `realms`, where any are given, are the only ones, and stand for the registrar's.
    """

    realms: frozenset[str] = frozenset()
    byes: bool = False
    home: frozenset[str] = frozenset()
    """URIs of the PBX and of the proxy in front of it; empty without a PBX."""
    addresses: set[Address] = field(default_factory=set)
    """Where the PBX was found to be."""
    registrar: set[str] = field(default_factory=set)
    """Realms that have challenged a REGISTER of ours."""

    def objection(self, realm: str, refused: Refused, known: frozenset[str]) -> Told:
        """Why a challenge is not answered; empty where it is. `known`: the realms answered in this call before."""
        request = refused.request
        allowed = self.realms or self.registrar
        if self.home and not self._comes_from_home(refused):
            return Saying.of("not-from-pbx")
        if self.realms and realm not in self.realms:
            return Saying.of("realm-not-allowed")
        if realm in known:
            return ""
        if request.dialog is not None:
            if request.method == "BYE" and not self.byes:
                return Saying.of("challenge-of-bye")
            return "" if realm in allowed else Saying.of("realm-new-in-call")
        if request.redirected and realm not in self.realms:
            return Saying.of("challenge-after-redirection")
        if allowed and realm not in allowed and request.method != "REGISTER":
            return Saying.of("realm-not-registrars")
        return ""

    def _comes_from_home(self, refused: Refused) -> bool:
        """Whether the PBX has answered: it is where requests outside dialogs go that name it as their next hop."""
        request, address = refused.request, refused.flow.remote
        if request.dialog is None and not request.redirected and _place(request.next_hop) in map(_place, self.home):
            self.addresses.add(address)
        return address in self.addresses


class Nonce:
    """A challenge that is being answered: counts the requests that its nonce has served."""

    __slots__ = ("challenge", "cnonce", "header", "nc")

    def __init__(self, header: str, challenge: Challenge, cnonce: str) -> None:
        self.header = header
        self.challenge = challenge
        self.cnonce = cnonce
        self.nc = 0

    def credentials(self, user: str, password: str, request: OutgoingRequest) -> tuple[str, str]:
        """The header field for one more request."""
        challenge = self.challenge
        qop = challenge.protection or ""
        self.nc += 1
        made = Credentials(
            user,
            challenge.realm,
            challenge.nonce,
            request.uri,
            "",
            challenge.algorithm,
            qop,
            self.cnonce if qop else "",
            self.nc if qop else 0,
            challenge.opaque,
        )
        return self.header, str(made._replace(response=made.proof(password, request.method, request.body)))


class DigestClient:
    """The credentials of one user agent, and the nonces of its calls and registrations by Call-ID."""

    def __init__(self, user: str, password: str, trust: Trust, new_cnonce: Callable[[], str]) -> None:
        self.trust = trust
        self._user = user
        self._password = password
        self._new_cnonce = new_cnonce
        self._nonces: OrderedDict[str, dict[tuple[str, str], Nonce]] = OrderedDict()

    def authorize(self, request: OutgoingRequest) -> OutgoingRequest:
        """The request with credentials for every realm that has asked for them in its call; as it is where none has."""
        nonces = self._nonces.get(request.call_id)
        if not nonces or request.method in ("ACK", "CANCEL"):
            return request
        return self._with_credentials(request, nonces)

    def retry(self, refused: Refused) -> Retry | None:
        """The request with an answer to all challenges of a 401 or 407; None, with the reason, where it gets none."""
        request, response = refused.request, refused.response
        if response.status not in ANSWERED_BY:
            return None
        asks, answers = ANSWERED_BY[response.status]
        chosen = _choose(response.header_values(asks))
        if not chosen:
            refused.why = Saying.of("no-usable-challenge")
            return None
        nonces = self._nonces.get(request.call_id, {})
        known = frozenset([realm for _, realm in nonces])
        for challenge in chosen:
            refused.why = self._objection(challenge, answers, refused, known)
            if refused.why:
                return None
        for challenge in chosen:
            nonces[answers, challenge.realm] = Nonce(answers, challenge, self._new_cnonce())
            if request.method == "REGISTER":
                self.trust.registrar.add(challenge.realm)
        self._nonces[request.call_id] = nonces
        self._nonces.move_to_end(request.call_id)
        if len(self._nonces) > MAX_CALLS:
            self._nonces.popitem(last=False)
        return Retry(self._with_credentials(request, nonces), refused.flow)

    def forget(self, call_id: str) -> None:
        """The call or registration is over."""
        self._nonces.pop(call_id, None)

    def _objection(self, challenge: Challenge, header: str, refused: Refused, known: frozenset[str]) -> Told:
        """Why a challenge is not answered. Source: RFC 3261 §22.2: not again what was refused."""
        realm = challenge.realm
        objection = self.trust.objection(realm, refused, known)
        if objection:
            return Saying.of("challenge-not-answered", realm=realm, why=objection)
        request = refused.request
        if challenge.stale or realm not in _answered(request, header):
            return ""
        if request.tries == 0 and (header, realm) in self._nonces.get(request.call_id, {}):
            return ""  # a nonce from before, which may just have grown too old
        return Saying.of("not-accepted-by-realm", realm=realm, user=self._user)

    def _with_credentials(self, request: OutgoingRequest, nonces: dict[tuple[str, str], Nonce]) -> OutgoingRequest:
        return request.with_headers(
            *[nonce.credentials(self._user, self._password, request) for nonce in nonces.values()]
        )


def _place(next_hop: str) -> tuple[str, int]:
    """Host and port of a URI, bare or in angle brackets."""
    uri = NameAddr.parse(next_hop).uri if "<" in next_hop else Uri.parse(next_hop)
    return uri.host.lower(), uri.port or 5060


def _choose(values: list[str]) -> list[Challenge]:
    """Of every realm the first challenge that can be answered. Source: RFC 8760 §2.4."""
    chosen: dict[str, Challenge] = {}
    for value in values[:MAX_CHALLENGES]:
        try:
            challenge = Challenge.parse(value)
        except SipParseError:
            continue  # another scheme, or broken
        if challenge.is_usable:
            chosen.setdefault(challenge.realm, challenge)
    return list(chosen.values())


def credentials_of(request: OutgoingRequest) -> tuple[tuple[str, str], ...]:
    """The credentials in a request, which its ACK repeats. Source: RFC 3261 §22.1."""
    names = [answers for _, answers in ANSWERED_BY.values()]
    return tuple([field for field in request.headers if field[0] in names])


def _answered(request: OutgoingRequest, header: str) -> frozenset[str]:
    """The realms that a request has credentials for."""
    realms = []
    for name, value in request.headers:
        if name == header:
            try:
                realms.append(Credentials.parse(value).realm)
            except SipParseError:
                continue  # written by the scenario itself
    return frozenset(realms)
