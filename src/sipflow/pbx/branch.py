"""One branch of a request that is being forwarded: a target, its transaction and its timer C.

Source: RFC 3261 §16.6 to §16.9.
"""

from __future__ import annotations

from math import ceil
from typing import Final, NamedTuple, Protocol

from sipflow.pbx.wire import PlainUser, Wire
from sipflow.sip.flow import Flow
from sipflow.sip.invite_client import On
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.transaction import ClientTransaction

RING: Final = 0
"""The timer after which other contacts are tried."""
AFTER_CANCEL: Final = 1
"""The timer after which an INVITE counts as cancelled."""
TIMER_C: Final = 2
"""The timer after which an INVITE has rung for too long."""


class Reply(NamedTuple):
    """A final response, received or stood in for."""

    status: int
    response: Response | None = None
    """None where nothing came, or what came is not to be passed on."""


class BranchOwner(Protocol):
    """Whoever forwards the request."""

    def progressed(self, branch: Branch, response: Response, now: float) -> None:
        """A provisional response above 100 came."""
        ...

    def answered(self, branch: Branch, response: Response, now: float) -> None:
        """A 2xx came: of an INVITE each time that it is sent, also after the branch has ended."""
        ...

    def ended(self, branch: Branch, reply: Reply, now: float) -> None:
        """The branch has its one final response other than a 2xx."""
        ...


class Branch(PlainUser):
    """Sends a request, and tells its owner what comes back."""

    __slots__ = (
        "_gave_up", "_has_progressed", "_is_over", "_owner", "_rings_until", "_timer_c_s", "_transaction",
        "_wants_cancel", "_wire", "flow", "request",
    )  # fmt: skip

    def __init__(self, wire: Wire, owner: BranchOwner, request: OutgoingRequest, flow: Flow, timer_c_s: float) -> None:
        self.request = request
        self._wire = wire
        self._owner = owner
        self.flow = flow
        self._timer_c_s = timer_c_s
        self._transaction: ClientTransaction | None = None
        self._rings_until = 0.0
        self._has_progressed = False
        self._wants_cancel = False
        self._gave_up = False
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether it has its final response."""
        return self._is_over

    @property
    def _is_invite(self) -> bool:
        return self.request.method == "INVITE"

    def start(self, now: float, ring_s: float | None = None) -> None:
        """Send the request; without a final response after `ring_s` the branch is given up."""
        self._transaction = self._wire.layer.request(self.request, self.flow, now, self)
        if self._is_invite:
            self._rings_until = now + self._timer_c_s
            self._wire.layer.timers.add(now, self._timer_c_s, self, TIMER_C)
        if ring_s is not None:
            self._wire.layer.timers.add(now, ring_s, self, RING)

    def cancel(self, now: float) -> None:
        """End an INVITE that has no final response yet: once it has a provisional one. Source: RFC 3261 §9.1."""
        if self._is_over or self._wants_cancel or not self._is_invite:
            return
        self._wants_cancel = True
        if self._has_progressed:
            self._send_cancel(now)

    def give_up(self, now: float) -> None:
        """It has rung long enough: cancel it, and let it count as unanswered. Source: RFC 3261 §16.8."""
        if self._is_over or self._gave_up:
            return
        self._gave_up = True
        if self._is_invite and self._has_progressed:
            self.cancel(now)
        else:
            self._wants_cancel = True
            self._end(Reply(408), now)

    def feed(self, on: int, now: float) -> None:
        """A timer has fired."""
        if on == AFTER_CANCEL:
            if self._transaction is not None:
                self._transaction.feed(On.ABANDON, now)
            self._end(Reply(408), now)
        elif on == TIMER_C and now < self._rings_until - 1e-6:
            # Rounded up, lest every branch have a queue of its own among the timers.
            self._wire.layer.timers.add(now, ceil((self._rings_until - now) * 10) / 10, self, TIMER_C)
        else:
            self.give_up(now)

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if transaction.method != self.request.method:
            return  # of the CANCEL
        if response.status < 200:
            self._progressed(response, now)
        elif response.status < 300:
            self._is_over = True
            self._owner.answered(self, response, now)
        else:
            # What a branch says that was cancelled for want of an answer is no more than that.
            self._end(Reply(408) if self._gave_up else Reply(response.status, response), now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        """No answer is a 408, no way there a 503. Source: RFC 3261 §16.9."""
        if failure.transaction is self._transaction:
            self._end(Reply(408 if failure.timed_out else 503), now)

    def _progressed(self, response: Response, now: float) -> None:
        is_first, self._has_progressed = not self._has_progressed, True
        if is_first and self._wants_cancel:
            self._send_cancel(now)
        if response.status > 100 and not self._is_over:
            self._rings_until = now + self._timer_c_s
            self._owner.progressed(self, response, now)

    def _send_cancel(self, now: float) -> None:
        layer = self._wire.layer
        layer.request(self.request.cancel(), self.flow, now, None)
        layer.timers.add(now, layer.timing.limit, self, AFTER_CANCEL)

    def _end(self, reply: Reply, now: float) -> None:
        if not self._is_over:
            self._is_over = True
            self._owner.ended(self, reply, now)
