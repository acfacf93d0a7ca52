"""Work orders: what the core wants done. The user agent drains them, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sipflow.sip.flow import Flow
from sipflow.sip.message import Request, Response

if TYPE_CHECKING:
    from sipflow.sip.transaction import ClientTransaction, ServerTransaction, Transaction, TransactionUser


class Transmit(NamedTuple):
    """Put these bytes on the wire."""

    data: bytes
    flow: Flow


class RequestReceived(NamedTuple):
    """A new request, with the server transaction that awaits its response."""

    transaction: ServerTransaction
    request: Request


class AckReceived(NamedTuple):
    """An ACK to a 2xx, or one that belongs to nothing: it has no transaction of its own."""

    request: Request
    flow: Flow


class ResponseReceived(NamedTuple):
    """A response to a request of ours."""

    transaction: ClientTransaction
    response: Response
    user: TransactionUser | None
    """Whom it concerns."""


class TransactionFailed(NamedTuple):
    """A transaction that ended without what it waited for."""

    transaction: Transaction
    user: TransactionUser | None
    timed_out: bool
    """True: nothing came within 64·T1; False: the transport could not deliver."""
    reason: str


Order = Transmit | RequestReceived | AckReceived | ResponseReceived | TransactionFailed
