"""A call that comes in. Source: RFC 3261 §13.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected
from sipflow.base.errors import LocalProtocolError, SdpError
from sipflow.sip.dialog import Dialog
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request
from sipflow.sip.outgoing import Headers, checked_headers, checked_reason
from sipflow.sip.transaction import ServerTransaction
from sipflow.sip.uas import session_description
from sipflow.ua.call import SDP_TYPE, Call, CallState
from sipflow.ua.session import CallSession

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

UNAVAILABLE = 480
ACK_PATIENCE = 0
"""The timer that waits for an ACK which a BYE has overtaken."""
ACK_PATIENCE_T1S = 4
"""In T1: time for two repetitions of the 2xx, each of which brings the ACK again (RFC 6026 §8.4)."""


class IncomingCall(Call):
    """The callee's side."""

    __slots__ = ("_answer", "_offer", "_overtaking_bye", "_transaction", "request")

    def __init__(
        self, agent: UserAgent, session: CallSession, transaction: InviteServerTransaction, request: Request
    ) -> None:
        super().__init__(agent, session, request.call_id, transaction.flow, CallState.INCOMING)
        self.request = request
        self.dialog = Dialog.from_request(request, transaction.to_tag, transaction.flow.transport)
        self._transaction = transaction
        self._offer = session_description(request)
        self._answer: bytes | None = None
        self._overtaking_bye = b""

    def start(self, now: float) -> bool:
        """Look at the offer; an unusable one is refused at once. Returns whether the call stands."""
        if not self._offer:
            return True
        try:
            self.session.receive_offer(self._offer)
        except SdpError as error:
            self._refuse_session(self._transaction, error, now)
            self.end(None)
            return False
        return True

    def end(self, event: CallEvent | None) -> None:
        super().end(event)
        self._transaction.user = None

    @property
    def number(self) -> str:
        """The user part that was called, unescaped."""
        return self.request.request_uri.user or ""

    def ring(self, status: int = 180, reason: str = "", headers: Headers = ()) -> None:
        """Send a provisional response of 101 to 199; 183 carries our description.

        Raises LocalProtocolError once the call is answered or ended, AddressUnavailable where no port is free.
        """
        if not 100 < status < 200:
            raise LocalProtocolError(f"{status} is no provisional response above 100")
        now = self._expect_unanswered(status)
        if reason:
            checked_reason(reason)
        written = self.agent.dialog_headers(self.request, self.flow)
        if headers:
            written = (*written, *checked_headers(headers))
        body = b""
        if status == 183 and self._offer:
            body = self._describe()
            written = (*written, SDP_TYPE)
        self.agent.respond(self._transaction, status, now, written, body, reason)
        self.agent.drain(now)

    def answer(self, headers: Headers = ()) -> None:
        """Send 200 with our description, again and again until the ACK comes. Raises as `ring` does."""
        now = self._expect_unanswered(200)
        extra = checked_headers(headers) if headers else ()
        description = self._describe()
        self.state = CallState.ACCEPTED
        self._send_success(self._transaction, self.request, bool(self._offer), extra, description, now)
        self.agent.drain(now)

    def reject(self, status: int, reason: str = "", headers: Headers = ()) -> None:
        """Send a final response of 300 to 699. Raises LocalProtocolError once the call is answered or ended."""
        if not 300 <= status < 700:
            raise LocalProtocolError(f"{status} is no refusal: 300 to 699 are")
        now = self._expect_unanswered(status)
        extra = checked_headers(headers)
        self.agent.respond(self._transaction, status, now, extra, reason=checked_reason(reason))
        self.end(None)
        self.agent.drain(now)

    def _describe(self) -> bytes:
        """Our description: the same in 183 and 200. Source: RFC 3261 §13.2.1, RFC 6337 §2.2."""
        if self._answer is None:
            session = self.session
            self._answer = session.create_answer() if self._offer else session.create_offer()
        return self._answer

    def _release_unanswered(self, now: float) -> None:
        if self.state is CallState.INCOMING:
            self.agent.respond(self._transaction, UNAVAILABLE, now)
            self.end(None)

    def cancel_received(self, transaction: ServerTransaction, cancel: Request, now: float) -> None:
        """The caller gave up; a CANCEL that comes after our final response changes nothing.

        Source: RFC 3261 §9.2.
        """
        self.agent.respond(transaction, 200, now)
        if self.state is CallState.INCOMING:
            self.agent.respond(self._transaction, 487, now)
            self.end(Disconnected(now, cancel.raw, Cause.CANCEL))

    def _bye_received(self, dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
        if self.state is CallState.INCOMING:  # RFC 3261 §15.1.2: a pending INVITE is answered with 487
            self.agent.respond(self._transaction, 487, now)
        elif self.state is CallState.ACCEPTED and not self._bye_after_ack:
            # Only who has our 2xx hangs up, so its ACK is on the way, or lost and brought again by the next 2xx.
            self.agent.respond(transaction, 200, now)
            if not self._overtaking_bye:
                self._overtaking_bye = request.raw
                agent = self.agent
                agent.layer.timers.add(now, ACK_PATIENCE_T1S * agent.settings.timing.t1, self, ACK_PATIENCE)
            return
        super()._bye_received(dialog, transaction, request, now)

    def feed(self, _on: int, now: float) -> None:
        """The ACK that a BYE had overtaken has not come: the call is over without it."""
        if self.state is CallState.ACCEPTED:
            self.end(Disconnected(now, self._overtaking_bye, Cause.BYE))

    def release(self) -> None:
        if self._overtaking_bye:
            self.end(None)
        else:
            super().release()

    def _acknowledged(self, ack: Request, now: float) -> None:
        if self.state is not CallState.ACCEPTED:
            return
        if self._overtaking_bye:
            self.mailbox.post(Connected(now, ack.raw))
            self.end(Disconnected(now, self._overtaking_bye, Cause.BYE))
            return
        self.state = CallState.CONFIRMED
        if self._bye_after_ack:
            self.send_bye(now)
        else:
            self.mailbox.post(Connected(now, ack.raw))

    def _response_undelivered(self, reason: str, now: float) -> None:
        if self.state is CallState.INCOMING:
            self.end(Disconnected(now, b"", Cause.TRANSPORT, 0, reason))

    def _expect_unanswered(self, status: int) -> float:
        if self.state is not CallState.INCOMING:
            raise LocalProtocolError(f"can't send {status}: the call is {self.state.value}")
        return self.agent.clock.now()
