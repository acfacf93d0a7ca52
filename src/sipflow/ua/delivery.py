"""A request whose way is not plain: a name that has to be looked up, servers that take over from each other, a message
too large for a datagram. Source: RFC 3263 §4.3, RFC 3261 §18.1.1.

Every try is a transaction of its own, with a new branch and the same CSeq. Requests of ordinary size to an address
never come here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from sipflow.base.errors import NameUnknown
from sipflow.base.sayings import Saying, Told
from sipflow.sip.flow import Flow
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction, TransactionUser

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

MAX_DATAGRAM_BYTES: Final = 1300
"""A larger request goes by TCP, since the MTU of its path is not known. Source: RFC 3261 §18.1.1."""


class _Try(NamedTuple):
    flow: Flow
    after_refusal: bool = False
    """Only where the try before it could not be delivered."""


class Delivery:
    """The user of all transactions of one request, between them and its sender.

    A sender that wants no further try puts itself in our place, as the user of the transaction.
    """

    def __init__(
        self, agent: UserAgent, request: OutgoingRequest, first: ClientTransaction, sender: TransactionUser | None
    ) -> None:
        """`first` is prepared, and will never be sent itself: `resent` tells its sender of those that are."""
        self.sender = sender
        self._agent = agent
        self._request = request
        self._transaction = first
        self._tries: list[_Try] = []
        first.user = self
        agent.layer.forget(first)

    def start(self, now: float) -> ClientTransaction:
        """Send it, or look up first where; returns the transaction that stands for it."""
        flow = self._transaction.flow
        if flow.is_located:
            self._plan((flow,))
            self._go_on(now)
        else:
            self._agent.spawn(self._locate(flow))
        return self._transaction

    async def _locate(self, flow: Flow) -> None:
        agent, first = self._agent, self._transaction
        reason: Told = Saying.of("no-longer-wanted")
        try:
            self._plan(await agent.paths.servers(flow, agent.clock.now()))
        except NameUnknown as error:
            reason = error.said
            if self._request.method == "BYE" and self._request.dialog is not None:
                self._plan((self._request.dialog.flow,))  # see `Ways.to_end`
        now = agent.clock.now()
        if self._tries and first.user is self:
            self._go_on(now)
        else:
            user = self.sender if first.user is self else first.user
            if user is not None:
                user.transaction_failed(TransactionFailed(first, user, False, reason), now)
        agent.drain(now)

    def _plan(self, flows: tuple[Flow, ...]) -> None:
        is_large = len(self._transaction.data) > MAX_DATAGRAM_BYTES
        for flow in flows:
            if is_large and flow.transport == "UDP":
                self._tries += [_Try(flow._replace(transport="TCP")), _Try(flow, after_refusal=True)]
            else:
                self._tries.append(_Try(flow))

    def _go_on(self, now: float) -> None:
        """Send it to the next server."""
        agent, flow = self._agent, self._tries.pop(0).flow
        branch = agent.ids.branch()
        headers = agent.identity.headers_by(flow.transport, self._request.headers)
        request = replace(
            self._request, branch=branch, via=agent.identity.vias[flow.transport] + branch, headers=headers
        )
        self._transaction = agent.layer.request(request, flow, now, self)
        if self.sender is not None:
            self.sender.resent(self._transaction)

    def _tries_again(self, now: float, *, refused: bool) -> bool:
        while self._tries and self._tries[0].after_refusal and not refused:
            del self._tries[0]
        if self._tries:
            self._go_on(now)
            return True
        return False

    def retry(self, refused: Refused, now: float) -> Retry | None:
        if self.sender is None or (self._tries and refused.response.status == 503):
            return None
        return self.sender.retry(refused, now)

    def resent(self, transaction: ClientTransaction) -> None:
        """What is sent again, changed, is its sender's."""

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if response.status == 503 and self._tries_again(now, refused=False):
            return
        if self.sender is not None:
            self.sender.response_received(transaction, response, now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        if not self._tries_again(now, refused=not failure.timed_out) and self.sender is not None:
            self.sender.transaction_failed(failure, now)
