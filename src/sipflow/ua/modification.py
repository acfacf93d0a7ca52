"""What we change in a standing session: a re-INVITE or UPDATE of ours. Source: RFC 3261 §14.1, RFC 3311 §5."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from sipflow.base.call_events import Cause, Disconnected
from sipflow.base.errors import AddressUnavailable, LocalProtocolError, SdpError
from sipflow.base.sayings import Saying, Told
from sipflow.sip.dialog import Dialog
from sipflow.sip.extensions import extensions_of
from sipflow.sip.invite_client import On
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest, reason_phrase
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction
from sipflow.sip.uas import SDP_TYPE, session_description
from sipflow.ua.answers import Answers
from sipflow.ua.call_state import ACCEPTED, CONFIRMED
from sipflow.ua.exchange import AGREED, OFFERED
from sipflow.ua.identity import form_within
from sipflow.ua.latch import Latch

if TYPE_CHECKING:
    from sipflow.ua.call import Call

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
"""How often one change is asked for while others cross it."""
STEP_S = 0.01  # RFC 3261 §14.1: units of 10 ms
TRY_AGAIN, CANCEL_LIMIT = range(2)


class Modification:
    """One change of a session by us, until its final response; asked for again where another one crossed it."""

    __slots__ = (
        "_answers", "_attempts", "_call", "_carries_offer", "_dialog", "_direction", "_exchange", "_invite",
        "_is_provisional", "_transaction", "done", "method", "reason", "status",
    )  # fmt: skip

    def __init__(self, call: Call, method: str, direction: str | None = None) -> None:
        """An offer in this direction; without one, the session as it stands is refreshed."""
        self._call = call
        self.method = method
        """`INVITE` or `UPDATE`."""
        self._direction = direction
        self._carries_offer = direction is not None or method == "INVITE"
        self._dialog: Dialog | None = None
        self._exchange = call.exchange
        self._attempts = 0
        self._is_provisional = False
        self._transaction: ClientTransaction | None = None
        self._invite: OutgoingRequest | None = None
        self._answers: Answers | None = None
        self.done = Latch()
        """The final response has come, or none will."""
        self.status = 0
        """Of the final response; 0 where the call has ended before."""
        self.reason: Told = Saying.of("call-has-ended")

    @property
    def is_under_way(self) -> bool:
        """Whether its request waits for a response."""
        return self._transaction is not None and not self.done.is_set

    def send(self, now: float) -> None:
        """Send the request."""
        call = self._call
        self._attempts += 1
        self._is_provisional = False
        try:
            standing = call.standing()
            if standing is None:
                raise LocalProtocolError(self.reason)
            dialog, self._exchange = standing
            self._dialog = dialog
            body = self._description() if self._carries_offer else b""
            agent = call.agent
            own = agent.identity.in_response[form_within(dialog, agent.ways.within(dialog).transport)]
            headers = (*own, *((SDP_TYPE,) if body else ()), *call.refresh.offer())
            self.resent(agent.request_in_dialog(dialog, self.method, self, now, headers, body))
        except (LocalProtocolError, AddressUnavailable) as error:
            self._roll_back()
            self._finish(500, error.said, now)

    def _description(self) -> bytes:
        exchange = self._exchange
        if self._direction is None:
            return exchange.offer_again(self.method)
        return exchange.offer(self.method, self._direction)

    def give_up(self, now: float) -> None:
        """Nobody waits for the response any more: a re-INVITE is cancelled. Source: RFC 3261 §9.1."""
        transaction = self._transaction
        if self.method != "INVITE" or transaction is None or not self.is_under_way or transaction.request is None:
            return
        agent = self._call.agent
        if self._is_provisional:
            agent.layer.request(transaction.request.cancel(), transaction.flow, now, None)
            agent.layer.timers.add(now, agent.settings.timing.limit, self, CANCEL_LIMIT)
        agent.drain(now)

    def feed(self, on: int, now: float) -> None:
        """A timer of its own is due."""
        if self.done.is_set:
            return
        if on == TRY_AGAIN:
            self._call.modifications.put_first(self, now)
        elif self._transaction is not None:
            self._transaction.feed(On.ABANDON, now)
            self._refused(408, reason_phrase(408), now)

    def abandon(self) -> None:
        """The call has ended."""
        self.done.set()

    # What the wire brings

    def retry(self, refused: Refused, now: float) -> Retry | None:  # noqa: ARG002 - it goes out at once
        return self._call.retry_within_dialog(refused)

    def resent(self, transaction: ClientTransaction) -> None:
        self._transaction = transaction
        self._invite = transaction.request if self.method == "INVITE" else None

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        status = response.status
        if status < 200:
            self._is_provisional = True
        elif status < 300:
            self._accepted(response, now)
        elif transaction is self._transaction:
            self._failed(response, now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        if failure.transaction is self._transaction:
            status = 408 if failure.timed_out else 503  # RFC 3261 §8.1.3.1
            self._refused(status, failure.reason, now)

    def _accepted(self, response: Response, now: float) -> None:
        call, dialog = self._call, self._dialog
        if dialog is None or (self._answers is not None and self._answers.repeat(response)):
            return
        dialog.refresh_target(response)
        unreachable: Told | None = ""
        if self._invite is not None:
            self._answers = Answers(call.agent, self._invite, dialog.flow)
            unreachable = self._answers.acknowledge(dialog)
            self._answers.when_sent = self._acknowledged
        if self.done.is_set:
            return
        if unreachable:
            self._roll_back()
            self._finish(500, unreachable, now)
            self._acknowledged(unreachable, now)
            return
        try:
            if self._carries_offer:
                self._exchange.receive_answer(session_description(response))
        except SdpError as error:
            self._exchange.refuse()
            self._finish(488, error.said, now)
            call.answer_unusable(error, response.raw, now)
            return
        call.refresh.agreed_by_peer(extensions_of(response), now)
        self._finish(response.status, response.reason, now)

    def _acknowledged(self, unreachable: Told, now: float) -> None:
        """The ACK has gone out; where the peer has moved out of reach, the call can't go on."""
        if unreachable:
            why = Saying.of("contact-unreachable", status=200, reason=unreachable)
            self._call.hang_up(Disconnected(now, b"", Cause.TRANSPORT, 0, why), now)

    def _failed(self, response: Response, now: float) -> None:
        status = response.status
        delay_s = self._delay(response)
        if delay_s is not None and self._attempts < MAX_ATTEMPTS and not self.done.is_set:
            self._roll_back()
            self._call.agent.layer.timers.add(now, delay_s, self, TRY_AGAIN)
        else:
            self._refused(status, response.reason, now, response.raw)

    def _delay(self, response: Response) -> float | None:
        """When to try again, in seconds; None for never. Source: RFC 3261 §14.1."""
        status, number = response.status, self._call.agent.ids.number
        if status == 491:
            owns_call_id = self._call.is_caller
            return STEP_S * (210 + number(191)) if owns_call_id else STEP_S * number(201)
        if status == 500:
            text = response.header("Retry-After") or ""
            return float(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None
        return None

    def _refused(self, status: int, reason: Told, now: float, message: bytes = b"") -> None:
        """The session stays as it was; 408, 481 and silence end the dialog. Source: RFC 3261 §12.2.1.2, §14.1."""
        if self.done.is_set:
            return
        self._roll_back()
        self._finish(status, reason, now)
        if status in (408, 481):
            cause = Cause.TIMEOUT if status == 408 else Cause.REJECTED
            self._call.hang_up(Disconnected(now, message, cause, status, reason), now)

    def _roll_back(self) -> None:
        self._transaction = None
        if self._carries_offer and self._exchange.state == OFFERED:
            self._exchange.refuse()

    def _finish(self, status: int, reason: Told, now: float) -> None:
        if not self.done.is_set:
            self.status, self.reason = status, reason
            self.done.set()
            self._call.modifications.go_on(now)


class Modifications:
    """The changes of one call by us: one at a time, each once nothing else is under way."""

    __slots__ = ("_call", "_waiting", "current")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._waiting: deque[Modification] = deque()
        self.current: Modification | None = None
        """The one whose request is out, or waits to be sent again."""

    @property
    def has_invite(self) -> bool:
        """Whether a re-INVITE of ours waits for its final response."""
        current = self.current
        return current is not None and current.method == "INVITE" and current.is_under_way

    def ask(self, direction: str, method: str) -> Modification:
        """Ask for a direction by INVITE or UPDATE, now or once what is under way is over.

        Raises LocalProtocolError where the call has no session that this method can change.
        """
        call = self._call
        if call.standing() is None or (method == "INVITE" and call.state not in (ACCEPTED, CONFIRMED)):
            raise LocalProtocolError(Saying.of("no-session-to-change", method=method, state=call.state.value))
        now = call.agent.clock.now()
        modification = Modification(call, method, direction)
        self.add(modification, now)
        call.agent.drain(now)
        return modification

    def add(self, modification: Modification, now: float) -> None:
        """Ask for it, now or once what is under way is over."""
        self._waiting.append(modification)
        self.go_on(now)

    def put_first(self, modification: Modification, now: float) -> None:
        """Ask for it once more."""
        self.current = None
        self._waiting.appendleft(modification)
        self.go_on(now)

    def go_on(self, now: float) -> None:
        """Something is over: send what waits, if it may be sent."""
        if self.current is not None and not self.current.done.is_set:
            return
        self.current = None
        waiting = self._waiting
        while waiting and self.current is None and self._may_send(waiting[0].method):
            self.current = waiting.popleft()
            self.current.send(now)

    def _may_send(self, method: str) -> bool:
        """Whether nothing is in the way of an INVITE or UPDATE. Source: RFC 3261 §14.1, RFC 3311 §5.1."""
        call = self._call
        standing = call.standing()
        if standing is None or standing[1].state != AGREED:
            return False
        return method != "INVITE" or (call.state is CONFIRMED and not call.is_acknowledgement_due)

    def abandon(self) -> None:
        """The call has ended."""
        if self.current is not None:
            self.current.abandon()
        for modification in self._waiting:
            modification.abandon()
        self._waiting.clear()
