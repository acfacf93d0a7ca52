"""The PBX itself, apart from sockets and clocks: what it does with every request. Source: RFC 3261 §10, §16."""

from __future__ import annotations

from typing import Final

from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.base.pbx_choices import Effect, FaultRule, Mode
from sipflow.base.sayings import Saying
from sipflow.pbx.b2bua import B2bua
from sipflow.pbx.bridge import Relay
from sipflow.pbx.fanout import Fanout
from sipflow.pbx.forwarding import Forwarding, forwarded_ack
from sipflow.pbx.gate import Gate
from sipflow.pbx.location import Location
from sipflow.pbx.registrar import SUPPORTED, Registrar
from sipflow.pbx.routing import Routed, Router
from sipflow.pbx.settings import PbxSettings
from sipflow.pbx.trouble import Trouble
from sipflow.pbx.wire import Answer, PlainUser, Wire, respond
from sipflow.sip.flow import Flow
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers
from sipflow.sip.transaction import ServerTransaction

MAX_TRANSACTIONS: Final = 10_000
"""Beyond this, what is new is refused."""
DUE: Final = 0
"""The timer of a delayed request."""
ALLOW: Final = ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER")


class Pbx:
    """A registrar and proxy. Whoever owns the wire feeds it requests, and drains the orders of its transactions."""

    def __init__(self, settings: PbxSettings, wire: Wire, gate: Gate | None = None) -> None:
        self.settings = settings
        self.location = Location()
        self.router = Router(settings, self.location)
        self._wire = wire
        self.b2bua = B2bua(wire, settings) if settings.mode is Mode.B2BUA else None
        self._registrar = Registrar(settings, self.location)
        self._gate = gate
        self._trouble = Trouble(settings.faults, wire.ids.number)

    def loses(self, request: Request) -> bool:
        """Whether a request that has just come is to be lost, as if the network had done it."""
        if not self._trouble.drops(request.method):
            return False
        self._wire.log(Saying.of("pbx-drops", method=request.method))
        return True

    def request_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A new request."""
        rule = self._trouble.met_by(request.method)
        if rule is not None and rule.effect is Effect.REFUSE:
            self._wire.log(Saying.of("pbx-refuses", method=request.method, status=rule.status))
            retry: Headers = (("Retry-After", str(rule.retry_after_s)),) if rule.retry_after_s else ()
            respond(transaction, Answer(rule.status, retry), now)
        elif rule is not None:
            self._delay(rule, transaction, request, now)
        else:
            self.handle(transaction, request, now)

    def handle(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Do what a request asks for."""
        if request.method == "CANCEL":
            self._cancel(transaction, request, now)
            return
        try:
            answer = self._serve(transaction, request, now)
        except SipParseError as error:
            answer = Answer(400, reason=f"Bad Request ({error.header or error.what})")
        if answer is not None:
            respond(transaction, answer, now)

    def ack_received(self, ack: Request, flow: Flow, now: float) -> None:
        """The ACK to a 2xx, on its way to whoever sent that. Nobody answers an ACK, so what is wrong is dropped."""
        try:
            if self.b2bua is not None and self.b2bua.ack_received(ack, now):
                return
            routed = self.router.route(ack)
            groups = self.router.targets(routed, now)
            if self.router.refusal(ack, routed) is None and not isinstance(groups, Answer):
                forwarded_ack(self._wire, ack, flow, groups[0][0])
        except (LocalProtocolError, SipParseError) as error:
            self._wire.log(Saying.of("pbx-ack-stuck", error=error.said))

    def _serve(self, transaction: ServerTransaction, request: Request, now: float) -> Answer | None:
        """Forward the request, or return its answer."""
        if len(self._wire.layer) > MAX_TRANSACTIONS:
            return Answer(503, (("Retry-After", "10"),), "Too many transactions")
        if self.b2bua is not None and request.to_tag and self.b2bua.request_received(transaction, request, now):
            return None
        routed = self.router.route(request)
        if self._is_for_us(request, routed):
            return self._own(transaction, request, now)
        refusal = self.router.refusal(request, routed)
        if refusal is None:
            caller = request.from_.uri
            refusal = self._challenged(request, caller.user if self.router.is_responsible(caller) else None, now)
        if refusal is not None:
            return refusal
        groups = self.router.targets(routed, now)
        if isinstance(groups, Answer):
            return groups
        if self.b2bua is not None and isinstance(transaction, InviteServerTransaction):
            return Answer(481) if request.to_tag else self.b2bua.call(transaction, request, groups, now)
        realm = "" if self._gate is None else self._gate.realm
        Forwarding(self._wire, self.settings, transaction, request, groups, realm).start(now)
        return None

    def _is_for_us(self, request: Request, routed: Routed) -> bool:
        """Whether the PBX itself is meant: a REGISTER in its domain, or an address without a user."""
        if routed.routes or not self.router.is_responsible(routed.uri):
            return False
        return request.method == "REGISTER" or not routed.uri.user

    def _own(self, transaction: ServerTransaction, request: Request, now: float) -> Answer:
        """Answer what is meant for the PBX itself. Source: RFC 3261 §8.2, §10.3, §11."""
        unknown = [tag for tag in request.list_values("Require") if tag.lower() not in SUPPORTED]
        if unknown:
            return Answer(420, (("Unsupported", ", ".join(unknown)),))
        if request.method == "REGISTER":
            return self._register(transaction, request, now)
        if request.method == "OPTIONS":
            return Answer(200, (ALLOW, ("Supported", ", ".join(sorted(SUPPORTED)))))
        return Answer(481) if request.to_tag else Answer(405, (ALLOW,))

    def _challenged(self, request: Request, user: str | None, now: float) -> Answer | None:
        return None if self._gate is None else self._gate.refusal(request, user, now)

    def _register(self, transaction: ServerTransaction, request: Request, now: float) -> Answer:
        to = request.to.uri
        refusal = self._challenged(request, to.user, now)
        if refusal is not None:
            return refusal
        if not to.user or not self.router.is_responsible(to):  # RFC 3261 §10.3, step 5
            return Answer(404)
        return self._registrar.register(request, to.user, transaction.flow, now)

    def _cancel(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Source: RFC 3261 §9.2, §16.10."""
        invite = self._wire.layer.cancelled_invite(request)
        respond(transaction, Answer(200 if invite is not None else 481), now)
        if invite is None:
            return
        if isinstance(invite.user, Fanout | Relay):
            invite.user.cancel(now)
        elif isinstance(invite.user, _Delayed) and invite.is_pending:
            invite.user.drop()
            respond(invite, Answer(487), now)

    def _delay(self, rule: FaultRule, transaction: ServerTransaction, request: Request, now: float) -> None:
        self._wire.log(Saying.of("pbx-delays", method=request.method, seconds=f"{rule.delay_s:g}"))
        delayed = _Delayed(self, transaction, request)
        if isinstance(transaction, InviteServerTransaction):
            transaction.user = delayed
        self._wire.layer.timers.add(now, rule.delay_s, delayed, DUE)


class _Delayed(PlainUser):
    """A request that is held back."""

    def __init__(self, pbx: Pbx, transaction: ServerTransaction, request: Request) -> None:
        self._pbx = pbx
        self._transaction = transaction
        self._request: Request | None = request

    def drop(self) -> None:
        """Nobody wants it any more."""
        self._request = None

    def feed(self, _on: int, now: float) -> None:
        request, self._request = self._request, None
        if request is not None:
            self._pbx.handle(self._transaction, request, now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:  # noqa: ARG002 - the seam names it
        """Nobody would hear the answer."""
        self.drop()
