"""What a call is, whoever placed it: a dialog, a session, a memory, and the ways it can end."""

from __future__ import annotations

import logging
from enum import Enum
from typing import TYPE_CHECKING

from sipflow.base.call_events import CallEvent, Cause, Disconnected
from sipflow.base.errors import AddressUnavailable, LocalProtocolError, NoCommonMedia, SdpError
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Flow
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers
from sipflow.sip.success import On as SuccessOn
from sipflow.sip.success import Success
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.sip.uas import (
    ACCEPT,
    has_session_description,
    refuse_content,
    refuse_extensions,
    refuse_method,
    session_description,
)
from sipflow.ua.latch import Latch
from sipflow.ua.mailbox import Mailbox
from sipflow.ua.session import CallSession

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

logger = logging.getLogger(__name__)

SDP_TYPE = ("Content-Type", "application/sdp")


class CallState(Enum):
    """Where a call stands."""

    CALLING = "calling"
    """Our INVITE is out; no response has come."""
    PROCEEDING = "proceeding"
    """A provisional response has come."""
    INCOMING = "incoming"
    """The peer's INVITE is unanswered."""
    ACCEPTED = "accepted"
    """Our 2xx is out; its ACK is awaited."""
    CONFIRMED = "confirmed"
    CANCELLING = "cancelling"
    """Our CANCEL is out; the INVITE's final response is awaited."""
    RELEASING = "releasing"
    """Our BYE is out; its answer is awaited."""
    ENDED = "ended"


class Call:
    """One call. Methods that act return at once; what follows stands in `mailbox`."""

    __slots__ = (
        "_bye_after_ack", "_ended", "_is_released", "_released", "_success", "agent", "dialog", "flow", "mailbox",
        "session", "sip_call_id", "state",
    )  # fmt: skip

    def __init__(self, agent: UserAgent, session: CallSession, sip_call_id: str, flow: Flow, state: CallState) -> None:
        self.agent = agent
        self.session = session
        self.sip_call_id = sip_call_id
        self.flow = flow
        """Where the first INVITE went or came from."""
        self.state = state
        self.dialog: Dialog | None = None
        """The dialog of the call, once there is one."""
        self.mailbox = Mailbox()
        self._is_released = False
        self._released: Latch | None = None
        self._ended: Latch | None = None
        self._success: Success | None = None
        self._bye_after_ack = False

    @property
    def is_live(self) -> bool:
        """Whether the call has not ended."""
        return self.state is not CallState.ENDED

    @property
    def released(self) -> Latch:
        """Our BYE or CANCEL has its final answer, or the call has ended without one."""
        if self._released is None:
            self._released = Latch(is_set=self._is_released)
        return self._released

    @property
    def ended(self) -> Latch:
        """Nothing of the call is under way any more, but for what transactions repeat by themselves."""
        if self._ended is None:
            self._ended = Latch(is_set=not self.is_live)
        return self._ended

    def dialogs(self) -> list[Dialog]:
        """Every dialog that the call has, early ones included."""
        return [] if self.dialog is None else [self.dialog]

    # What the scenario asks for

    def release(self) -> None:
        """End the call in the way its state asks for; nothing happens where it is ending already.

        Source: RFC 3261 §15: a callee waits for the ACK before it sends BYE.
        """
        now = self.agent.clock.now()
        if self.state is CallState.CONFIRMED:
            self.send_bye(now)
        elif self.state is CallState.ACCEPTED:
            self._bye_after_ack = True
        else:
            self._release_unanswered(now)
        self.agent.drain(now)

    def _release_unanswered(self, now: float) -> None:
        """End a call that has no answer yet."""
        raise NotImplementedError

    def send_bye(self, now: float) -> None:
        self.state = CallState.RELEASING
        try:
            self.agent.request_in_dialog(self._confirmed(), "BYE", self, now)
        except LocalProtocolError as error:
            logger.warning("no BYE can be sent, the call is over without one: %s", error)
            self.end(None)

    def end(self, event: CallEvent | None) -> None:
        """The call is over; `event` says so to the scenario, unless the scenario itself has ended the call."""
        if self.state is CallState.ENDED:
            return
        self.state = CallState.ENDED
        if self._success is not None:
            self._success.feed(SuccessOn.ABANDON, self.agent.clock.now())
        self.session.close()
        self._success = None
        self.agent.forget(self)
        self._set_released()
        if self._ended is not None:
            self._ended.set()
        if event is not None:
            self.mailbox.post(event)

    def _set_released(self) -> None:
        self._is_released = True
        if self._released is not None:
            self._released.set()

    # What the wire brings

    def response_received(
        self,
        transaction: ClientTransaction,
        response: Response,
        now: float,  # noqa: ARG002 - for those who override it
    ) -> None:
        """A response to a request of ours on this call."""
        if response.status >= 200 and transaction.method == "BYE":
            self.end(None)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        if isinstance(failure.transaction, ClientTransaction):
            self._request_failed(failure.transaction.method, failure, now)
        else:
            self._response_undelivered(failure.reason, now)

    def _request_failed(self, method: str, failure: TransactionFailed, now: float) -> None:  # noqa: ARG002 - for callers
        """A request of ours got no answer, or could not be sent."""
        if method == "BYE":
            self.end(None)

    def _response_undelivered(self, reason: str, now: float) -> None:
        """Our response to an INVITE could not be delivered, or was never acknowledged."""

    def request_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A request within the dialog. Source: RFC 3261 §12.2.2."""
        dialog, respond = self._dialog_of(request), self.agent.respond
        if dialog is None:
            respond(transaction, 481, now)
            return
        if not dialog.takes(request):
            respond(transaction, 500, now, reason="CSeq is lower than the last")
            return
        refusal = refuse_method(request) or refuse_extensions(request) or refuse_content(request)
        if refusal is not None:
            respond(transaction, refusal.status, now, refusal.headers, reason=refusal.phrase)
        elif request.method == "BYE":
            self._bye_received(dialog, transaction, request, now)
        elif request.method == "OPTIONS":
            self.agent.answer_options(transaction, now)
        elif isinstance(transaction, InviteServerTransaction):
            self._reinvite_received(dialog, transaction, request, now)
        else:
            respond(transaction, 481, now)

    def _bye_received(self, _dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
        self.agent.respond(transaction, 200, now)
        ours = self.state in (CallState.RELEASING, CallState.CANCELLING) or self._bye_after_ack
        self.end(None if ours else Disconnected(now, request.raw, Cause.BYE))

    def _reinvite_received(
        self, dialog: Dialog, transaction: InviteServerTransaction, request: Request, now: float
    ) -> None:
        """Change the session, or refuse and leave it as it is. Source: RFC 3261 §14.2."""
        agent = self.agent
        if self.state is CallState.INCOMING:
            agent.respond(transaction, 500, now, (("Retry-After", str(agent.ids.number(11))),))
            return
        if self.state not in (CallState.CONFIRMED, CallState.ACCEPTED):
            agent.respond(transaction, 481, now)
            return
        if self._success is not None and self._success.is_pending:
            agent.respond(transaction, 491, now)
            return
        try:
            has_offer = has_session_description(request)
            if has_offer:
                self.session.receive_offer(request.body)
                body = self.session.create_answer()
            else:
                body = self.session.create_offer()
        except (SdpError, AddressUnavailable) as error:
            self._refuse_session(transaction, error, now)
            return
        dialog.refresh_target(request)
        self._send_success(transaction, request, has_offer, (), body, now)

    def _refuse_session(
        self, transaction: InviteServerTransaction, error: SdpError | AddressUnavailable, now: float
    ) -> None:
        """488 for what can't be agreed, 400 for what can't be read, 500 where we have no port left."""
        if isinstance(error, NoCommonMedia):
            warning = ("Warning", f'305 {self.agent.local.host} "{_quotable(error)}"')  # RFC 3261 §20.43
            self.agent.respond(transaction, 488, now, (warning,))
        elif isinstance(error, SdpError):
            self.agent.respond(transaction, 400, now, (ACCEPT,), reason=f"Bad session description ({_quotable(error)})")
        else:
            self.agent.respond(transaction, 500, now, reason="No media port is free")

    def _send_success(
        self,
        transaction: InviteServerTransaction,
        request: Request,
        has_offer: bool,
        headers: Headers,
        body: bytes,
        now: float,
    ) -> None:
        """Send the 2xx to an INVITE or re-INVITE, until its ACK comes."""
        written = (*self.agent.dialog_headers(request, transaction.flow), *headers)
        if body:
            written = (*written, SDP_TYPE)
        data = self.agent.response(transaction, 200, "OK", written, body)
        self._success = Success(transaction, request, has_offer, data, self, now)

    def ack_received(self, ack: Request, now: float) -> None:
        """The ACK to a 2xx of ours; one with another CSeq number is not it. Source: RFC 3261 §13.3.1.4."""
        success = self._success
        if success is None or not success.is_pending or ack.cseq != success.cseq:
            return
        success.feed(SuccessOn.ACK, now)
        if not success.had_offer:
            try:
                self.session.receive_answer(session_description(ack))
            except SdpError as error:
                self._answer_unusable(error, ack.raw, now)
                return
        self._acknowledged(ack, now)

    def _acknowledged(self, ack: Request, now: float) -> None:
        """The ACK that was waited for has come."""

    def _answer_unusable(self, error: SdpError, message: bytes, now: float) -> None:
        """The peer's answer does not fit: the call can't be used, so it is ended. Source: RFC 3261 §13.2.2.4."""
        self.send_bye(now)
        self.mailbox.post(Disconnected(now, message, Cause.REJECTED, 488, str(error)))

    def ack_missing(self, now: float) -> None:
        """No ACK within 64·T1: the call is ended with a BYE. Source: RFC 3261 §13.3.1.4."""
        if self.state in (CallState.CONFIRMED, CallState.ACCEPTED):
            ours = self._bye_after_ack
            self.send_bye(now)
            if not ours:
                self.mailbox.post(Disconnected(now, b"", Cause.TIMEOUT, 0, "no ACK"))

    def _dialog_of(self, _request: Request) -> Dialog | None:
        """The dialog within which a request came."""
        return self.dialog

    def _confirmed(self) -> Dialog:
        if self.dialog is None:
            raise LocalProtocolError(f"the call has no dialog in state {self.state.value}")
        return self.dialog


def _quotable(error: Exception) -> str:
    """The error's text without what would break a header line or a quoted string."""
    return "".join(c for c in str(error) if c.isprintable() and c not in '"\\')[:120]
