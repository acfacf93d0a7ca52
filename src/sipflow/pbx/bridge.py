"""Two calls joined: what comes on one side goes to the other. Source: RFC 3261 §6, §12.2, §14, §15."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from sipflow.base.errors import LocalProtocolError
from sipflow.pbx.leg import Leg, carried
from sipflow.pbx.reliable import ReliableResponses
from sipflow.pbx.wire import Answer, PlainUser, respond
from sipflow.sip.extensions import rack_of, rseq_of
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response
from sipflow.sip.methods import TARGET_REFRESHERS
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers
from sipflow.sip.request_server import On as RequestOn
from sipflow.sip.transaction import ClientTransaction, ServerTransaction

logger = logging.getLogger(__name__)


class Directory(Protocol):
    """Where legs are found again by their dialogs."""

    def add(self, leg: Leg, bridge: Bridge) -> None: ...

    def drop(self, leg: Leg) -> None: ...


class Bridge:
    """A call of two sides. The far one is there once somebody rings."""

    def __init__(self, directory: Directory, near: Leg) -> None:
        self._directory = directory
        self.near = near
        self.far: Leg | None = None
        self._acks: dict[Leg, int] = {}
        """CSeq of the INVITE on this leg whose 2xx waits for its ACK, until the other leg's ACK brings it."""
        self._pending: set[Leg] = set()
        """Legs from which an INVITE is under way."""
        self.is_over = False
        self._reliable = ReliableResponses()
        self.on_early_bye: Callable[[float], None] | None = None
        """What is to be done where the caller ends the call before it is answered."""
        directory.add(near, self)

    def join(self, far: Leg) -> None:
        """Let this be the other side from now on, in place of another phone that rang."""
        if self.far is not None and self.far is not far:
            self._directory.drop(self.far)
        self.far = far
        self._directory.add(far, self)

    def other(self, leg: Leg) -> Leg | None:
        return self.far if leg is self.near else self.near

    # The handshake of an INVITE that goes across

    def await_ack(self, leg: Leg, cseq: int) -> None:
        """A 2xx came on this leg: its ACK goes out when the other leg's comes."""
        self._acks[leg] = cseq

    def ack_received(self, leg: Leg, ack: Request, now: float) -> None:
        """An ACK on this leg: the other one's goes out, with its body."""
        other = self.other(leg)
        if not leg.acknowledged(ack, now) or other is None:
            return
        headers = carried(ack) if ack.has_body else ()
        self._acknowledge(other, ack.body, headers)

    def never_acknowledged(self, status: int, now: float) -> None:  # noqa: ARG002 - the seam names it
        """One side never acknowledged our 2xx: both are hung up. Source: RFC 3261 §13.3.1.4."""
        self.hang_up(None, (), now)

    # Provisional responses

    def reliable_number(self, origin: Leg, response: Response, leg: Leg, cseq: int) -> Headers | None:
        """The RSeq with which a provisional response of one side goes to the other, whose INVITE has `cseq`.

        Nothing where it need not be acknowledged; None where it must not go across: one too many.
        """
        rseq = rseq_of(response)
        if rseq is None:
            return ()
        number = self._reliable.number(origin, response.cseq, rseq, leg, cseq)
        return None if number is None else (("RSeq", str(number)),)

    # Requests within the dialogs

    def request_received(self, leg: Leg, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Answer what concerns this side alone; all else goes to the other side, whose answer comes back."""
        if not leg.dialog.takes(request):
            respond(transaction, Answer(500, reason="CSeq is lower than the last"), now)
            return
        if request.method == "BYE":
            respond(transaction, Answer(200), now)
            self.hang_up(leg, carried(request), now)
            return
        other = self.other(leg)
        if other is None:
            respond(transaction, Answer(481), now)
            return
        if isinstance(transaction, InviteServerTransaction):
            if self._pending or self._acks:
                respond(transaction, Answer(491), now)
                return
            self._pending.add(leg)
        if request.method in TARGET_REFRESHERS:
            leg.dialog.refresh_target(request)
        if request.method == "PRACK":
            self._prack_received(leg, transaction, request, now)
        else:
            Relay(self, leg, other, transaction, request).start(now)

    def _prack_received(self, leg: Leg, transaction: ServerTransaction, request: Request, now: float) -> None:
        """It goes to whom it acknowledges, which may be a phone that rang before the one that rings now."""
        origin = self._reliable.origin(leg, rack_of(request))
        if origin is None:
            respond(transaction, Answer(481), now)
        else:
            Relay(self, leg, origin.leg, transaction, request, (("RAck", origin.rack),)).start(now)

    def invite_ended(self, leg: Leg) -> None:
        """The INVITE from this leg has its final response."""
        self._pending.discard(leg)

    def hang_up(self, by: Leg | None, headers: Headers, now: float) -> None:
        """End the call: BYE to every side but the one that has sent its own."""
        if self.is_over:
            return
        self.is_over = True
        for leg in (self.near, self.far):
            if leg is None:
                continue
            leg.abandon(now)
            if leg is not by:
                self._say_bye(leg, headers, now)
            self._directory.drop(leg)

    def close(self) -> None:
        """The call has never been answered, and is over."""
        self.is_over = True
        for leg in (self.near, self.far):
            if leg is not None:
                self._directory.drop(leg)

    def _say_bye(self, leg: Leg, headers: Headers, now: float) -> None:
        self._acknowledge(leg, b"", ())
        try:
            leg.send("BYE", headers, b"", None, now)
        except LocalProtocolError as error:
            logger.warning("no BYE can be sent: %s", error)

    def _acknowledge(self, leg: Leg, body: bytes, headers: Headers) -> None:
        cseq = self._acks.pop(leg, None)
        if cseq is None:
            return
        try:
            leg.acknowledge(cseq, body, headers)
        except LocalProtocolError as error:
            logger.warning("no ACK can be sent: %s", error)


class Relay(PlainUser):
    """One request of one side on its way to the other, and the answer on its way back."""

    def __init__(
        self,
        bridge: Bridge,
        leg: Leg,
        other: Leg,
        transaction: ServerTransaction,
        request: Request,
        more: Headers = (),
    ) -> None:
        """`more` header fields go to the other side."""
        self._bridge = bridge
        self._leg = leg
        self._other = other
        self._transaction = transaction
        self._request = request
        self._more = more
        self._client: ClientTransaction | None = None
        self._is_done = False

    def start(self, now: float) -> None:
        request = self._request
        headers = (*carried(request), *self._more)
        if request.method in TARGET_REFRESHERS:
            headers = (self._other.contact, *headers)
        self._transaction.user = self
        try:
            self._client = self._other.send(request.method, headers, request.body, self, now)
        except LocalProtocolError:
            self._answer(Answer(503), b"", now)

    def cancel(self, now: float) -> None:
        """The sender of an INVITE gives up."""
        client = self._client
        if client is not None and client.request is not None and not self._is_done:
            self._other.cancel(client.request, client.flow, now)

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if transaction is not self._client:
            return
        status, headers = response.status, carried(response)
        if status < 200:
            if status > 100 and isinstance(self._transaction, InviteServerTransaction) and not self._is_done:
                number = self._bridge.reliable_number(self._other, response, self._leg, self._request.cseq)
                if number is not None:
                    answer = Answer(status, (self._leg.contact, *headers, *number), response.reason)
                    respond(self._transaction, answer, now, response.body)
        elif self._is_done:
            self._other.acknowledge_again()
        elif status < 300 and isinstance(self._transaction, InviteServerTransaction):
            self._succeed(self._transaction, response, headers, now)
        else:
            if status < 300 and self._request.method in TARGET_REFRESHERS:
                self._other.dialog.refresh_target(response)
                headers = (self._leg.contact, *headers)
            self._answer(Answer(status, headers, response.reason), response.body, now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        if failure.transaction is not self._client:
            return
        if failure.timed_out and not isinstance(self._transaction, InviteServerTransaction):
            self._is_done = True
            self._transaction.feed(RequestOn.ABANDON, now)  # RFC 4320 §4.2: an answer would come too late
        else:
            self._answer(Answer(408 if failure.timed_out else 503), b"", now)

    def _succeed(self, transaction: InviteServerTransaction, response: Response, headers: Headers, now: float) -> None:
        """The 2xx to an INVITE: it waits for its ACK on both sides."""
        self._is_done = True
        self._bridge.invite_ended(self._leg)
        self._other.dialog.refresh_target(response)
        self._bridge.await_ack(self._other, response.cseq)
        self._leg.succeed(transaction, self._request, response.status, headers, response.body, self._bridge, now)

    def _answer(self, answer: Answer, body: bytes, now: float) -> None:
        if self._is_done:
            return
        self._is_done = True
        self._bridge.invite_ended(self._leg)
        respond(self._transaction, answer, now, body)
