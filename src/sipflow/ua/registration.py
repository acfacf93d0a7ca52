"""Registering with a registrar, and staying registered. Source: RFC 3261 §10.2, RFC 3327, RFC 3608, RFC 5626.

One request is under way at a time, as §10.2 wants; all have one Call-ID and From tag, and each the next CSeq.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from sipflow.base.errors import LocalProtocolError, RegistrationFailed, SipParseError
from sipflow.base.events import Level
from sipflow.base.sayings import Saying, Told
from sipflow.sip.address import NameAddr
from sipflow.sip.flow import Address, Flow
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers, OutgoingRequest
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction
from sipflow.ua.authentication import answer_challenge
from sipflow.ua.bindings import Bindings, bound_contacts, expiry_s, is_outbound_edge, renewal_s, seconds_of
from sipflow.ua.keep_alive import KeepAlive

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

BACK_OFF_S = 5.0
"""Wait after the first failure, doubled with each: configurable by RFC 5626 §4.5, whose 30 s are for phones by the
thousand."""
MAX_BACK_OFF_S = 1800.0  # RFC 5626 §4.5

Say = Callable[[Told, Level], None]
"""Takes a line for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSettings:
    """Where and how to register."""

    registrar: str
    """URI without a user."""
    expires_s: int = 300
    """How long a registration should last."""
    is_outbound: bool = False
    """Whether to name the instance and the flow (RFC 5626), so that the registrar replaces a binding of before."""
    back_off_s: float = BACK_OFF_S


class RegistrationState(Enum):
    """Where a registration stands."""

    NONE = "none"
    GRANTED = "granted"
    LOST = "lost"
    """It was granted, and could not be renewed: tried again, ever more slowly."""


class Registration:
    """The registration of one user agent."""

    def __init__(self, agent: UserAgent, settings: RegistrationSettings, say: Say) -> None:
        """Made once the agent listens: its address is part of it."""
        self.state = RegistrationState.NONE
        self.service_route: tuple[str, ...] = ()
        """What requests outside dialogs go through. Source: RFC 3608 §6."""
        self.path: tuple[str, ...] = ()
        """What requests to us come through. Source: RFC 3327 §5.1."""
        self._agent = agent
        self._settings = settings
        self._say = say
        self._aor = f"<{agent.identity.address_of_record}>"
        self._from = f"{self._aor};tag={agent.ids.tag()}"
        self._call_id = agent.ids.call_id()
        self._cseq = 0
        self._further: tuple[str, ...] = ()
        """What is bound beside our own Contact."""
        self._wishes: deque[_Wish] = deque()
        """What is to be asked; the first is under way."""
        self._expires_s = settings.expires_s
        """What the binding that stands was asked for with."""
        self._flow: Flow | None = None
        """By which the last request went."""
        self._why: Told = ""
        self._timer = 0
        """Number of the timer that renews; those before it are out of date."""
        self._failures = 0
        self._granted_at = 0.0
        self._keep_alive = KeepAlive(agent, self._flow_lost, self._seen)

    # What the scenario asks for

    async def register(self, expires_s: int | None = None, further: tuple[str, ...] | None = None) -> Bindings:
        """Bind our Contact, and keep it bound; 0 removes it. Raises RegistrationFailed.

        `further` are URIs that are bound, renewed and removed with it from now on; None leaves them as they are.
        """
        if further is not None:
            self._further = further
        wanted = self._settings.expires_s if expires_s is None else expires_s
        return await self._wish(self._own_contact(), wanted)

    async def unregister(self) -> Bindings:
        """Remove our own binding. Raises RegistrationFailed. Source: §10.2.2."""
        return await self.register(0)

    async def unregister_all(self) -> Bindings:
        """Remove every binding of our address, whoever made it. Raises RegistrationFailed. Source: §10.2.2."""
        return await self._wish("*", 0)

    async def query(self) -> Bindings:
        """Ask for the bindings, and change none. Raises RegistrationFailed. Source: §10.2.3."""
        return await self._wish("", None)

    def close(self) -> None:
        """Ask for nothing any more."""
        self._timer += 1
        self._keep_alive.stop()
        wishes = list(self._wishes)
        self._wishes.clear()
        for wish in wishes:
            wish.fail(self._failure(0, Saying.of("agent-closed")))

    # One request after the other

    async def _wish(self, contact: str, expires_s: int | None) -> Bindings:
        granted: asyncio.Future[Bindings] = asyncio.get_running_loop().create_future()
        self._want(_Wish(contact, expires_s, granted))
        return await granted

    def _want(self, wish: _Wish) -> None:
        self._wishes.append(wish)
        if len(self._wishes) == 1:
            self._send_next()

    def _send_next(self) -> None:
        agent, now = self._agent, self._agent.clock.now()
        while self._wishes:
            wish = self._wishes[0]
            if wish.removes:
                self._timer += 1
            try:
                request, flow = self._request(wish)
            except (LocalProtocolError, SipParseError) as error:
                self._wishes.popleft()
                self._failed(wish, self._failure(0, error.said))
            else:
                self._flow = flow
                agent.send(request, flow, now, self)
                break
        agent.drain(now)

    def _request(self, wish: _Wish) -> tuple[OutgoingRequest, Flow]:
        agent, registrar = self._agent, self._settings.registrar
        uri, routes, flow, _, _ = agent.ways.to(registrar)
        branch = agent.ids.branch()
        self._cseq += 1
        request = OutgoingRequest(
            "REGISTER", uri, branch, agent.identity.vias[flow.transport] + branch, self._from, self._aor, self._call_id,
            self._cseq, routes, self._headers(wish),
        )  # fmt: skip
        return (request if agent.digest is None else agent.digest.authorize(request)), flow

    def _headers(self, wish: _Wish) -> Headers:
        expires = ";expires=0" if wish.removes and wish.contact != "*" else ""
        own = wish.contact not in ("", "*")
        written = [("Contact", wish.contact + expires)] if wish.contact else []
        written += [("Contact", f"<{uri}>{expires}") for uri in self._further if own]
        if wish.expires_s is not None:
            written.append(("Expires", str(wish.expires_s)))
        supported = "path, outbound" if self._settings.is_outbound else "path"
        return (*written, ("Supported", supported), ("User-Agent", self._agent.settings.product))

    def _own_contact(self) -> str:
        agent = self._agent
        try:
            transport = agent.ways.to(self._settings.registrar).flow.transport
        except (LocalProtocolError, SipParseError):
            transport = agent.settings.transport  # the request will tell
        contact = f"<{agent.identity.contact(transport)}>"
        if self._settings.is_outbound:
            contact += f';+sip.instance="<urn:uuid:{uuid5(NAMESPACE_URL, agent.address)}>";reg-id=1'
        return contact

    def retry(self, refused: Refused, now: float) -> Retry | None:  # noqa: ARG002 - the seam hands it to all
        wish = self._wishes[0] if self._wishes else None
        if refused.response.status == 423 and wish is not None:
            longer_s = seconds_of(refused.response.header("Min-Expires"), 0)
            if wish.expires_s and longer_s > wish.expires_s:  # §10.2.8
                wish.expires_s = longer_s
                return Retry(refused.request.with_headers(("Expires", str(longer_s))), refused.flow)
        retry = answer_challenge(self._agent.digest, refused)
        self._why = refused.why
        return retry

    def resent(self, transaction: ClientTransaction) -> None:
        request = transaction.request
        if request is not None:
            self._cseq, self._flow = request.cseq, transaction.flow

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:  # noqa: ARG002
        if response.status < 200 or not self._wishes:
            return
        wish = self._wishes.popleft()
        self._flow = transaction.flow
        if response.status < 300:
            wish.grant(self._granted(wish, response))
        else:
            reason = Saying.of("because", what=response.reason, why=self._why) if self._why else response.reason
            self._failed(wish, self._failure(response.status, reason, seconds_of(response.header("Retry-After"), 0)))
        self._send_next()

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:  # noqa: ARG002
        if self._wishes:
            status = 408 if failure.timed_out else 503  # RFC 3261 §8.1.3.1
            self._failed(self._wishes.popleft(), self._failure(status, failure.reason))
            self._send_next()

    def _failure(self, status: int, reason: Told, retry_after_s: int = 0) -> RegistrationFailed:
        return RegistrationFailed(self._settings.registrar, status, reason, retry_after_s)

    def _failed(self, wish: _Wish, error: RegistrationFailed) -> None:
        if wish.removes:
            self.state = RegistrationState.NONE
        if not wish.fail(error):
            self._lost(error.got, error.retry_after_s)

    # What is granted

    def _granted(self, wish: _Wish, answer: Response) -> Bindings:
        """What a 2xx grants; it is noted when that is to be renewed."""
        contacts = bound_contacts(answer)
        ours = NameAddr.parse(wish.contact if wish.contact.startswith("<") else self._own_contact()).uri
        own = next((contact for contact in contacts if contact.uri.matches(ours)), None)
        if not wish.expires_s:
            if wish.removes:
                self._removed()
            return Bindings(contacts, 0 if own is None or wish.removes else expiry_s(answer, own, 0), answer.raw)
        registrar = self._settings.registrar
        if own is None and contacts:
            self._say(Saying.of("contact-not-listed", registrar=registrar), Level.WARNING)
        expires_s = expiry_s(answer, own, wish.expires_s)
        self.state, self._expires_s = RegistrationState.GRANTED, wish.expires_s
        self._granted_at = self._agent.clock.now()
        self.path = tuple(answer.list_values("Path"))
        self.service_route = self._usable(answer.list_values("Service-Route"))
        self._say(Saying.of("registered", registrar=registrar, seconds=expires_s), Level.INFO)
        self._renew_in(renewal_s(expires_s))
        self._keep_flow(answer)
        return Bindings(contacts, expires_s, answer.raw)

    def _removed(self) -> None:
        if self.state is not RegistrationState.NONE:
            self._say(Saying.of("unregistered", registrar=self._settings.registrar), Level.INFO)
        self.state = RegistrationState.NONE
        self.service_route = self.path = self._further = ()
        self._keep_alive.stop()

    def _usable(self, routes: list[str]) -> tuple[str, ...]:
        """The route, if requests can go by it."""
        try:
            for route in routes:
                self._agent.paths.to(route, self._agent.settings.transport)
        except (LocalProtocolError, SipParseError) as error:
            self._say(Saying.of("service-route-unusable", error=error.said), Level.WARNING)
            return ()
        return tuple(routes)

    # Staying registered

    def _renew_in(self, seconds: float) -> None:
        self._timer += 1
        self._agent.layer.timers.add(self._agent.clock.now(), seconds, self, self._timer)

    def feed(self, on: int, now: float) -> None:  # noqa: ARG002 - timers hand it to all
        """The time to renew."""
        if on == self._timer:
            self._want(_Wish(self._own_contact(), self._expires_s, None))

    def _lost(self, reason: Told, after_s: float = 0.0) -> None:
        """The binding may be gone: make it anew, `after_s` at the earliest. Source: RFC 5626 §4.5."""
        settings = self._settings
        self._failures = 1 if self._has_stood else self._failures + 1
        self.state = RegistrationState.LOST
        self._keep_alive.stop()
        longest_s = min(MAX_BACK_OFF_S, settings.back_off_s * 2 ** min(self._failures, 20))
        wait_s = max(after_s, longest_s * (0.5 + self._agent.ids.number(501) / 1000))
        lost = Saying.of("registration-lost", registrar=settings.registrar, reason=reason, seconds=f"{wait_s:.0f}")
        self._say(lost, Level.WARNING)
        self._renew_in(wait_s)

    def flow_failed(self, flow: Flow, reason: Told) -> None:
        """A connection is gone, in good order or not; by that of the registration nobody reaches us any more."""
        own = self._flow
        is_ours = own is not None and own.is_reliable and (own.transport, own.remote) == (flow.transport, flow.remote)
        if is_ours:
            self._flow_lost(reason)

    def _flow_lost(self, reason: Told) -> None:
        """Register by a new flow, at once where the old one had been of use. Source: RFC 5626 §4.5."""
        if self.state is not RegistrationState.GRANTED or self._wishes:
            return
        if not self._has_stood:
            self._lost(reason)
            return
        self._say(Saying.of("flow-lost", registrar=self._settings.registrar, reason=reason), Level.WARNING)
        self.state, self._failures = RegistrationState.LOST, 0
        self._keep_alive.stop()
        self._renew_in(0.0)

    def _seen(self, address: Address) -> None:
        self._say(f"{self._settings.registrar} sees us at {address}", Level.INFO)

    @property
    def _has_stood(self) -> bool:
        """Whether a registration was granted for a while: what failed before it counts no more.

        Without such a while a registrar that closes every connection would be asked again and again.
        """
        stood_s = self._agent.clock.now() - self._granted_at
        return self.state is RegistrationState.GRANTED and stood_s >= self._settings.back_off_s

    def received(self, data: bytes, flow: Flow) -> bool:
        """Something came that is no SIP message; whether it is one of STUN."""
        return self._keep_alive.received(data, flow)

    def _keep_flow(self, answer: Response) -> None:
        """Keep the flow open: as the registrar requires, with STUN by datagrams where it or the edge is known to answer
        that; else by datagrams as our settings say, for streams keep themselves. Source: RFC 5626 §4.2.1, §4.4, §8.
        """
        flow = self._flow
        if flow is None:
            return
        is_required = "outbound" in [tag.lower() for tag in answer.list_values("Require")]
        knows_stun = is_required or any(is_outbound_edge(value) for value in self.path)
        if is_required or (knows_stun and not flow.is_reliable):
            self._keep_alive.start(flow, seconds_of(answer.header("Flow-Timer"), 0), uses_stun=True)
        elif not flow.is_reliable and self._agent.settings.streams.keep_alive_s:
            self._keep_alive.start(flow, self._agent.settings.streams.keep_alive_s, uses_stun=False)


class _Wish:
    """One request that is to be made, and who waits for what comes of it; nobody for a renewal."""

    __slots__ = ("_granted", "contact", "expires_s", "removes")

    def __init__(self, contact: str, expires_s: int | None, granted: asyncio.Future[Bindings] | None) -> None:
        self.contact = contact
        """`*`, our own in angle brackets with its parameters, or empty to ask only."""
        self.expires_s = expires_s
        self.removes = expires_s == 0
        self._granted = granted

    def grant(self, bindings: Bindings) -> None:
        if self._granted is not None and not self._granted.done():
            self._granted.set_result(bindings)

    def fail(self, error: RegistrationFailed) -> bool:
        """Tell whoever waits; False where nobody ever did."""
        if self._granted is not None and not self._granted.done():
            self._granted.set_exception(error)
        return self._granted is not None
