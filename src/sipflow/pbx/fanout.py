"""One request for many targets: one group of them after the other, each at once, until one answers.

Source: RFC 3261 §16.2, §16.6, §16.7, §16.10.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.base.sayings import Saying
from sipflow.pbx.best import best_reply
from sipflow.pbx.branch import Branch, Reply
from sipflow.pbx.routing import Target, breadth_of
from sipflow.pbx.settings import PbxSettings
from sipflow.pbx.wire import PlainUser, Wire
from sipflow.sip.flow import Flow
from sipflow.sip.message import Request, Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.transaction import ServerTransaction


class Fanout(PlainUser):
    """Everything about one request: its server transaction, its branches and their final responses."""

    def __init__(
        self,
        wire: Wire,
        settings: PbxSettings,
        transaction: ServerTransaction,
        request: Request,
        groups: Iterable[tuple[Target, ...]],
    ) -> None:
        """`groups` are tried one after the other. Raises SipParseError."""
        self._wire = wire
        self._settings = settings
        self._transaction = transaction
        self._request = request
        self._is_invite = request.method == "INVITE"
        self._breadth = breadth_of(request)
        self._groups = deque(_narrowed(groups, self._breadth))
        self._branches: list[Branch] = []
        self._replies: list[Reply] = []
        self._is_cancelled = False
        self._is_done = False
        """Whether the caller has its final response."""
        transaction.user = self

    def start(self, now: float) -> None:
        """Send the request to the first group of targets."""
        if self._breadth < 1:
            self._end(Reply(440), now)
            return
        self._try_next(now)

    def cancel(self, now: float) -> None:
        """The caller gives up: no further targets, and a CANCEL to those that ring. Source: RFC 3261 §16.10."""
        self._is_cancelled = True
        self._cancel_all(now)

    # What the branches tell

    def progressed(self, branch: Branch, response: Response, now: float) -> None:
        """A target rings."""
        raise NotImplementedError

    def answered(self, branch: Branch, response: Response, now: float) -> None:
        """A target has answered."""
        raise NotImplementedError

    def ended(self, branch: Branch, reply: Reply, now: float) -> None:  # noqa: ARG002 - the seam names it
        """A target has refused, or nobody is there."""
        self._replies.append(reply)
        if self._is_done:
            return
        if reply.status >= 600:
            self._cancel_all(now)
        if all(branch.is_over for branch in self._branches):
            self._try_next(now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        """The caller can't be reached, or does not acknowledge: nobody wants an answer any more."""
        if failure.transaction is self._transaction:
            self._is_done = True
            self._cancel_all(now)

    # What differs

    def _copy(self, target: Target, flow: Flow, count: int) -> OutgoingRequest:
        """The request as this target gets it, one of `count` at once."""
        raise NotImplementedError

    def _finish(self, reply: Reply, now: float) -> None:
        """Tell the caller that nobody has answered."""
        raise NotImplementedError

    def _try_next(self, now: float) -> None:
        """Send the request to the next group that can be sent to; with none left, answer."""
        while self._groups and not self._is_done:
            group = self._groups.popleft()
            ring_s = self._settings.ring_s if self._groups and self._is_invite else None
            started = [branch for target in group if (branch := self._branch(target, len(group))) is not None]
            self._branches += started
            for branch in started:
                branch.start(now, ring_s)
            if started:
                return
        if not self._is_done:
            self._end(self._chosen(), now)

    def _chosen(self) -> Reply:
        """What the caller is told; one that has given up hears that it has."""
        if self._is_cancelled:
            return next((reply for reply in self._replies if reply.status == 487), Reply(487))
        return best_reply(self._replies or [Reply(500)])

    def _end(self, reply: Reply, now: float) -> None:
        self._is_done = True
        self._finish(reply, now)

    def _branch(self, target: Target, count: int) -> Branch | None:
        wire, request = self._wire, self._request
        try:
            flow = target.flow or wire.flow_to(target.next_hop, target.transport)
            outgoing = self._copy(target, flow, count)
        except (LocalProtocolError, SipParseError) as error:
            wire.log(Saying.of("pbx-no-way", method=request.method, target=str(target.next_hop), error=error.said))
            self._replies.append(Reply(503))
            return None
        return Branch(wire, self, outgoing, flow, self._settings.timer_c_s)

    def _cancel_all(self, now: float) -> None:
        self._groups.clear()
        for branch in self._branches:
            branch.cancel(now)


def _narrowed(groups: Iterable[tuple[Target, ...]], breadth: int) -> Iterable[tuple[Target, ...]]:
    """The groups, cut to what may be tried at once. Source: RFC 5393 §5.3.3."""
    size = max(breadth, 1)
    for group in groups:
        for start in range(0, len(group), size):
            yield group[start : start + size]
