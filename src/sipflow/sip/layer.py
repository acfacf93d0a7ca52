"""The transaction layer: which message belongs to which transaction. Source: RFC 3261 §17.1.3, §17.2.3.

The layer knows no dialogs. What it cannot place it hands up (requests, ACKs) or drops (responses).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from sipflow.base.errors import FramingError, SipParseError
from sipflow.base.ids import Ids
from sipflow.base.sayings import Told
from sipflow.sip.flow import Address, Flow
from sipflow.sip.invite_client import InviteClientTransaction
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.orders import AckReceived, Order, RequestReceived, Transmit
from sipflow.sip.outgoing import Headers, OutgoingRequest, reason_phrase, response_bytes, response_head
from sipflow.sip.request_client import RequestClientTransaction
from sipflow.sip.request_server import RequestServerTransaction
from sipflow.sip.timers import TimerQueue, Timing
from sipflow.sip.transaction import ClientTransaction, Key, ServerTransaction, Transaction, TransactionUser
from sipflow.sip.via import COOKIE, Via

MAX_SERVERS: Final = 100_000
"""Server transactions of one user agent: one stays for 32 s, so that 3,000 requests a second fill them."""
BUSY: Final = (("Retry-After", "32"),)


class TransactionLayer:
    """All transactions of one user agent. Work orders gather in `orders`, for the user agent to drain."""

    def __init__(
        self,
        ids: Ids,
        timing: Timing,
        transmit: Callable[[bytes, Flow], None] | None = None,
        *,
        forwards: bool = False,
        max_servers: int = MAX_SERVERS,
    ) -> None:
        """`transmit` puts bytes on the wire and never calls back; where it is absent, that is a work order too.

        `forwards`: the requests sent may be those of others, whose Via values are beneath ours. `max_servers`: beyond
        so many server transactions what is new is refused, unless it is within a dialog.
        """
        self.orders: deque[Order] = deque()
        self.transmit = transmit or self._order_transmission
        self.timers = TimerQueue()
        self.timing = timing
        self.unacknowledged: set[ServerTransaction] = set()
        """Those that send a refusal of an INVITE again and again, until its ACK comes."""
        self._ids = ids
        self._forwards = forwards
        self._max_servers = max_servers
        self._clients: dict[Key, ClientTransaction] = {}
        self._servers: dict[Key, ServerTransaction] = {}
        self._origins: dict[Key, ServerTransaction] = {}

    def __len__(self) -> int:
        """Transactions that have not terminated."""
        return len(self._clients) + len(self._servers)

    def _order_transmission(self, data: bytes, flow: Flow) -> None:
        self.orders.append(Transmit(data, flow))

    def receive_response(self, response: Response, now: float) -> bool:
        """Feed a response to the transaction with its top branch and CSeq method; drop it where there is none.

        One with a second Via went astray, unless we forward: it is dropped too. Returns whether it was one of ours.
        Source: RFC 3261 §8.1.3.3.
        """
        transaction = self._clients.get(response.transaction_key)
        if transaction is None or not (response.shape or response.has_one_via or self._forwards):
            return False
        transaction.receive(response, now)
        return True

    def receive_request(self, request: Request, flow: Flow, now: float) -> None:
        """Feed a request to its server transaction, or hand it up with a new one."""
        method, hop = request.method, request.hop
        key = _server_key(request, hop, method)
        transaction = self._servers.get(key)
        if method == "ACK":
            if isinstance(transaction, InviteServerTransaction):
                transaction.acknowledge(request, now)
            else:
                self.orders.append(AckReceived(request, flow))
            return
        if transaction is not None:
            transaction.repeat(now)
            return
        given_tag = request.to_tag
        if not given_tag and len(self._servers) >= self._max_servers:
            self.refuse_statelessly(request, flow, 503, reason_phrase(503), BUSY)
            return
        to_tag = given_tag or self._own_tag(request)
        machine = InviteServerTransaction if method == "INVITE" else RequestServerTransaction
        vias, way_back = response_way(request, hop, flow)
        transaction = machine(self, key, way_back, response_head(request, vias, to_tag), to_tag, not given_tag)
        self._servers[key] = transaction
        if not given_tag:
            origin = transaction.origin = (request.call_id, request.from_tag, request.cseq, method)
            transaction.is_merged = self._origins.setdefault(origin, transaction) is not transaction
        transaction.start(now)
        self.orders.append(RequestReceived(transaction, request))

    def _own_tag(self, request: Request) -> str:
        """A new To tag; that of the INVITE for its CANCEL. Source: RFC 3261 §9.2."""
        invite = self.cancelled_invite(request) if request.method == "CANCEL" else None
        return invite.to_tag if invite is not None else self._ids.tag()

    def cancelled_invite(self, cancel: Request) -> InviteServerTransaction | None:
        """The INVITE that this CANCEL means. Source: RFC 3261 §9.2."""
        transaction = self._servers.get(_server_key(cancel, cancel.hop, "INVITE"))
        return transaction if isinstance(transaction, InviteServerTransaction) else None

    def request(
        self, request: OutgoingRequest, flow: Flow, now: float, user: TransactionUser | None
    ) -> ClientTransaction:
        """Send a request other than an ACK in a transaction of its own; `user` learns what becomes of it."""
        transaction = self.prepare(request, flow, user)
        transaction.start(now)
        return transaction

    def prepare(self, request: OutgoingRequest, flow: Flow, user: TransactionUser | None) -> ClientTransaction:
        """The transaction of a request that is not sent yet: `data` is what its `start` will send."""
        machine = InviteClientTransaction if request.method == "INVITE" else RequestClientTransaction
        transaction = machine(self, request, flow, user)
        self._clients[transaction.key] = transaction
        return transaction

    def refuse_statelessly(self, request: Request, flow: Flow, status: int, reason: str, headers: Headers = ()) -> None:
        """Answer a request that is too broken for a transaction, or one too many; its repetition gets the same answer.

        Source: RFC 3261 §8.2.7.
        """
        try:
            vias, target = response_way(request, request.hop, flow)
        except SipParseError:
            target, vias = flow, request.header_values("Via")
        tag = f"{hash(request.raw) & 0xFFFFFFFFFFFFFFFF:016x}"
        data = response_bytes(response_head(request, vias, tag), status, reason, headers)
        self.transmit(data, target)

    def refuse_broken(self, fault: FramingError, flow: Flow) -> None:
        """Answer the request with which a stream can't be cut any further, as far as it can be read."""
        try:
            message = parse_message(fault.data)
        except SipParseError:
            return
        if isinstance(message, Request) and message.method != "ACK":
            self.refuse_statelessly(message, flow, fault.status, f"{reason_phrase(fault.status)} ({fault.what})")

    def transport_failed(self, flow: Flow, reason: Told, now: float) -> None:
        """Something on this flow could not be delivered: all that wait for it learn of it at once."""
        for transactions in (self._clients, self._servers):
            for transaction in list(transactions.values()):
                own = transaction.flow
                if own.remote == flow.remote and own.transport == flow.transport:
                    transaction.transport_failed(reason, now)

    def forget(self, transaction: Transaction) -> None:
        if isinstance(transaction, ServerTransaction):
            self._servers.pop(transaction.key, None)
            if transaction.origin and not transaction.is_merged:
                self._origins.pop(transaction.origin, None)
        else:
            self._clients.pop(transaction.key, None)

    def clear(self) -> None:
        """Drop every transaction, timer and order."""
        self._clients.clear()
        self._servers.clear()
        self._origins.clear()
        self.unacknowledged.clear()
        self.timers.clear()
        self.orders.clear()


def _server_key(request: Request, hop: Via, method: str) -> Key:
    """Branch, sent-by and method; for a peer of RFC 2543, what §17.2.3 compares instead."""
    branch = request.branch
    if method == "ACK":
        method = "INVITE"
    if branch.startswith(COOKIE) and branch != COOKIE:
        return (branch, hop.host, hop.port, method)
    return (request.uri, request.from_tag, request.call_id, request.cseq, str(request.via), method)


def response_way(request: Request, hop: Via, flow: Flow) -> tuple[list[str], Flow]:
    """The Via values of a response, and where it goes.

    `received` and `rport` are filled into the top Via. It goes back to the source, on UDP to the sent-by port unless
    `rport` is there. On a stream the connection is kept; should it be gone, a new one to the sent-by port is opened.
    Source: RFC 3261 §18.2.1, RFC 3581 §4.
    # Deviates from RFC 3261 §18.2.2: `maddr` is not followed, so that nobody can aim our responses at others.
    """
    remote, wants_rport = flow.remote, hop.wants_rport
    vias = request.via_values
    if wants_rport or hop.host != remote.host:
        vias[0] = request.stamped_via(remote)
    port = hop.port or 5060
    if port == remote.port or (wants_rport and flow.transport == "UDP"):
        return vias, flow
    return vias, flow._replace(remote=Address(remote.host, port))
