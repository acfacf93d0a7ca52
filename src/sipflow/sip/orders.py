"""Work orders: what the core wants done. The user agent drains them, in order.

Shaped by speed: a class with slots is made in 0.17 µs, a NamedTuple in 0.27 and a frozen one in 0.43 (`timeit`,
Python 3.11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sipflow.base.sayings import Told
from sipflow.sip.flow import Flow
from sipflow.sip.message import Request, Response
from sipflow.sip.outgoing import OutgoingRequest

if TYPE_CHECKING:
    from sipflow.sip.transaction import ClientTransaction, ServerTransaction, Transaction, TransactionUser


@dataclass(slots=True)
class Transmit:
    """Put these bytes on the wire."""

    data: bytes
    flow: Flow


@dataclass(slots=True)
class RequestReceived:
    """A new request, with the server transaction that awaits its response."""

    transaction: ServerTransaction
    request: Request


@dataclass(slots=True)
class AckReceived:
    """An ACK to a 2xx, or one that belongs to nothing: it has no transaction of its own."""

    request: Request
    flow: Flow


@dataclass(slots=True)
class ResponseReceived:
    """A response to a request of ours."""

    transaction: ClientTransaction
    response: Response
    user: TransactionUser | None
    """Whom it concerns."""
    request: OutgoingRequest | None
    """What it answers, in parts; None once a 2xx has answered that."""


@dataclass(slots=True)
class TransactionFailed:
    """A transaction that ended without what it waited for."""

    transaction: Transaction
    user: TransactionUser | None
    timed_out: bool
    """True: nothing came within 64·T1; False: the transport could not deliver."""
    reason: Told


Order = Transmit | RequestReceived | AckReceived | ResponseReceived | TransactionFailed
