"""What can be chosen about a PBX: the words that its node and the PBX itself share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sipflow.base.occurrences import ALL, Occurrences


class Mode(StrEnum):
    """What the PBX is between caller and callee."""

    PROXY = "proxy"
    """It passes messages on and stays in the path. Source: RFC 3261 §16."""
    B2BUA = "b2bua"
    """It answers the caller itself and calls the callee itself: two calls, joined."""


class Forking(StrEnum):
    """In which order the contacts of a user are tried."""

    BY_Q = "by-q"
    """The highest q first; those of the same q together."""
    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"
    """One after the other, the highest q first."""


class Guarded(StrEnum):
    """What the PBX asks a password for."""

    NOTHING = "nothing"
    REGISTRATIONS = "registrations"
    CALLS = "calls"
    """Every request from a user that starts something: INVITE, MESSAGE, SUBSCRIBE and so on."""
    EVERYTHING = "everything"


class Effect(StrEnum):
    """What a fault does to a request."""

    REFUSE = "refuse"
    DELAY = "delay"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault to play: what happens to which requests."""

    effect: Effect
    method: str = ""
    """Empty: any."""
    which: Occurrences = ALL
    """Of the requests of that method, counted as they come; those dropped are counted each time they come again."""
    status: int = 503
    """What REFUSE answers."""
    retry_after_s: int = 0
    """Told with the refusal; 0 tells nothing."""
    delay_s: float = 0.5
