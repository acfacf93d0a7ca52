"""A request of ours that was refused, and how it is sent again. Source: RFC 3261 §8.1.3.5.

Whoever sent it says how (`TransactionUser.retry`), the user agent does it (`UserAgent.resend`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sipflow.base.sayings import Told
from sipflow.sip.flow import Flow
from sipflow.sip.message import Response
from sipflow.sip.outgoing import OutgoingRequest

MAX_TRIES = 10
"""How often one request is sent again, whatever for; then its refusal counts."""


@dataclass(slots=True)
class Refused:
    """A request of ours with its final response of 300 to 699."""

    request: OutgoingRequest
    response: Response
    flow: Flow
    """By which the request went."""
    why: Told = ""
    """Why it is not sent again, for people: set by whoever could have done it."""


class Retry(NamedTuple):
    """How a request goes out again."""

    request: OutgoingRequest
    """With the branch, Via and CSeq of the one before: it gets new ones."""
    flow: Flow | None = None
    """None: that which leads to its next hop."""
