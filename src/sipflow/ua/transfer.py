"""A transfer that we ask for: our REFER, and what its NOTIFYs tell. Source: RFC 3515 §2.4, RFC 4488, RFC 5589 §6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import Notified
from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.base.sayings import Saying, Told
from sipflow.sip.dialog import Dialog
from sipflow.sip.message import Request, Response
from sipflow.sip.message_rules import event_of, refuse_type, subscription_state
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers
from sipflow.sip.refer import silence_of
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.sipfrag import SIPFRAG, read_status
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.sip.uas import REFER_PACKAGE
from sipflow.ua.call_state import ACCEPTED, CONFIRMED
from sipflow.ua.latch import Latch

if TYPE_CHECKING:
    from sipflow.ua.call import Call


class Transfer:
    """One REFER of ours within a call, from its sending to what became of the new call."""

    __slots__ = ("_call", "_cseq", "_is_subscribed", "accepted", "done", "reason", "status")

    def __init__(self, call: Call, *, subscribes: bool) -> None:
        self._call = call
        self._cseq = 0
        self._is_subscribed = subscribes
        self.accepted = Latch()
        """The REFER has its final response, or will have none."""
        self.done = Latch()
        """What became of the new call is known, or will never be."""
        self.status = 0
        """The final response to the new call, or to a REFER that was refused; 0 where none is known."""
        self.reason: Told = Saying.of("call-has-ended")

    @property
    def is_refused(self) -> bool:
        """Whether the REFER itself was refused or has failed, or the new call has."""
        return self.done.is_set and not 200 <= self.status < 300

    def send(self, dialog: Dialog, refer_to: str, headers: Headers, now: float) -> None:
        """Send the REFER. Raises LocalProtocolError where the peer can't be reached."""
        agent = self._call.agent
        wishes = () if self._is_subscribed else (("Refer-Sub", "false"), ("Supported", "norefersub"))
        referred_by = ("Referred-By", f"<{agent.identity.address_of_record}>")
        written = (("Refer-To", refer_to), referred_by, *wishes, *headers)
        self.resent(agent.request_in_dialog(dialog, "REFER", self, now, written))

    def belongs(self, event_id: str) -> bool:
        """Whether a NOTIFY with this id, or without one, tells of this transfer. Source: RFC 3515 §2.4.6."""
        return not self.done.is_set and event_id in ("", str(self._cseq))

    def notified(self, status: int, reason: str, is_over: bool) -> None:
        """A NOTIFY tells how far the new call is."""
        self.accepted.set()  # one may come before the 202 does
        if status >= 200:
            self._finish(status, reason)
        elif is_over:
            self._finish(0, Saying.of("subscription-ended", status=f"{status} {reason}"))

    def abandon(self) -> None:
        """The call has ended."""
        self._finish(self.status, self.reason)

    def _finish(self, status: int, reason: Told) -> None:
        if not self.done.is_set:
            self.status, self.reason = status, reason
            self.accepted.set()
            self.done.set()

    # What the wire brings

    def retry(self, refused: Refused, now: float) -> Retry | None:
        return self._call.retry(refused, now)

    def resent(self, transaction: ClientTransaction) -> None:
        if transaction.request is not None:
            self._cseq = transaction.request.cseq

    def response_received(self, _transaction: ClientTransaction, response: Response, _now: float) -> None:
        if response.status >= 300:
            self._finish(response.status, response.reason)
        elif response.status >= 200:
            self.accepted.set()
            if not self._is_subscribed and silence_of(response):
                self._finish(response.status, response.reason)  # nobody will tell more. Source: RFC 4488 §4

    def transaction_failed(self, failure: TransactionFailed, _now: float) -> None:
        self._finish(408 if failure.timed_out else 503, failure.reason)


class Transfers:
    """The REFERs of one call, in both directions."""

    __slots__ = ("followed", "ours")

    def __init__(self) -> None:
        self.ours: list[Transfer] = []
        self.followed = 0
        """How many of the peer's have been followed."""

    def abandon(self) -> None:
        """The call has ended."""
        for transfer in self.ours:
            transfer.abandon()


def start_transfer(call: Call, refer_to: str, headers: Headers, subscribes: bool) -> Transfer:
    """Ask the peer of an answered call to call somebody else. Raises LocalProtocolError where there is none."""
    if call.dialog is None or call.state not in (ACCEPTED, CONFIRMED):
        raise LocalProtocolError(Saying.of("not-transferable", state=call.state.value))
    transfer = Transfer(call, subscribes=subscribes)
    now = call.agent.clock.now()
    transfer.send(call.dialog, refer_to, headers, now)
    call.transfers.ours.append(transfer)
    call.agent.drain(now)
    return transfer


def expect_transfer(call: Call) -> Transfer:
    """What becomes of a REFER that somebody else sends within a call: they tell it what is sent and answered."""
    transfer = Transfer(call, subscribes=True)
    call.transfers.ours.append(transfer)
    return transfer


def told_transfer(call: Call, notify: Request) -> Transfer | None:
    """The transfer of ours that a NOTIFY within the call tells of."""
    package, event_id = event_of(notify)
    if package != REFER_PACKAGE:
        return None
    return next((one for one in call.transfers.ours if one.belongs(event_id)), None)


def notify_received(call: Call, transaction: ServerTransaction, request: Request, now: float) -> None:
    """A NOTIFY within a call that tells of one of our transfers."""
    respond, transfer = call.agent.respond, told_transfer(call, request)
    if transfer is None:
        respond(transaction, 481, now)
        return
    state, _ = subscription_state(request)
    if not state:
        respond(transaction, 400, now, reason="Subscription-State is missing")
        return
    refusal = refuse_type(request, (SIPFRAG,))
    if refusal is not None:
        respond(transaction, refusal.status, now, refusal.headers)
        return
    try:
        status, reason = read_status(request.body)
    except SipParseError:
        respond(transaction, 400, now, reason="The body tells no status")
        return
    respond(transaction, 200, now)
    call.mailbox.post(Notified(now, request.raw, REFER_PACKAGE, state, status, reason))
    transfer.notified(status, reason, state == "terminated")
