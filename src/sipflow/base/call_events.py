"""What can happen on a call. Kept in the call's mailbox, in order, until a node takes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a call ended, seen from the side that did not end it."""

    BYE = "bye"
    CANCEL = "cancel"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened on a call."""

    at: float
    """Monotonic seconds at which it happened."""
    message: bytes
    """The message it rests on, as it stood on the wire; empty when a clock or a socket was the cause."""

    def __str__(self) -> str:
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class Progressed(CallEvent):
    """A provisional response above 100 came for our INVITE."""

    status: int
    reason: str

    def __str__(self) -> str:
        return f"{self.status} {self.reason}"


@dataclass(frozen=True, slots=True)
class Connected(CallEvent):
    """The INVITE was answered with a 2xx and the ACK was sent or received."""

    def __str__(self) -> str:
        return "connected"


@dataclass(frozen=True, slots=True)
class Disconnected(CallEvent):
    """The other side, the clock or the network ended the call, or refused it."""

    cause: Cause
    status: int = 0
    """The final status when the call was refused, else 0."""
    reason: str = ""

    def __str__(self) -> str:
        detail = f": {self.status} {self.reason}" if self.status else (f": {self.reason}" if self.reason else "")
        return f"disconnected ({self.cause}{detail})"
