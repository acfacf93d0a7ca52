"""A transfer that we are asked for: the new call, and the NOTIFYs that tell of it. Source: RFC 3515 §2.4, RFC 3892."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected, Progressed, Transferred
from sipflow.base.errors import AddressUnavailable, LocalProtocolError, SipParseError
from sipflow.sip.dialog import Dialog
from sipflow.sip.message import Request, Response
from sipflow.sip.message_rules import ENDS_SUBSCRIPTION
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers
from sipflow.sip.refer import REFER_EXPIRES_S, ReferTarget, refer_target, silence_of
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.sipfrag import CONTENT_TYPE, status_fragment
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.sip.uas import REFER_PACKAGE
from sipflow.ua.authentication import answer_challenge
from sipflow.ua.call_state import ACCEPTED, CONFIRMED

if TYPE_CHECKING:
    from sipflow.ua.call import Call

logger = logging.getLogger(__name__)

MAX_REFERRALS: Final = 8
"""REFERs that are followed within one call; a hostile peer gets no more calls out of us."""
_STATUS: Final = {Cause.TIMEOUT: 408, Cause.TRANSPORT: 503}


def refer_received(call: Call, dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
    """A REFER within a call: follow it, or say why not."""
    agent = call.agent
    if call.state not in (ACCEPTED, CONFIRMED) or call.transfers.followed >= MAX_REFERRALS:
        agent.respond(transaction, 603, now)
        return
    try:
        target = refer_target(request)
        agent.paths.to(target.uri, agent.settings.transport)
    except (SipParseError, LocalProtocolError) as error:
        agent.respond(transaction, 400, now, reason=f"Bad Refer-To ({_quotable(error)})")
        return
    silence = silence_of(request)
    agent.respond(transaction, 202, now, (*agent.identity.dialog_headers(request, transaction.flow), *silence))
    call.transfers.followed += 1
    # RFC 3515 §2.4.6: from the second REFER of a dialog on, its CSeq number tells them apart.
    event = REFER_PACKAGE if call.transfers.followed == 1 else f"{REFER_PACKAGE};id={request.cseq}"
    referred_by = request.header("Referred-By")
    headers = target.headers if referred_by is None else (*target.headers, ("Referred-By", referred_by))
    Referral(call, dialog, event, is_silent=bool(silence)).follow(target, headers, now)


class Referral:
    """One REFER that we follow."""

    __slots__ = ("_call", "_dialog", "_event", "_is_over", "_last")

    def __init__(self, call: Call, dialog: Dialog, event: str, *, is_silent: bool) -> None:
        self._call = call
        self._dialog = dialog
        self._event = event
        self._is_over = is_silent
        self._last = (100, "")

    def follow(self, target: ReferTarget, headers: Headers, now: float) -> None:
        """Place the new call. Source: RFC 3515 §2.4.4: the first NOTIFY goes out at once."""
        agent, call = self._call.agent, self._call
        self._notify(100, "", now)
        agent.layer.timers.add(now, REFER_EXPIRES_S, self, 0)
        try:
            uri = agent.locate(target.uri)
            new = agent.call(uri, headers, on_created=lambda new: agent.follows(call, new, "transfer"))
        except (SipParseError, LocalProtocolError, AddressUnavailable) as error:
            logger.warning("a REFER can't be followed: %s", error)
            self._notify(503, "", now, is_final=True)
            return
        new.mailbox.listener = self._happened

    def _happened(self, event: CallEvent) -> None:
        """Something happened on the new call."""
        now = event.at
        if isinstance(event, Progressed):
            self._notify(event.status, event.reason, now)
        elif isinstance(event, Connected):
            self._notify(200, "", now, is_final=True)
            self._call.mailbox.post(Transferred(now, event.message))
        elif isinstance(event, Disconnected):
            self._notify(event.status or _STATUS.get(event.cause, 487), "", now, is_final=True)

    def feed(self, _on: int, now: float) -> None:
        """The new call has taken too long, or was given up by our own side."""
        self._notify(*self._last, now, is_final=True, why="timeout")

    def _notify(self, status: int, reason: str, now: float, *, is_final: bool = False, why: str = "noresource") -> None:
        if self._is_over:
            return
        self._is_over, self._last = is_final, (status, reason)
        state = f"terminated;reason={why}" if is_final else f"active;expires={REFER_EXPIRES_S}"
        agent = self._call.agent
        headers = (("Event", self._event), ("Subscription-State", state), CONTENT_TYPE)
        try:
            # Also where a BYE has ended the call: a subscription is a use of its own (RFC 5057 §4.1, §4.2).
            agent.request_in_dialog(self._dialog, "NOTIFY", self, now, headers, status_fragment(status, reason))
        except LocalProtocolError as error:
            logger.warning("the sender of a REFER can't be told: %s", error)

    # What the wire brings

    def retry(self, refused: Refused, _now: float) -> Retry | None:
        return answer_challenge(self._call.agent.digest, refused)

    def resent(self, transaction: ClientTransaction) -> None:
        """A NOTIFY is under way again."""

    def response_received(self, _transaction: ClientTransaction, response: Response, _now: float) -> None:
        if response.status in ENDS_SUBSCRIPTION:
            self._is_over = True

    def transaction_failed(self, _failure: TransactionFailed, _now: float) -> None:
        self._is_over = True


def _quotable(error: Exception) -> str:
    return "".join(c for c in str(error) if c.isprintable())[:120]
