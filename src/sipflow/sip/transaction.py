"""What the four transaction machines share. Source: RFC 3261 §17, RFC 6026.

Shaped by speed: one flat constructor for each side (three levels of them cost 0.5 µs, by `timeit` on Python 3.11), and
what stays for up to 32 s after the work is done holds as little as it can.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import ClassVar, Protocol

from sipflow.base.sayings import Saying, Told
from sipflow.sip.flow import Flow
from sipflow.sip.machine import Table
from sipflow.sip.message import Response
from sipflow.sip.orders import Order, ResponseReceived, TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest, response_bytes
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.timers import TimerQueue, Timing

Key = tuple[str | int | None, ...]


class Ledger(Protocol):
    """What a transaction needs of its layer: where bytes, work orders and timers go, and who forgets it."""

    transmit: Callable[[bytes, Flow], None]
    """Never calls back."""
    orders: deque[Order]
    timers: TimerQueue
    timing: Timing
    unacknowledged: set[ServerTransaction]
    """Those whose refusal of an INVITE is sent again until its ACK comes."""

    def forget(self, transaction: Transaction) -> None:
        """The transaction has terminated."""
        ...


class TransactionUser(Protocol):
    """Whoever is told what becomes of a transaction. Source: RFC 3261 §5 (the TU)."""

    def retry(self, refused: Refused, now: float) -> Retry | None:
        """How a refused request is to be sent again, changed; None leaves the refusal to `response_received`."""
        ...

    def resent(self, transaction: ClientTransaction) -> None:
        """A request is under way again, in this transaction, whose `request` is what was sent."""
        ...

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

    ledger: Ledger
    key: Key
    """By which the layer finds it again."""
    flow: Flow
    """Where it sends."""
    state: int
    interval_s: float
    """The current interval between retransmissions, in seconds."""
    failure: Told
    """Why the transport could not deliver, once it has said so."""
    user: TransactionUser | None
    """Whoever is told what becomes of it."""

    def feed(self, on: int, now: float) -> None:
        """Follow the rule for this input; nothing happens where the table ignores it."""
        rule = self.TABLE[self.state][on]
        if rule is not None:
            self.state = rule[0]
            for step in rule[1]:
                step(self, now)

    def transport_failed(self, reason: Told, now: float) -> None:
        """What was sent could not be delivered."""
        self.failure = reason
        self.feed(self.TRANSPORT_ERROR, now)

    def report_timeout(self, _now: float) -> None:
        self.ledger.orders.append(TransactionFailed(self, self.user, True, Saying.of("no-answer")))

    def report_transport_error(self, _now: float) -> None:
        self.ledger.orders.append(TransactionFailed(self, self.user, False, self.failure))

    def forget(self, _now: float) -> None:
        self.ledger.forget(self)


class ClientTransaction(Transaction):
    """The side that sent the request."""

    __slots__ = ("data", "method", "request", "response")

    def __init__(self, ledger: Ledger, request: OutgoingRequest, flow: Flow, user: TransactionUser | None) -> None:
        method = request.method
        self.ledger = ledger
        self.key = (request.branch, method)
        self.flow = flow
        self.state = 0
        self.interval_s = ledger.timing.t1
        self.failure = ""
        self.user = user
        self.method = method
        self.request: OutgoingRequest | None = request
        """The request in parts, until nothing can be made from it any more."""
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
        self.ledger.transmit(self.data, self.flow)

    def start_limit(self, now: float, on: int) -> None:
        """Timer B or F, started with the first retransmission for what is left: most requests are answered before.

        Called before the interval grows.
        """
        timing = self.ledger.timing
        if self.interval_s == timing.t1:
            self.ledger.timers.add(now, timing.limit - timing.t1, self, on)

    def pass_up(self, _now: float) -> None:
        if self.response is not None:
            self.ledger.orders.append(ResponseReceived(self, self.response, self.user, self.request))

    def let_go(self, _now: float) -> None:
        """Nobody is told any more; only repetitions are absorbed."""
        self.user = self.request = None
        self.data = b""


class ServerTransaction(Transaction):
    """The side that received the request."""

    __slots__ = ("head", "is_merged", "last", "origin", "tag_is_ours", "to_tag")

    def __init__(self, ledger: Ledger, key: Key, flow: Flow, head: str, to_tag: str, tag_is_ours: bool) -> None:
        self.ledger = ledger
        self.key = key
        self.flow = flow
        self.state = 0
        self.interval_s = ledger.timing.t1
        self.failure = ""
        self.user = None
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

    def send_trying(self, now: float) -> None:
        head = self.head
        if self.tag_is_ours:
            head = head.replace(f";tag={self.to_tag}\r\n", "\r\n", 1)  # RFC 3261 §8.2.6.2: no tag in a 100
        self.last = response_bytes(head, 100, "Trying")
        self.send(now)

    def send(self, _now: float) -> None:
        if self.last:
            self.ledger.transmit(self.last, self.flow)
