"""A call that we place. Source: RFC 3261 §13.2, §9.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected, Progressed
from sipflow.base.errors import LocalProtocolError, SdpError
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Flow
from sipflow.sip.invite_client import On
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.sip.uas import has_session_description
from sipflow.ua.answers import MAX_FORKS, Answers
from sipflow.ua.call import Call, CallState
from sipflow.ua.session import CallSession

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

CANCEL_LIMIT = 0
"""The one timer of a call itself."""


class OutgoingCall(Call):
    """The caller's side. Every To tag of a response is a dialog; the first 2xx is the call."""

    __slots__ = ("_answers", "_early", "_early_bodies", "_is_unwanted", "_transaction", "invite")

    def __init__(self, agent: UserAgent, session: CallSession, invite: OutgoingRequest, flow: Flow) -> None:
        super().__init__(agent, session, invite.call_id, flow, CallState.CALLING)
        self.invite = invite
        self._answers = Answers(agent, invite, flow.transport)
        self._transaction: ClientTransaction | None = None
        self._early: dict[str, Dialog] = {}
        self._early_bodies: dict[str, bytes] | None = None
        self._is_unwanted = False

    def start(self, now: float) -> None:
        """Send the INVITE."""
        self._transaction = self.agent.layer.request(self.invite, self.flow, now, self)

    def dialogs(self) -> list[Dialog]:
        return [*self._early.values(), *super().dialogs()]

    def _dialog_of(self, request: Request) -> Dialog | None:
        return self._early.get(request.from_tag) or super()._dialog_of(request)

    def _bye_received(self, dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
        if dialog is self.dialog:
            super()._bye_received(dialog, transaction, request, now)
            return
        # One of several answers hangs up: our INVITE goes on.
        self.agent.respond(transaction, 200, now)
        self._early.pop(dialog.remote_tag, None)
        self.agent.unregister(dialog)

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
        if self.state is CallState.CALLING:
            # A CANCEL must wait for a provisional response, which may never come: the call is over at once, and
            # released when the CANCEL or the INVITE has its end. Source: RFC 3261 §9.1.
            self._is_unwanted = True
            self.end(None)
        elif self.state is CallState.PROCEEDING:
            self.state = CallState.CANCELLING
            self._send_cancel(now)

    def _send_cancel(self, now: float) -> None:
        agent = self.agent
        agent.layer.request(self.invite.cancel(), self.flow, now, self)
        agent.layer.timers.add(now, agent.settings.timing.limit, self, CANCEL_LIMIT)

    def feed(self, _on: int, now: float) -> None:
        """64·T1 after the CANCEL the INVITE counts as cancelled, answered or not. Source: RFC 3261 §9.1."""
        if self._transaction is not None:
            self._transaction.feed(On.ABANDON, now)
        self._set_released()
        if self.state is CallState.CANCELLING:
            self.end(None)

    def _set_released(self) -> None:
        if not self._is_unwanted:
            super()._set_released()

    def _let_go(self) -> None:
        """The INVITE has its end, also that of a call which was given up before any response."""
        if self._is_unwanted:
            self._is_unwanted = False
            self._set_released()

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
        if self.state is CallState.CALLING:
            self.state = CallState.PROCEEDING
        if response.status == 100 or self.state is not CallState.PROCEEDING:
            return
        tag = response.to_tag
        if tag and (tag in self._early or len(self._early) < MAX_FORKS):
            if tag not in self._early:
                dialog = self._early[tag] = self._answers.dialog_of(response)
                self.agent.register(dialog, self)
            if has_session_description(response):
                self._early_bodies = self._early_bodies or {}
                self._early_bodies[tag] = response.body
        self.mailbox.post(Progressed(now, response.raw, response.status, response.reason))

    def _answered(self, response: Response, now: float) -> None:
        answers = self._answers
        if answers.repeat(response):
            return
        tag = response.to_tag
        dialog = self._early.get(tag)
        if dialog is None:
            dialog = answers.dialog_of(response)
        else:
            dialog.confirm(response)
        if self.state not in (CallState.CALLING, CallState.PROCEEDING, CallState.CANCELLING):
            answers.hang_up(dialog, now)
            self._let_go()
            return
        is_cancelled = self.state is CallState.CANCELLING
        self._become(dialog)
        try:
            answers.acknowledge(dialog)
        except LocalProtocolError as error:
            self.end(None if is_cancelled else Disconnected(now, response.raw, Cause.TRANSPORT, 0, str(error)))
            return
        if is_cancelled:
            self.send_bye(now)
        else:
            self._connect(tag, response, now)

    def _become(self, dialog: Dialog) -> None:
        self.dialog = dialog
        self.agent.register(dialog, self)

    def _connect(self, tag: str, response: Response, now: float) -> None:
        self.state = CallState.CONFIRMED
        body = response.body if has_session_description(response) else (self._early_bodies or {}).get(tag, b"")
        try:
            self.session.receive_answer(body)
        except SdpError as error:
            self._answer_unusable(error, response.raw, now)
            return
        self.mailbox.post(Connected(now, response.raw))

    def _refused(self, response: Response, now: float) -> None:
        self._let_go()
        ours = self.state in (CallState.CANCELLING, CallState.RELEASING)
        cause = Cause.TIMEOUT if response.status == 408 else Cause.REJECTED
        self.end(None if ours else Disconnected(now, response.raw, cause, response.status, response.reason))

    def _request_failed(self, method: str, failure: TransactionFailed, now: float) -> None:
        if method == "INVITE":
            cause, status = (Cause.TIMEOUT, 408) if failure.timed_out else (Cause.TRANSPORT, 503)  # RFC 3261 §8.1.3.1
            self._let_go()
            ours = self.state is CallState.CANCELLING
            if self.state is not CallState.CONFIRMED:
                self.end(None if ours else Disconnected(now, b"", cause, status, failure.reason))
        elif method == "CANCEL":
            self._set_released()
            if self.state is CallState.CANCELLING:
                self.end(None)
        else:
            super()._request_failed(method, failure, now)
