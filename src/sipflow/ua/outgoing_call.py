"""A call that we place. Source: RFC 3261 §13.2, §9.1; RFC 6026 §8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import Cause, Connected, Disconnected, Progressed
from sipflow.base.errors import SdpError
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Flow
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.transaction import ClientTransaction
from sipflow.ua.call import Call, CallState, CallTimer
from sipflow.ua.session import CallSession

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent


class OutgoingCall(Call):
    """The caller's side. Every To tag of a response is a dialog; the first 2xx is the call, others are hung up."""

    __slots__ = ("_acks", "_early", "_early_bodies", "_transaction", "_unwanted", "invite")

    def __init__(self, agent: UserAgent, session: CallSession, invite: OutgoingRequest, flow: Flow) -> None:
        super().__init__(agent, session, invite.call_id, flow, CallState.CALLING)
        self.invite = invite
        self._transaction: ClientTransaction | None = None
        self._early: dict[str, Dialog] = {}
        self._early_bodies: dict[str, bytes] = {}
        self._acks: dict[str, tuple[bytes, Flow]] = {}
        self._unwanted = False

    def dialogs(self) -> list[Dialog]:
        return [*self._early.values(), *super().dialogs()]

    def start(self, now: float) -> None:
        """Send the INVITE."""
        transaction = self.agent.layer.request(self.invite, self.flow, now)
        transaction.user = self
        self._transaction = transaction

    def _release_unanswered(self, now: float) -> None:
        if self.state is CallState.CALLING:
            # A CANCEL must wait for a provisional response, which may never come: the call is over for the
            # scenario, and should the peer answer after all, it is told. Source: RFC 3261 §9.1.
            self._unwanted = True
            self.end(None)
        elif self.state is CallState.PROCEEDING:
            self.state = CallState.CANCELLING
            self._send_cancel(now)
            self.agent.layer.timers.add(now, self.agent.settings.timing.limit, self, CallTimer.CANCEL_LIMIT)

    def _send_cancel(self, now: float) -> None:
        cancel = self.agent.layer.request(self.invite.cancel(), self.flow, now)
        cancel.user = self

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        method, status = transaction.request.method, response.status
        if method == "INVITE":
            if status < 200:
                self._provisional(response, now)
            elif status < 300:
                self._answered(response, now)
            else:
                self._refused(response, now)
        elif method == "CANCEL" and status >= 200:
            if self.state is CallState.CANCELLING:
                self.released.set()
        else:
            super().response_received(transaction, response, now)

    def _provisional(self, response: Response, now: float) -> None:
        if self._unwanted:
            self._unwanted = False
            self._send_cancel(now)
            return
        if self.state is CallState.CALLING:
            self.state = CallState.PROCEEDING
        tag = response.to.tag
        if response.status == 100 or self.state is not CallState.PROCEEDING:
            return
        if tag:
            if tag not in self._early and len(self._early) < MAX_FORKS:
                self._register(tag, response)
            if response.body and tag in self._early:
                self._early_bodies[tag] = response.body
        self.mailbox.post(Progressed(now, response.raw, response.status, response.reason))

    def _register(self, tag: str, response: Response) -> Dialog:
        dialog = self._early[tag] = Dialog.from_response(self.invite, response, self.flow.transport)
        self.agent.register(dialog, self)
        return dialog

    def _answered(self, response: Response, now: float) -> None:
        tag = response.to.tag
        again = self._acks.get(tag)
        if again is not None:
            self.agent.transmit(*again)
            return
        dialog = self._early.get(tag) or Dialog.from_response(self.invite, response, self.flow.transport)
        dialog.refresh_target(response)
        routes = tuple(reversed(response.list_values("Record-Route")))
        dialog.routes = routes  # RFC 3261 §13.2.2.4: the route set is computed anew from the 2xx
        winner = self.dialog is None and self.state in (CallState.CALLING, CallState.PROCEEDING)
        cancelled = self.state is CallState.CANCELLING and self.dialog is None
        if len(self._acks) < MAX_FORKS:
            self._acks[tag] = self._send_ack(dialog)
        if winner or cancelled:
            self.dialog = dialog
            self.agent.register(dialog, self)
        if cancelled:
            self.send_bye(now)
        elif winner:
            self._connect(tag, response, now)
        else:
            self.agent.request_in_dialog(dialog, "BYE", None, now)

    def _connect(self, tag: str, response: Response, now: float) -> None:
        self.state = CallState.CONFIRMED
        body = response.body or self._early_bodies.get(tag, b"")
        try:
            self.session.receive_answer(body)
        except SdpError as error:
            self._answer_unusable(error, response.raw, now)
            return
        self.mailbox.post(Connected(now, response.raw))

    def _send_ack(self, dialog: Dialog) -> tuple[bytes, Flow]:
        agent = self.agent
        flow = agent.flow_to(dialog.next_hop, dialog.transport)
        branch = agent.ids.branch()
        ack = bytes(dialog.ack(self.invite.cseq, branch, agent.via(flow.transport, branch))), flow
        agent.transmit(*ack)
        return ack

    def _refused(self, response: Response, now: float) -> None:
        ours = self.state in (CallState.CANCELLING, CallState.RELEASING)
        cause = Cause.TIMEOUT if response.status == 408 else Cause.REJECTED
        self.end(None if ours else Disconnected(now, response.raw, cause, response.status, response.reason))

    def _request_failed(self, method: str, failure: TransactionFailed, now: float) -> None:
        if method == "INVITE":
            cause, status = (Cause.TIMEOUT, 408) if failure.timed_out else (Cause.TRANSPORT, 503)  # RFC 3261 §8.1.3.1
            ours = self.state is CallState.CANCELLING
            if self.state is not CallState.CONFIRMED:
                self.end(None if ours else Disconnected(now, b"", cause, status, failure.reason))
        elif method == "CANCEL":
            if self.state is CallState.CANCELLING:
                self.end(None)
        else:
            super()._request_failed(method, failure, now)


MAX_FORKS = 64
"""Dialogs that one INVITE of ours may create; a hostile peer gets no more."""
