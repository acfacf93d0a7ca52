"""A transaction layer on a bench: no wire, a clock moved by hand, everything it orders kept with its time."""

from __future__ import annotations

from typing import NamedTuple

from sipflow.base.ids import RandomIds
from sipflow.sip.flow import Address, Flow
from sipflow.sip.layer import TransactionLayer
from sipflow.sip.message import Request
from sipflow.sip.orders import Order, RequestReceived, Transmit
from sipflow.sip.outgoing import OutgoingRequest, reason_phrase, response_bytes
from sipflow.sip.timers import Timing
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.testing.clock import FakeClock
from sipflow.testing.wire_text import a_response

US = Address("10.0.0.1", 5060)
PEER = Address("10.0.0.2", 5060)


class Ordered(NamedTuple):
    """One work order, and the seconds since the bench was set up."""

    at: float
    order: Order


class CoreBench:
    """One transaction layer between us and one peer. Time starts at 0."""

    def __init__(self, transport: str = "UDP", timing: Timing | None = None) -> None:
        self.clock = FakeClock(now=0.0)
        self.timing = timing or Timing()
        self.layer = TransactionLayer(RandomIds(seed=1), self.timing)
        self.flow = Flow(transport, US, PEER, 0 if transport == "UDP" else 1)
        self.log: list[Ordered] = []
        self.requests: dict[ClientTransaction, OutgoingRequest] = {}
        """What each of our transactions sent."""

    @property
    def now(self) -> float:
        return self.clock.now()

    def drain(self) -> list[Order]:
        """Take the orders that have gathered; returns them."""
        new = list(self.layer.orders)
        self.layer.orders.clear()
        self.log += [Ordered(self.now, order) for order in new]
        return new

    def advance(self, seconds: float) -> None:
        """Let time pass; each timer fires at exactly its own time."""
        end = self.now + seconds
        while self.layer.timers.earliest <= end:
            self.clock.advance(max(0.0, self.layer.timers.earliest - self.now))
            self.layer.timers.fire(self.now)
            self.drain()
        self.clock.advance(max(0.0, end - self.now))

    def sent(self, start: str) -> list[float]:
        """When messages whose start line begins so were sent."""
        return [at for at, order in self.log if isinstance(order, Transmit) and order.data.startswith(start.encode())]

    def handed_up(self, kind: type[Order]) -> list[float]:
        """When orders of this kind were given to the transaction user."""
        return [at for at, order in self.log if isinstance(order, kind)]

    # The client's side

    def request(self, method: str = "INVITE") -> ClientTransaction:
        """Send a request in a new client transaction."""
        number = len(self.requests) + 1
        branch = f"z9hG4bKours{number}"
        request = OutgoingRequest(
            method=method,
            uri="sip:alice@10.0.0.2",
            branch=branch,
            via=f"SIP/2.0/{self.flow.transport} {US};rport;branch={branch}",
            from_="<sip:bob@10.0.0.1>;tag=bob",
            to="<sip:alice@10.0.0.2>",
            call_id="ours@10.0.0.1",
            cseq=number,
            routes=("<sip:proxy@10.0.0.2;lr>",),
        )
        transaction = self.layer.request(request, self.flow, self.now, None)
        self.requests[transaction] = request
        self.drain()
        return transaction

    def answer(
        self, transaction: ClientTransaction, status: int, tag: str = "alice", body: str = "", **headers: str | None
    ) -> list[Order]:
        """A response to one of our requests comes; returns what that ordered."""
        self.layer.receive_response(a_response(self.requests[transaction], status, tag, body, **headers), self.now)
        return self.drain()

    # The server's side

    def receive(self, request: Request) -> list[Order]:
        """A request comes; returns what that ordered."""
        self.layer.receive_request(request, self.flow, self.now)
        return self.drain()

    def accept(self, request: Request) -> ServerTransaction:
        """A request comes that is new; returns its transaction. Raises AssertionError where it is not."""
        new = [order for order in self.receive(request) if isinstance(order, RequestReceived)]
        if len(new) != 1:
            raise AssertionError(f"expected one new transaction, got {new}")
        return new[0].transaction

    def respond(self, transaction: ServerTransaction, status: int) -> list[Order]:
        """Answer a request; returns what that ordered."""
        transaction.respond(status, response_bytes(transaction.head, status, reason_phrase(status)), self.now)
        return self.drain()

    @property
    def remembers(self) -> int:
        """How much the layer still holds: transactions, what it knows them by, and timers."""
        layer = self.layer
        known = len(layer._clients) + len(layer._servers) + len(layer._origins)
        return known + len(layer.timers) + len(layer.orders)
