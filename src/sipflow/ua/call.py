"""What a call is, whoever placed it: a dialog, a session, a memory, and the ways it can end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sipflow.base.call_events import CallEvent, Cause, DigitReceived, Disconnected
from sipflow.base.errors import LocalProtocolError, RtpError, SipflowError
from sipflow.base.sayings import Saying, Told
from sipflow.media import MediaStream, StreamReport
from sipflow.rtp import InfoDigit
from sipflow.sip.dialog import Dialog
from sipflow.sip.extensions import told_reason
from sipflow.sip.flow import Flow
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers, response_bytes
from sipflow.sip.reliable_response import On as ResponseOn
from sipflow.sip.reliable_response import ReliableResponse
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.sip.uas import SDP_TYPE, refuse, refuse_extensions
from sipflow.ua.authentication import answer_challenge
from sipflow.ua.call_state import ACCEPTED, CANCELLING, CONFIRMED, ENDED, RELEASING, CallState
from sipflow.ua.exchange import AGREED, OFFERED, Exchange
from sipflow.ua.latch import Latch
from sipflow.ua.mailbox import Mailbox
from sipflow.ua.modification import Modification, Modifications
from sipflow.ua.referral import refer_received
from sipflow.ua.renegotiation import answered_in_ack, reinvite_received, update_received
from sipflow.ua.session import CallSession
from sipflow.ua.session_refresh import SessionRefresh
from sipflow.ua.transfer import Transfer, Transfers, notify_received, start_transfer

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent


class Call:
    """One call. Methods that act return at once; what follows stands in `mailbox`."""

    __slots__ = (
        "_bye_after_ack", "_ended", "_is_released", "_modifications", "_refresh", "_released", "_success", "_transfers",
        "agent", "dialog", "exchange", "flow", "mailbox", "sip_call_id", "state",
    )  # fmt: skip

    is_caller: ClassVar[bool]
    """Whether this side has placed the call, and so owns its Call-ID."""

    def __init__(self, agent: UserAgent, session: CallSession, sip_call_id: str, flow: Flow, state: CallState) -> None:
        self.agent = agent
        session.attach(self)
        self.exchange = Exchange(session)
        """Offers and answers of the call's dialog."""
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
        self._success: ReliableResponse | None = None
        self._bye_after_ack = False
        self._modifications: Modifications | None = None
        self._refresh: SessionRefresh | None = None
        self._transfers: Transfers | None = None

    @property
    def is_live(self) -> bool:
        """Whether the call has not ended."""
        return self.state is not ENDED

    @property
    def is_ending(self) -> bool:
        """Whether our CANCEL or BYE is on its way."""
        return self.state in (CANCELLING, RELEASING)

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

    @property
    def modifications(self) -> Modifications:
        """What this side changes in the session."""
        if self._modifications is None:
            self._modifications = Modifications(self)
        return self._modifications

    @property
    def refresh(self) -> SessionRefresh:
        """The session timer."""
        if self._refresh is None:
            self._refresh = SessionRefresh(self)
        return self._refresh

    @property
    def transfers(self) -> Transfers:
        """The REFERs of the call."""
        if self._transfers is None:
            self._transfers = Transfers()
        return self._transfers

    def dialogs(self) -> list[Dialog]:
        """Every dialog that the call has: the early ones, oldest first, then its own."""
        return [] if self.dialog is None else [self.dialog]

    def dialog_with(self, remote_tag: str) -> Dialog | None:
        """The dialog with the peer of this tag."""
        return next((one for one in self.dialogs() if one.remote_tag == remote_tag), None)

    def standing(self) -> tuple[Dialog, Exchange] | None:
        """The dialog whose session is agreed, with its exchange."""
        if self.dialog is None or not self.is_live:
            return None
        is_agreed = self.state in (ACCEPTED, CONFIRMED) or self.exchange.state == AGREED
        return (self.dialog, self.exchange) if is_agreed else None

    def exchange_in(self, dialog: Dialog) -> Exchange:  # noqa: ARG002 - for the side that has several
        """Offers and answers of one of the dialogs."""
        return self.exchange

    @property
    def stream(self) -> MediaStream | None:
        """The media of the call: None before a description of ours was written, and where media is off."""
        return self.exchange.session.stream

    @property
    def is_acknowledgement_due(self) -> bool:
        """Whether the ACK to a 2xx of ours is awaited."""
        return self._success is not None and self._success.is_pending

    # What the scenario asks for

    def modify(self, direction: str, method: str = "INVITE") -> Modification:
        """Offer this direction anew: `sendonly` holds, `sendrecv` resumes. Waits for what is under way.

        Raises LocalProtocolError where the call has no session that this method can change.
        """
        return self.modifications.ask(direction, method)

    def transfer(self, refer_to: str, headers: Headers = (), *, subscribes: bool = True) -> Transfer:
        """Ask the peer to call somebody else, by a value of Refer-To; `subscribes` for to be told what becomes of it.

        Raises LocalProtocolError where the call is not answered or the peer can't be reached.
        """
        return start_transfer(self, refer_to, headers, subscribes)

    def release(self) -> None:
        """End the call in the way its state asks for; nothing happens where it is ending already.

        Source: RFC 3261 §15: a callee waits for the ACK before it sends BYE.
        """
        now = self.agent.clock.now()
        if self.state is CONFIRMED:
            self.send_bye(now)
        elif self.state is ACCEPTED:
            self._bye_after_ack = True
        else:
            self._release_unanswered(now)
        self.agent.drain(now)

    def _release_unanswered(self, now: float) -> None:
        """End a call that has no answer yet."""
        raise NotImplementedError

    def hang_up(self, event: Disconnected, now: float) -> None:
        """The answered call can't go on: end it with a BYE and say so; nothing happens where it is ending already."""
        if self.state in (CONFIRMED, ACCEPTED):
            self.send_bye(now, None if self._bye_after_ack else event)

    def send_bye(self, now: float, event: CallEvent | None = None) -> None:
        """End a confirmed call; `event` says so to the scenario where that has not asked for it."""
        self.state = RELEASING
        self.agent.request_in_dialog(self._confirmed(), "BYE", self, now)
        if event is not None:
            self.mailbox.post(event)

    def end(self, event: CallEvent | None) -> None:
        """The call is over; `event` says so to the scenario, unless the scenario itself has ended the call."""
        if self.state is ENDED:
            return
        self.state = ENDED
        if self._success is not None:
            self._success.feed(ResponseOn.ABANDON, self.agent.clock.now())
        if self._modifications is not None:
            self._modifications.abandon()
        if self._transfers is not None:
            self._transfers.abandon()
        if self._refresh is not None:
            self._refresh.stop(self.agent.clock.now())
        self.exchange.session.close()
        self._success = None
        self.agent.forget(self)
        self._set_released()
        if self._ended is not None:
            self._ended.set()
        mailbox = self.mailbox
        if event is not None:
            mailbox.post(event)
        mailbox.listener = None  # it often knows the call, and a cycle would wait for the collector

    def _set_released(self) -> None:
        self._is_released = True
        if self._released is not None:
            self._released.set()

    # What the wire brings

    def retry(self, refused: Refused, now: float) -> Retry | None:  # noqa: ARG002 - for those who override it
        return self.retry_within_dialog(refused)

    def retry_within_dialog(self, refused: Refused) -> Retry | None:
        """A request of the call with credentials, or with a longer session interval, where it was refused for that."""
        if not self.is_live:
            return None
        return (
            self.refresh.retry(refused)
            if refused.response.status == 422
            else answer_challenge(self.agent.digest, refused)
        )

    def resent(self, transaction: ClientTransaction) -> None:
        """A request on this call is under way again."""

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

    def _response_undelivered(self, reason: Told, now: float) -> None:
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
        method = request.method
        refusal = refuse_extensions(request) if method == "NOTIFY" else refuse(request)
        if refusal is not None:
            respond(transaction, refusal.status, now, refusal.headers, reason=refusal.phrase)
        elif method == "BYE":
            self._bye_received(dialog, transaction, request, now)
        elif method == "OPTIONS":
            self.agent.answer_options(transaction, now)
        elif isinstance(transaction, InviteServerTransaction):
            self._reinvite_received(dialog, transaction, request, now)
        elif method == "UPDATE" and self.state is not RELEASING:
            update_received(self, dialog, transaction, request, now)
        elif method == "REFER":
            refer_received(self, dialog, transaction, request, now)
        elif method == "NOTIFY":
            notify_received(self, transaction, request, now)
        elif method == "PRACK":
            self._prack_received(transaction, request, now)
        else:
            respond(transaction, 481, now)

    def info_received(self, request: Request, now: float) -> None:
        """An INFO was accepted: it may relay a digit."""
        try:
            relayed = InfoDigit.parse(request.header("Content-Type") or "", request.body)
        except RtpError:
            return
        self._post_digit(DigitReceived(now, request.raw, relayed.digit, relayed.duration_ms, "info"))

    def _bye_received(self, _dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
        self.agent.respond(transaction, 200, now)
        ours = self.state in (RELEASING, CANCELLING) or self._bye_after_ack
        self.end(None if ours else Disconnected(now, request.raw, Cause.BYE, 0, told_reason(request)))

    def _reinvite_received(
        self, dialog: Dialog, transaction: InviteServerTransaction, request: Request, now: float
    ) -> None:
        reinvite_received(self, dialog, transaction, request, now)

    def _prack_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:  # noqa: ARG002
        """Only a callee has sent anything that a PRACK could acknowledge. Source: RFC 3262 §3."""
        self.agent.respond(transaction, 481, now)

    # What the media brings

    def digit_received(self, digit: str, duration_ms: int) -> None:
        self._post_digit(DigitReceived(self.agent.clock.now(), b"", digit, duration_ms, "rfc4733"))

    def tone_received(self, digit: str) -> None:
        self._post_digit(DigitReceived(self.agent.clock.now(), b"", digit, None, "in-band"))

    def media_changed(self, what: str, detail: Told, report: StreamReport | None = None) -> None:
        self.agent.tell_media(self, what, detail, report)

    def _post_digit(self, event: DigitReceived) -> None:
        told = Saying.of("received-digit", digits=event.digit, method=event.method)
        self.agent.tell_media(self, "dtmf", told)
        self.mailbox.post(event)

    def send_success(
        self, transaction: InviteServerTransaction, request: Request, headers: Headers, body: bytes, now: float
    ) -> None:
        """Send the 2xx to an INVITE or re-INVITE, until its ACK comes."""
        written = (*self.agent.identity.dialog_headers(request, transaction.flow), *headers)
        if body:
            written = (*written, SDP_TYPE)
        data = response_bytes(transaction.head, 200, "OK", written, body)
        self._success = ReliableResponse(transaction, 200, request.cseq, data, self, now)

    def ack_received(self, ack: Request, now: float) -> None:
        """The ACK to a 2xx of ours; one with another CSeq number is not it. Source: RFC 3261 §13.3.1.4."""
        success, exchange = self._success, self.exchange
        if success is None or not success.is_pending or ack.cseq != success.cseq:
            return
        success.feed(ResponseOn.ACKNOWLEDGE, now)
        if exchange.state == OFFERED and exchange.carrier == "INVITE" and not answered_in_ack(self, ack, now):
            return
        self._acknowledged(ack, now)
        if self._modifications is not None:
            self._modifications.go_on(now)

    def _acknowledged(self, ack: Request, now: float) -> None:
        """The ACK that was waited for has come."""

    def answer_unusable(self, error: SipflowError, message: bytes, now: float) -> None:
        """The peer's answer does not fit: the call can't be used, so it is ended. Source: RFC 3261 §13.2.2.4."""
        self.send_bye(now, Disconnected(now, message, Cause.REJECTED, 488, error.said))

    def never_acknowledged(self, status: int, now: float) -> None:  # noqa: ARG002 - for the callee
        """No ACK within 64·T1: the call is ended with a BYE. Source: RFC 3261 §13.3.1.4."""
        self.hang_up(Disconnected(now, b"", Cause.TIMEOUT, 0, Saying.of("no-ack")), now)

    def _dialog_of(self, _request: Request) -> Dialog | None:
        """The dialog within which a request came."""
        return self.dialog

    def _confirmed(self) -> Dialog:
        if self.dialog is None:
            raise LocalProtocolError(Saying.of("no-dialog", state=self.state.value))
        return self.dialog
