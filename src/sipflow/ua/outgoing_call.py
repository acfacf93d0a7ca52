"""A call that we place. Source: RFC 3261 §13.2, §9.1."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected, Progressed
from sipflow.base.errors import AddressUnavailable, LocalProtocolError, SdpError, SipflowError
from sipflow.base.sayings import Saying, Told
from sipflow.sip.dialog import Dialog, target_of
from sipflow.sip.extensions import Reliability, extensions_of, told_reason
from sipflow.sip.flow import Flow
from sipflow.sip.invite_client import On
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.redirects import Redirects
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.sip.uas import SDP_TYPE, has_session_description, session_description
from sipflow.ua.answers import MAX_FORKS, Answers
from sipflow.ua.call import Call
from sipflow.ua.call_state import CALLING, CANCELLING, CONFIRMED, PROCEEDING, RELEASING
from sipflow.ua.early_dialog import EarlyDialog
from sipflow.ua.exchange import NEW, OFFERED, Exchange
from sipflow.ua.session import CallSession

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

CANCEL_LIMIT, FORKS_LIMIT = range(2)
"""Timers of a call itself."""


class OutgoingCall(Call):
    """The caller's side. Every To tag of a response is a dialog; the first 2xx is the call."""

    __slots__ = ("_answers", "_early", "_is_unwanted", "_redirects", "_transaction", "_why", "invite")

    is_caller = True

    def __init__(
        self,
        agent: UserAgent,
        session: CallSession,
        invite: OutgoingRequest,
        flow: Flow,
        redirects: Redirects | None = None,
    ) -> None:
        super().__init__(agent, session, invite.call_id, flow, CALLING)
        self.invite = invite
        self._answers = Answers(agent, invite, flow)
        self._transaction: ClientTransaction | None = None
        self._early: dict[str, EarlyDialog] = {}
        self._redirects = redirects
        self._is_unwanted = False
        self._why: Told = ""

    def start(self, now: float) -> None:
        """Send the INVITE."""
        self._transaction = self.agent.send(self.invite, self.flow, now, self)

    def dialogs(self) -> list[Dialog]:
        dialogs = super().dialogs()
        return [*[early.dialog for early in self._early.values()], *dialogs] if self._early else dialogs

    def _dialog_of(self, request: Request) -> Dialog | None:
        early = self._early.get(request.from_tag)
        return super()._dialog_of(request) if early is None else early.dialog

    def exchange_in(self, dialog: Dialog) -> Exchange:
        early = self._early.get(dialog.remote_tag)
        return (early and early.exchange) or self.exchange

    def standing(self) -> tuple[Dialog, Exchange] | None:
        """Before the 2xx, the latest early dialog in which a reliable response has settled the session."""
        if self.dialog is not None:
            return super().standing()
        settled = [early for early in self._early.values() if early.exchange is not None and self.state is PROCEEDING]
        exchange = settled[-1].exchange if settled else None
        return None if exchange is None else (settled[-1].dialog, exchange)

    def _bye_received(self, dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
        if dialog is self.dialog:
            super()._bye_received(dialog, transaction, request, now)
            return
        # One of several answers hangs up: our INVITE goes on.
        self.agent.respond(transaction, 200, now)
        self._forget_early(self._early[dialog.remote_tag])

    def _reinvite_received(
        self, dialog: Dialog, transaction: InviteServerTransaction, request: Request, now: float
    ) -> None:
        if self.dialog is None:
            self.agent.respond(transaction, 491, now)  # RFC 3261 §14.2: an INVITE of ours is under way
        elif dialog is not self.dialog:
            self.agent.respond(transaction, 481, now)
        else:
            super()._reinvite_received(dialog, transaction, request, now)

    def end(self, event: CallEvent | None) -> None:
        super().end(event)
        if self._transaction is not None and not self._is_unwanted:
            self._transaction.user = self._answers

    def _release_unanswered(self, now: float) -> None:
        if self._transaction is not None:
            self._transaction.user = self  # no other server is to be tried for it
        if self.state is CALLING:
            # A CANCEL must wait for a provisional response, which may never come: the call is over at once, and
            # released when the CANCEL or the INVITE has its end. Source: RFC 3261 §9.1.
            self._is_unwanted = True
            self.end(None)
        elif self.state is PROCEEDING:
            self.state = CANCELLING
            self._send_cancel(now)

    def _send_cancel(self, now: float) -> None:
        agent = self.agent
        agent.layer.request(self.invite.cancel(), self.flow, now, self)
        agent.layer.timers.add(now, agent.settings.timing.limit, self, CANCEL_LIMIT)

    def feed(self, on: int, now: float) -> None:
        """64·T1 after the CANCEL the INVITE counts as cancelled, answered or not, and 64·T1 after the first 2xx early
        dialogs are over. Source: RFC 3261 §9.1, §13.2.2.4.
        """
        if on == FORKS_LIMIT:
            for early in [early for early in self._early.values() if early.dialog is not self.dialog]:
                self._forget_early(early)
            return
        if self._transaction is not None:
            self._transaction.feed(On.ABANDON, now)
        self._set_released()
        if self.state is CANCELLING:
            self.end(None)

    def _set_released(self) -> None:
        if not self._is_unwanted:
            super()._set_released()

    def _let_go(self) -> None:
        """The INVITE has its end, also that of a call which was given up before any response."""
        if self._is_unwanted:
            self._is_unwanted = False
            self._set_released()

    def retry(self, refused: Refused, now: float) -> Retry | None:
        if refused.request.method != "INVITE":
            return super().retry(refused, now)
        if self._is_unwanted or self.state not in (CALLING, PROCEEDING):
            return None
        redirects = self._redirects
        retry = (redirects and redirects.retry(refused)) or super().retry(refused, now)
        self._why = refused.why
        return retry

    def resent(self, transaction: ClientTransaction) -> None:
        request = transaction.request
        if transaction.method != "INVITE" or request is None:
            return
        for early in list(self._early.values()):
            self._forget_early(early)
        self.invite, self.flow, self._transaction = request, transaction.flow, transaction
        self._answers = Answers(self.agent, request, transaction.flow)
        self.state = CALLING

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        method, status = transaction.method, response.status
        if method == "INVITE":
            if status < 200:
                self._progressed(response, now)
            elif status < 300:
                self._answered(response, now)
            else:
                self._refused(response, now)
        elif method == "CANCEL" and status >= 200:
            self._set_released()
        else:
            super().response_received(transaction, response, now)

    def _progressed(self, response: Response, now: float) -> None:
        if self._is_unwanted:
            self._is_unwanted = False
            self._send_cancel(now)
            return
        if self.state is CALLING:
            self.state = PROCEEDING
        if response.status == 100 or self.state is not PROCEEDING:
            return
        tag = response.to_tag
        early = self._early.get(tag) or self._new_early_dialog(tag, response)
        rseq = extensions_of(response).rseq
        if rseq is not None and self.agent.settings.reliable is not Reliability.OFF:
            if early is None or not early.takes(rseq):
                return
            self.mailbox.post(Progressed(now, response.raw, response.status, response.reason))
            self._acknowledge_provisional(early, response, rseq, now)
            return
        if response.has_body and early is not None and has_session_description(response):
            early.body = response.body
            if self.exchange.state == OFFERED:
                self.exchange.session.preview_answer(response.body)
        self.mailbox.post(Progressed(now, response.raw, response.status, response.reason))

    def _new_early_dialog(self, tag: str, response: Response) -> EarlyDialog | None:
        """The dialog that a provisional response opens; None without a To tag, or where there are too many."""
        if not tag or len(self._early) >= MAX_FORKS:
            return None
        early = self._early[tag] = EarlyDialog(self._answers.dialog_of(response))
        self.agent.dialogs[early.dialog.key] = self
        return early

    def _forget_early(self, early: EarlyDialog) -> None:
        del self._early[early.dialog.remote_tag]
        self.agent.unregister(early.dialog)

    def _acknowledge_provisional(self, early: EarlyDialog, response: Response, rseq: int, now: float) -> None:
        """Send the PRACK, with our answer where the response brought an offer. Source: RFC 3262 §4, §5."""
        body = b""
        failure: Disconnected | None = None
        try:
            if early.exchange is None:
                early.exchange = self.exchange.fork()
            if has_session_description(response):
                body = _settle(early.exchange, response.body)
        except (SdpError, AddressUnavailable) as error:
            failure = Disconnected(now, response.raw, Cause.REJECTED, 488, error.said)
        headers = (("RAck", f"{rseq} {response.cseq} INVITE"), *((SDP_TYPE,) if body else ()))
        try:
            self.agent.request_in_dialog(early.dialog, "PRACK", self, now, headers, body)
        except LocalProtocolError as error:
            why = Saying.of("contact-unreachable", status=response.status, reason=error.said)
            failure = Disconnected(now, response.raw, Cause.TRANSPORT, 0, why)
        if failure is not None and self.state is PROCEEDING:
            self._release_unanswered(now)
            self.mailbox.post(failure)

    def _answered(self, response: Response, now: float) -> None:
        answers = self._answers
        if answers.repeat(response):
            return
        tag = response.to_tag
        early = self._early.get(tag)
        if early is None:
            dialog = answers.dialog_of(response)
        else:
            dialog = early.dialog
            dialog.confirm(response)
        if self.state not in (CALLING, PROCEEDING, CANCELLING):
            answers.hang_up(dialog, now)
            self._let_go()
            return
        is_cancelled = self.state is CANCELLING
        self.dialog = dialog
        if early is None:
            self.agent.dialogs[dialog.key] = self
        else:
            del self._early[tag]  # early no more
        answer = b""
        misfit: SipflowError | None = None
        if not is_cancelled:
            try:
                answer = self._settle(early, response)
            except (SdpError, AddressUnavailable) as error:
                misfit = error
        unreachable = answers.acknowledge(dialog, answer)
        if is_cancelled:
            self.send_bye(now)
        elif unreachable is None:
            self.state = CONFIRMED
            answers.when_sent = partial(self._located, early, response, misfit)
        else:
            self._connect(early, response, misfit, unreachable, now)

    def _located(
        self, early: EarlyDialog | None, response: Response, misfit: SipflowError | None, unreachable: Told, now: float
    ) -> None:
        """The name in the Contact was looked up, and the ACK sent."""
        if self.state is CONFIRMED:
            self._connect(early, response, misfit, unreachable, now)

    def _settle(self, early: EarlyDialog | None, response: Response) -> bytes:
        """Agree by the 2xx, unless a reliable provisional has; returns our answer, where the offer is the peer's."""
        if early is not None and early.exchange is not None:
            self.exchange = early.exchange
            self.exchange.session.use()
        exchange, body = self.exchange, session_description(response)
        if exchange.state == OFFERED and exchange.carrier == "INVITE":
            exchange.receive_answer(body or (early.body if early is not None else b""))
            return b""
        return _settle(exchange, body)

    def _connect(
        self, early: EarlyDialog | None, response: Response, misfit: SipflowError | None, unreachable: Told, now: float
    ) -> None:
        """The 2xx is acknowledged: the call stands, unless something is wrong with it."""
        if unreachable:
            why = Saying.of("contact-unreachable", status=response.status, reason=unreachable)
            self.send_bye(now, Disconnected(now, response.raw, Cause.TRANSPORT, 0, why))
            return
        if response.shape is None and response.header("Contact") is not None and not target_of(response):
            unread = Saying.of("contact-unreadable", status=response.status)
            self.send_bye(now, Disconnected(now, response.raw, Cause.REJECTED, 0, unread))
            return
        if misfit is not None:
            self.answer_unusable(misfit, response.raw, now)
            return
        self.state = CONFIRMED
        if len(self._early) > (early is not None):
            self.agent.layer.timers.add(now, self.agent.settings.timing.limit, self, FORKS_LIMIT)
        theirs = extensions_of(response)
        if theirs.session_expires or self.agent.settings.session_timer.interval_s:
            self.refresh.agreed_by_peer(theirs, now)
        self.mailbox.post(Connected(now, response.raw))
        if self._modifications is not None:
            self._modifications.go_on(now)

    def _refused(self, response: Response, now: float) -> None:
        self._let_go()
        ours = self.state in (CANCELLING, RELEASING)
        cause = Cause.TIMEOUT if response.status == 408 else Cause.REJECTED
        if ours:
            self.end(None)
            return
        why, told = self._why, told_reason(response)
        if why and told:
            why = Saying.of("beside", one=why, other=told)
        why = why or told
        reason = Saying.of("because", what=response.reason, why=why) if why else response.reason
        self.end(Disconnected(now, response.raw, cause, response.status, reason))

    def _request_failed(self, method: str, failure: TransactionFailed, now: float) -> None:
        if method == "INVITE":
            cause, status = (Cause.TIMEOUT, 408) if failure.timed_out else (Cause.TRANSPORT, 503)  # RFC 3261 §8.1.3.1
            self._let_go()
            ours = self.state is CANCELLING
            if self.state is not CONFIRMED:
                self.end(None if ours else Disconnected(now, b"", cause, status, failure.reason))
        elif method == "CANCEL":
            self._set_released()
            if self.state is CANCELLING:
                self.end(None)
        else:
            super()._request_failed(method, failure, now)


def _settle(exchange: Exchange, body: bytes) -> bytes:
    """Take a description out of a response to our INVITE; returns our answer, where it is an offer.

    Once there is agreement, what comes again is not looked at. Source: RFC 3261 §13.2.1.
    """
    if exchange.state == OFFERED and exchange.carrier == "INVITE":
        exchange.receive_answer(body)
    elif exchange.state == NEW:
        exchange.receive_offer("INVITE", body)
        return exchange.answer()
    return b""
