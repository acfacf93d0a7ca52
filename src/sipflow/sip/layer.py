"""The transaction layer: which message belongs to which transaction. Source: RFC 3261 §17.1.3, §17.2.3.

The layer knows no dialogs. What it cannot place it hands up (requests, ACKs) or drops (responses).
"""

from __future__ import annotations

from collections import deque

from sipflow.base.errors import SipParseError
from sipflow.base.ids import Ids
from sipflow.sip.flow import Address, Flow
from sipflow.sip.invite_client import InviteClientTransaction
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response
from sipflow.sip.orders import AckReceived, Order, RequestReceived, Transmit
from sipflow.sip.outgoing import OutgoingRequest, response_bytes, response_head
from sipflow.sip.request_client import RequestClientTransaction
from sipflow.sip.request_server import RequestServerTransaction
from sipflow.sip.timers import TimerQueue, Timing
from sipflow.sip.transaction import ClientTransaction, Key, ServerTransaction, Transaction, TransactionUser
from sipflow.sip.via import COOKIE, Via


class TransactionLayer:
    """All transactions of one user agent. Work orders gather in `orders`, for the user agent to drain."""

    def __init__(self, ids: Ids, timing: Timing) -> None:
        self.orders: deque[Order] = deque()
        self.timers = TimerQueue()
        self.timing = timing
        self._ids = ids
        self._clients: dict[Key, ClientTransaction] = {}
        self._servers: dict[Key, ServerTransaction] = {}
        self._origins: dict[Key, ServerTransaction] = {}

    def __len__(self) -> int:
        """Transactions that have not terminated."""
        return len(self._clients) + len(self._servers)

    def receive_response(self, response: Response, now: float) -> None:
        """Feed a response to the transaction with its top branch and CSeq method; drop it where there is none.

        One with a second Via went astray: it is dropped too. Source: RFC 3261 §8.1.3.3.
        """
        transaction = self._clients.get((response.branch, response.cseq_method))
        if transaction is not None and response.has_one_via:
            transaction.receive(response, now)

    def receive_request(self, request: Request, flow: Flow, now: float) -> None:
        """Feed a request to its server transaction, or hand it up with a new one."""
        method, via = request.method, request.via
        key = _server_key(request, via, method)
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
        to_tag = given_tag or self._own_tag(request)
        machine = InviteServerTransaction if method == "INVITE" else RequestServerTransaction
        head = response_head(request, response_vias(request, via, flow), to_tag)
        transaction = machine(self, key, response_flow(via, flow), head, to_tag, not given_tag)
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
        transaction = self._servers.get(_server_key(cancel, cancel.via, "INVITE"))
        return transaction if isinstance(transaction, InviteServerTransaction) else None

    def request(
        self, request: OutgoingRequest, flow: Flow, now: float, user: TransactionUser | None
    ) -> ClientTransaction:
        """Send a request other than an ACK in a transaction of its own; `user` learns what becomes of it."""
        machine = InviteClientTransaction if request.method == "INVITE" else RequestClientTransaction
        transaction = machine(self, request, flow)
        transaction.user = user
        self._clients[transaction.key] = transaction
        transaction.start(now)
        return transaction

    def refuse_statelessly(self, request: Request, flow: Flow, status: int, reason: str) -> None:
        """Answer a request that is too broken for a transaction; its repetition gets the same answer.

        Source: RFC 3261 §8.2.7.
        """
        try:
            target = response_flow(request.via, flow)
            vias = response_vias(request, request.via, flow)
        except SipParseError:
            target, vias = flow, request.header_values("Via")
        tag = f"{hash(request.raw) & 0xFFFFFFFFFFFFFFFF:016x}"
        data = response_bytes(response_head(request, vias, tag), status, reason)
        self.orders.append(Transmit(data, target))

    def transport_failed(self, flow: Flow, reason: str, now: float) -> None:
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
        self.timers.clear()
        self.orders.clear()


def _server_key(request: Request, via: Via, method: str) -> Key:
    """Branch, sent-by and method; for a peer of RFC 2543, what §17.2.3 compares instead."""
    branch = request.branch
    if method == "ACK":
        method = "INVITE"
    if branch.startswith(COOKIE) and branch != COOKIE:
        return (branch, via.host, via.port, method)
    return (request.uri, request.from_tag, request.call_id, request.cseq, str(via), method)


def response_vias(request: Request, top: Via, flow: Flow) -> list[str]:
    """The request's Via values with `received` and `rport` filled into the top one.

    Source: RFC 3261 §18.2.1, RFC 3581 §4.
    """
    values = request.list_values("Via")
    remote = flow.remote
    if top.wants_rport or top.host != remote.host:
        values[0] = str(top.stamped(remote))
    return values


def response_flow(via: Via, flow: Flow) -> Flow:
    """Where the response goes: back to the source, on UDP to the sent-by port unless `rport` is there.

    On a stream the connection is kept, and should it be gone, a new one to the sent-by port is opened.
    # Deviates from RFC 3261 §18.2.2: `maddr` is not followed, so that nobody can aim our responses at others.
    """
    if flow.transport == "UDP" and via.wants_rport:
        return flow
    port = via.port or 5060
    if port == flow.remote.port:
        return flow
    return flow._replace(remote=Address(flow.remote.host, port))
