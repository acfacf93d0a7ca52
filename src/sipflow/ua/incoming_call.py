"""A call that comes in. Source: RFC 3261 §13.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected
from sipflow.base.errors import LocalProtocolError, SdpError
from sipflow.base.sayings import Saying, Told
from sipflow.sip.dialog import Dialog
from sipflow.sip.extensions import RELIABLE, Reliability, rack_of, told_reason
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request
from sipflow.sip.outgoing import Headers, checked_headers, checked_reason
from sipflow.sip.transaction import ServerTransaction
from sipflow.sip.uas import SDP_TYPE, Refusal, Wants, has_session_description, session_description
from sipflow.ua.call import Call
from sipflow.ua.call_state import ACCEPTED, CONFIRMED, INCOMING
from sipflow.ua.exchange import ASKED, NEW, OFFERED
from sipflow.ua.provisionals import ReliableProvisionals
from sipflow.ua.renegotiation import answer_in_prack, refuse_session
from sipflow.ua.session import CallSession

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

SUPPORTED, REQUIRED = Reliability.SUPPORTED, Reliability.REQUIRED
UNAVAILABLE = 480
ACK_PATIENCE = 0
"""The timer that waits for an ACK which a BYE has overtaken."""
ACK_PATIENCE_T1S = 4
"""In T1: time for two repetitions of the 2xx, each of which brings the ACK again (RFC 6026 §8.4)."""


class IncomingCall(Call):
    """The callee's side."""

    __slots__ = ("_extensions", "_held_back", "_overtaking_bye", "_reliable", "_transaction", "_wants", "request")

    is_caller = False
    dialog: Dialog

    def __init__(
        self,
        agent: UserAgent,
        session: CallSession,
        transaction: InviteServerTransaction,
        request: Request,
        wants: Wants,
    ) -> None:
        super().__init__(agent, session, request.call_id, transaction.flow, INCOMING)
        self.request = request
        self.dialog = Dialog.from_request(request, transaction.to_tag, transaction.flow)
        self._transaction = transaction
        self._wants = wants
        self._extensions = wants.extensions
        self._reliable: ReliableProvisionals | None = None
        self._held_back: Headers | None = None
        self._overtaking_bye = b""

    def start(self, now: float) -> bool:
        """Look at what the INVITE asks for; what can't be had is refused at once. Returns whether the call stands."""
        refusal = self._refusal()
        if refusal is not None:
            self.agent.respond(self._transaction, refusal.status, now, refusal.headers)
            self.end(None)
            return False
        if not self._wants.has_description:
            return True
        try:
            self.exchange.receive_offer("INVITE", self.request.body)
        except SdpError as error:
            refuse_session(self.agent, self._transaction, error, now)
            self.end(None)
            return False
        return True

    def _refusal(self) -> Refusal | None:
        """What extensions stand against the call. Source: RFC 3261 §21.4.15, RFC 3262 §3, RFC 4028 §9."""
        settings, theirs = self.agent.settings, self._extensions
        ours = settings.reliable
        if ours is not SUPPORTED:
            if ours is Reliability.OFF and theirs.reliability == "required":
                return Refusal(420, (("Unsupported", RELIABLE),))
            if ours is REQUIRED and not theirs.reliability:
                return Refusal(421, (("Require", RELIABLE),))
        if theirs.session_expires and settings.session_timer.refuses(theirs):
            return Refusal(422, settings.session_timer.refusal)
        return None

    def end(self, event: CallEvent | None) -> None:
        super().end(event)
        self._transaction.user = None
        if self._reliable is not None:
            self._reliable.abandon(self.agent.clock.now())

    @property
    def number(self) -> str:
        """The user part that was called, unescaped."""
        return self.request.request_uri.user or ""

    def ring(self, status: int = 180, reason: str = "", headers: Headers = (), *, reliable: bool | None = None) -> None:
        """Send a provisional response of 101 to 199; 183 carries our description.

        `reliable` asks for a PRACK; left open, the caller's demand and our settings decide. What must be reliable by
        the caller's demand is so whatever is asked for. Raises LocalProtocolError once the call is answered or ended
        and where the caller knows no reliable responses, AddressUnavailable where no port is free.
        """
        if not 100 < status < 200:
            raise LocalProtocolError(Saying.of("not-provisional", status=status))
        now = self._expect_unanswered(status)
        if reason:
            checked_reason(reason)
        written = self.agent.identity.dialog_headers(self.request, self.flow)
        if headers:
            written = (*written, *checked_headers(headers))
        theirs = self._extensions.reliability
        if theirs and reliable is None:
            reliable = self.agent.settings.reliable is REQUIRED
        if reliable or theirs == "required":
            self._ring_reliably(status, reason, written, now)
        else:
            body = self.exchange.preview() if status == 183 and self.exchange.state == ASKED else b""
            self.agent.respond(self._transaction, status, now, (*written, SDP_TYPE) if body else written, body, reason)
        self.agent.drain(now)

    def _ring_reliably(self, status: int, reason: str, headers: Headers, now: float) -> None:
        exchange, agent = self.exchange, self.agent
        if not self._extensions.reliability or agent.settings.reliable is Reliability.OFF:
            raise LocalProtocolError(Saying.of("not-reliable", status=status, option=RELIABLE))
        body = b""
        if exchange.state == NEW:
            body = exchange.offer("PRACK")  # RFC 3261 §13.2.1: in the first reliable response
        elif status == 183 and exchange.state == ASKED:
            body = exchange.answer()
        if self._reliable is None:
            self._reliable = ReliableProvisionals(self._transaction, self.request.cseq, agent.ids.number, self)
        self._reliable.send(status, reason, (*headers, SDP_TYPE) if body else headers, body, now)

    def _prack_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        rack, reliable = rack_of(request), self._reliable
        if rack is None or reliable is None or not reliable.awaits(rack):
            self.agent.respond(transaction, 481, now)
            return
        body = b""
        if has_session_description(request) or (self.exchange.state == OFFERED and self.exchange.carrier == "PRACK"):
            answered = self._described_in_prack(transaction, request, now)
            if answered is None:
                return
            body = answered
        self.agent.respond(transaction, 200, now, (SDP_TYPE,) if body else (), body)
        reliable.acknowledge(rack, now)
        if self._held_back is not None and not reliable.has_description:
            self._accept(self._held_back, now)

    def _described_in_prack(self, transaction: ServerTransaction, request: Request, now: float) -> bytes | None:
        """Take the answer to our offer, or answer an offer; None where the PRACK was refused. Source: RFC 3262 §5."""
        exchange = self.exchange
        if exchange.state != OFFERED:
            return answer_in_prack(self, transaction, request, now)
        try:
            exchange.receive_answer(session_description(request))
        except SdpError as error:
            refuse_session(self.agent, transaction, error, now)
            self.agent.respond(self._transaction, 488, now)
            self.end(Disconnected(now, request.raw, Cause.REJECTED, 488, error.said))
            return None
        return b""

    def never_acknowledged(self, status: int, now: float) -> None:
        """No PRACK within 64·T1: the INVITE is refused. Source: RFC 3262 §3."""
        if status >= 200:
            super().never_acknowledged(status, now)
        elif self.state is INCOMING:
            self.agent.respond(self._transaction, 504, now)
            self.end(Disconnected(now, b"", Cause.TIMEOUT, 0, Saying.of("no-prack")))

    def answer(self, headers: Headers = ()) -> None:
        """Send 200 with our description, again and again until the ACK comes.

        It is held back while a reliable provisional with a description waits for its PRACK (RFC 3262 §3).
        Raises LocalProtocolError once the call is answered or ended, AddressUnavailable where no port is free.
        """
        now = self._expect_unanswered(200)
        extra = checked_headers(headers) if headers else ()
        if self._held_back is not None:
            raise LocalProtocolError(Saying.of("waits-for-prack"))
        if self._reliable is not None and self._reliable.has_description:
            self._held_back = extra
        else:
            self._accept(extra, now)
        self.agent.drain(now)

    def _accept(self, headers: Headers, now: float) -> None:
        exchange = self.exchange
        if exchange.state == ASKED:
            description = exchange.answer()
        elif exchange.state == NEW:
            description = exchange.offer("INVITE")
        else:
            description = b""  # RFC 6337 §2.2: what a reliable response has agreed is not said again
        if self._reliable is not None:
            self._reliable.abandon(now)
        theirs = self._extensions
        if theirs.session_expires or self.agent.settings.session_timer.interval_s:
            headers = (*headers, *self.refresh.agreed_by_us(theirs, now))
        self.state = ACCEPTED
        self.send_success(self._transaction, self.request, headers, description, now)

    def reject(self, status: int, reason: str = "", headers: Headers = ()) -> None:
        """Send a final response of 300 to 699. Raises LocalProtocolError once the call is answered or ended."""
        if not 300 <= status < 700:
            raise LocalProtocolError(Saying.of("not-a-refusal", status=status))
        now = self._expect_unanswered(status)
        extra = checked_headers(headers)
        self.agent.respond(self._transaction, status, now, extra, reason=checked_reason(reason))
        self.end(None)
        self.agent.drain(now)

    def _release_unanswered(self, now: float) -> None:
        if self.state is INCOMING:
            self.agent.respond(self._transaction, UNAVAILABLE, now)
            self.end(None)

    def cancel_received(self, transaction: ServerTransaction, cancel: Request, now: float) -> None:
        """The caller gave up; a CANCEL that comes after our final response changes nothing.

        Source: RFC 3261 §9.2.
        """
        self.agent.respond(transaction, 200, now)
        if self.state is INCOMING:
            self.agent.respond(self._transaction, 487, now)
            self.end(Disconnected(now, cancel.raw, Cause.CANCEL, 0, told_reason(cancel)))

    def _bye_received(self, dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
        if self.state is INCOMING:  # RFC 3261 §15.1.2: a pending INVITE is answered with 487
            self.agent.respond(self._transaction, 487, now)
        elif self.state is ACCEPTED and not self._bye_after_ack:
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
        if self.state is ACCEPTED:
            self.end(Disconnected(now, self._overtaking_bye, Cause.BYE))

    def release(self) -> None:
        if self._overtaking_bye:
            self.end(None)
        else:
            super().release()

    def _acknowledged(self, ack: Request, now: float) -> None:
        if self.state is not ACCEPTED:
            return
        if self._overtaking_bye:
            self.mailbox.post(Connected(now, ack.raw))
            self.end(Disconnected(now, self._overtaking_bye, Cause.BYE))
            return
        self.state = CONFIRMED
        if self._bye_after_ack:
            self.send_bye(now)
        else:
            self.mailbox.post(Connected(now, ack.raw))

    def _response_undelivered(self, reason: Told, now: float) -> None:
        if self.state is INCOMING:
            self.end(Disconnected(now, b"", Cause.TRANSPORT, 0, reason))

    def _expect_unanswered(self, status: int) -> float:
        if self.state is not INCOMING:
            raise LocalProtocolError(Saying.of("cannot-send", status=status, state=self.state.value))
        return self.agent.clock.now()
