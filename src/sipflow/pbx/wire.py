"""What the parts of a PBX need of the wire, and what they answer."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sipflow.base.ids import Ids
from sipflow.base.sayings import Told
from sipflow.sip.flow import Address, Flow
from sipflow.sip.layer import TransactionLayer
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import Headers, reason_phrase, response_bytes
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction, ServerTransaction


class Answer(NamedTuple):
    """A response of our own."""

    status: int
    headers: Headers = ()
    reason: str = ""
    """Empty: the usual phrase."""


class Wire(Protocol):
    """One address on the wire, with its transactions."""

    layer: TransactionLayer
    ids: Ids
    local: Address
    """Where we listen."""

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Put bytes on the wire now."""
        ...

    def flow_to(self, next_hop: str, transport: str) -> Flow:
        """The flow by which a URI, bare or in angle brackets, is reached; `transport` where it names none.

        Raises LocalProtocolError where there is no way.
        """
        ...

    def via(self, transport: str, branch: str) -> str:
        """Our Via value."""
        ...

    def log(self, message: Told) -> None:
        """Tell people what was done, and why."""
        ...


class PlainUser:
    """A transaction user that sends nothing again: what was refused is its caller's to try again."""

    __slots__ = ()

    def retry(self, _refused: Refused, _now: float) -> Retry | None:
        return None

    def resent(self, transaction: ClientTransaction) -> None:
        """Nothing is."""

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """For those who send requests."""

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        """For those who wait for an end."""


def respond(transaction: ServerTransaction, answer: Answer, now: float, body: bytes = b"") -> None:
    """Answer a request with a response of our own."""
    status, headers, reason = answer
    data = response_bytes(transaction.head, status, reason or reason_phrase(status), headers, body)
    transaction.respond(status, data, now)
