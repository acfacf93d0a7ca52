"""A request of ours that makes no call, on its way to its final response."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from sipflow.base.call_events import Cause, Disconnected, Responded
from sipflow.base.errors import SdpError
from sipflow.base.sayings import Told
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction
from sipflow.sip.uas import session_description
from sipflow.ua.authentication import answer_challenge
from sipflow.ua.exchange import OFFERED, Exchange
from sipflow.ua.latch import Latch

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent
    from sipflow.ua.call import Call
    from sipflow.ua.transfer import Transfer

logger = logging.getLogger(__name__)

OF_SUBSCRIPTIONS: Final = ("SUBSCRIBE", "NOTIFY", "REFER")


class SentRequest:
    """Waits for its final response. Challenges are answered on the way."""

    def __init__(self, agent: UserAgent, method: str, call: Call | None) -> None:
        self.method = method
        self.call = call
        """The call within which it went."""
        self.done = Latch()
        """It has its final response, or will have none."""
        self.response: Responded | None = None
        self.failure: Told = ""
        """Why there is no response: `no answer`, or what the transport says."""
        self.request: OutgoingRequest | None = None
        """The request as it went out last."""
        self.transfer: Transfer | None = None
        """What becomes of a REFER within a call, so that its NOTIFYs find where they belong."""
        self.exchange: Exchange | None = None
        """Of offers and answers, where a session description in it is our offer."""
        self._agent = agent

    def retry(self, refused: Refused, now: float) -> Retry | None:  # noqa: ARG002 - others look at the time
        return answer_challenge(self._agent.digest, refused)

    def resent(self, transaction: ClientTransaction) -> None:
        self.request = transaction.request
        if self.transfer is not None:
            self.transfer.resent(transaction)
        elif self.request is not None and self._subscribes:
            self._agent.requests.subscriptions.resent(self.request)

    @property
    def _subscribes(self) -> bool:
        """Whether it belongs to a subscription; a REFER within a call belongs to a transfer."""
        return self.transfer is None and self.method in OF_SUBSCRIPTIONS

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if response.status < 200:
            return
        self.response = Responded(now, response.raw, transaction.method, response.status, response.reason)
        if self.transfer is not None:
            self.transfer.response_received(transaction, response, now)
        if self.request is not None and self._subscribes:
            self._agent.requests.subscriptions.answered(self.request, response, transaction.flow, now)
        self._offer_is_answered(session_description(response) if response.status < 300 else b"")
        self._dialog_is_gone(response.status, response.reason, response.raw, now)
        self._end()

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        self.failure = failure.reason
        self._offer_is_answered(b"")
        if self.transfer is not None:
            self.transfer.transaction_failed(failure, now)
        elif self.request is not None and self._subscribes:
            self._agent.requests.subscriptions.unanswered(self.request)
        if failure.timed_out:
            self._dialog_is_gone(408, failure.reason, b"", now)
        self._end()

    def _offer_is_answered(self, answer: bytes) -> None:
        """What the answer to our offer agrees on; without one that fits, the session stays as it was."""
        if self.exchange is None or self.exchange.state != OFFERED:
            return
        try:
            if answer:
                self.exchange.receive_answer(answer)
        except SdpError as error:
            logger.warning("the answer to the offer of an UPDATE does not fit: %s", error)
        if self.exchange.state == OFFERED:
            self.exchange.refuse()

    def _dialog_is_gone(self, status: int, reason: Told, message: bytes, now: float) -> None:
        """408 and 481 end the call within which it went. Those to a subscription do not, it has a life of its own.

        Source: RFC 3261 §12.2.1.2, RFC 5057 §5.1.
        """
        if self.call is not None and status in (408, 481) and self.method not in OF_SUBSCRIPTIONS:
            cause = Cause.TIMEOUT if status == 408 else Cause.REJECTED
            self.call.hang_up(Disconnected(now, message, cause, status, reason), now)

    def _end(self) -> None:
        if self._agent.digest is not None and self.call is None and self.request is not None:
            self._agent.digest.forget(self.request.call_id)
        self.done.set()
        if self.call is not None and self.exchange is not None:
            self.call.modifications.go_on(self._agent.clock.now())
