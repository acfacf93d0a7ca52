"""Reliable provisional responses to one INVITE. Source: RFC 3262 §3."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sipflow.sip.extensions import RELIABLE, RAck
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.outgoing import Headers, reason_phrase, response_bytes
from sipflow.sip.reliable_response import On, ReliableResponse, ResponseOwner

RSEQ_LIMIT = 2**31


class ReliableProvisionals:
    """Sends them one at a time, each numbered, until its PRACK comes; the next ones wait."""

    __slots__ = ("_numbered", "_owner", "_rseq", "_sent", "_transaction", "_waiting", "cseq", "has_description")

    def __init__(
        self, transaction: InviteServerTransaction, cseq: int, random: Callable[[int], int], owner: ResponseOwner
    ) -> None:
        self._transaction = transaction
        self._owner = owner
        self.cseq = cseq
        """Of the INVITE."""
        self._rseq = random(RSEQ_LIMIT - 1)  # the first one sent has a number from 1 to 2³¹ - 1
        self._sent: ReliableResponse | None = None
        self._numbered: dict[int, bool] = {}
        self._waiting: deque[tuple[int, str, Headers, bytes]] = deque()
        self.has_description = False
        """Whether one with a session description has not been acknowledged yet."""

    @property
    def is_pending(self) -> bool:
        """Whether a PRACK is awaited."""
        return self._sent is not None and self._sent.is_pending

    def send(self, status: int, reason: str, headers: Headers, body: bytes, now: float) -> None:
        """Send this response, or once those before it are acknowledged."""
        self.has_description = self.has_description or bool(body)
        self._waiting.append((status, reason or reason_phrase(status), headers, body))
        if not self.is_pending:
            self._send_next(now)

    def _send_next(self, now: float) -> None:
        status, reason, headers, body = self._waiting.popleft()
        self._rseq += 1
        self._numbered[self._rseq] = False
        written = (("Require", RELIABLE), ("RSeq", str(self._rseq)), *headers)
        data = response_bytes(self._transaction.head, status, reason, written, body)
        self._sent = ReliableResponse(self._transaction, status, self.cseq, data, self._owner, now)

    def awaits(self, rack: RAck | None) -> bool:
        """Whether a PRACK acknowledges one of them that was not acknowledged before."""
        if rack is None or (rack.cseq, rack.method) != (self.cseq, "INVITE"):
            return False
        return self._numbered.get(rack.rseq) is False

    def acknowledge(self, rack: RAck, now: float) -> None:
        """A PRACK that is awaited has come: the next response goes out."""
        self._numbered[rack.rseq] = True
        if self._sent is None or not self._sent.is_pending:
            return
        self._sent.feed(On.ACKNOWLEDGE, now)
        if self._waiting:
            self._send_next(now)
        else:
            self.has_description = False

    def abandon(self, now: float) -> None:
        """A final response goes out, or the call has ended: none is sent any more."""
        self._waiting.clear()
        if self._sent is not None:
            self._sent.feed(On.ABANDON, now)
