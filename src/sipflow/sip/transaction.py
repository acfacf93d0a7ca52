"""What the four transaction machines share. Source: RFC 3261 §17, RFC 6026."""

from __future__ import annotations

from collections import deque
from typing import ClassVar, Protocol

from sipflow.sip.flow import Flow
from sipflow.sip.machine import Table
from sipflow.sip.message import Response
from sipflow.sip.orders import Order, ResponseReceived, TransactionFailed, Transmit
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.timers import TimerQueue, Timing

Key = tuple[str | int | None, ...]


class Ledger(Protocol):
    """What a transaction needs of its layer: where work orders and timers go, and who forgets it."""

    orders: deque[Order]
    timers: TimerQueue
    timing: Timing

    def forget(self, transaction: Transaction) -> None:
        """The transaction has terminated."""
        ...


class TransactionUser(Protocol):
    """Whoever is told what becomes of a transaction. Source: RFC 3261 §5 (the TU)."""

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """A response to the request came."""
        ...

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        """A transaction has ended without what it waited for."""
        ...


class Transaction:
    """One transaction: a state, a table, and the methods that the table's actions name."""

    __slots__ = ("failure", "flow", "interval_s", "key", "ledger", "state", "user")

    TABLE: ClassVar[Table]
    TRANSPORT_ERROR: ClassVar[int]
    """The machine's input for "could not be sent"."""

    def __init__(self, ledger: Ledger, key: Key, flow: Flow) -> None:
        self.ledger = ledger
        self.key = key
        """By which the layer finds it again."""
        self.flow = flow
        """Where it sends."""
        self.state = 0
        self.interval_s = ledger.timing.t1
        """The current interval between retransmissions, in seconds."""
        self.failure = ""
        """Why the transport could not deliver, once it has said so."""
        self.user: TransactionUser | None = None
        """Whoever is told what becomes of it."""

    def feed(self, on: int, now: float) -> None:
        """Follow the rule for this input; nothing happens where the table ignores it."""
        rule = self.TABLE[self.state][on]
        if rule is not None:
            self.state = rule[0]
            for step in rule[1]:
                step(self, now)

    def transport_failed(self, reason: str, now: float) -> None:
        """What was sent could not be delivered."""
        self.failure = reason
        self.feed(self.TRANSPORT_ERROR, now)

    def report_timeout(self, _now: float) -> None:
        self.ledger.orders.append(TransactionFailed(self, self.user, True, "no answer"))

    def report_transport_error(self, _now: float) -> None:
        self.ledger.orders.append(TransactionFailed(self, self.user, False, self.failure))

    def forget(self, _now: float) -> None:
        self.ledger.forget(self)


class ClientTransaction(Transaction):
    """The side that sent the request.

    It lingers for up to 32 s after its work is done, so by then it holds as little as it can.
    """

    __slots__ = ("data", "method", "response")

    def __init__(self, ledger: Ledger, request: OutgoingRequest, flow: Flow) -> None:
        super().__init__(ledger, (request.branch, request.method), flow)
        self.method = request.method
        self.data = bytes(request)
        """The request, to be sent again."""
        self.response: Response | None = None
        """The response at hand while a rule is followed."""

    def start(self, now: float) -> None:
        """Send the request and start the timers."""
        raise NotImplementedError

    def receive(self, response: Response, now: float) -> None:
        """A response with our branch and method came."""
        raise NotImplementedError

    def send(self, _now: float) -> None:
        self.ledger.orders.append(Transmit(self.data, self.flow))

    def pass_up(self, _now: float) -> None:
        if self.response is not None:
            self.ledger.orders.append(ResponseReceived(self, self.response, self.user))

    def let_go(self, _now: float) -> None:
        """Nobody is told any more; only repetitions are absorbed."""
        self.user = None
        self.data = b""


class ServerTransaction(Transaction):
    """The side that received the request."""

    __slots__ = ("head", "is_merged", "last", "origin", "tag_is_ours", "to_tag")

    def __init__(self, ledger: Ledger, key: Key, flow: Flow, head: str, to_tag: str, tag_is_ours: bool) -> None:
        super().__init__(ledger, key, flow)
        self.head = head
        """The header lines of every response, but for 100 with our To tag in them."""
        self.to_tag = to_tag
        """The To tag of our responses, whether ours or one that the request brought."""
        self.tag_is_ours = tag_is_ours
        self.origin: Key = ()
        """Call-ID, From tag and CSeq of a request outside any dialog: what two paths of one request share."""
        self.is_merged = False
        """The same request is being handled already: it came by two paths. Source: RFC 3261 §8.2.2.2."""
        self.last = b""
        """The response to send again."""

    def start(self, now: float) -> None:
        """The request has arrived."""

    def repeat(self, now: float) -> None:
        """The same request has arrived again."""
        raise NotImplementedError

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Send this response. Raises LocalProtocolError once a final one is sent."""
        raise NotImplementedError

    def send(self, _now: float) -> None:
        if self.last:
            self.ledger.orders.append(Transmit(self.last, self.flow))
