"""Session timers: what both sides agree on, and the clock that runs by it. Source: RFC 4028."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar, Final, Protocol

from sipflow.sip.extensions import MIN_SE_S, TIMER, Extensions, SessionExpires
from sipflow.sip.machine import Rule, Table, compile_table
from sipflow.sip.outgoing import Headers
from sipflow.sip.timers import TimerQueue

TICK_S: Final = 30.0
"""A session that has ended leaves its timer behind for no longer than this, however long it would have lasted."""
LONGEST_GRACE_S: Final = 32.0
"""The side that does not refresh hangs up this long before the session's end, or a third of it. Source: §10."""


@dataclass(frozen=True, slots=True)
class TimerWishes:
    """What a user agent wants of session timers."""

    interval_s: int = 0
    """Session-Expires to ask for; 0 asks for none and takes what the other side asks for."""
    min_se_s: int = MIN_SE_S
    """The least interval that it accepts."""
    refreshes: bool | None = None
    """Whether it wants to refresh by itself; None leaves that open."""

    def offer(self, interval_s: int = 0, min_se_s: int = 0, *, refreshes: bool | None = None) -> Headers:
        """The header fields of a request that asks for a session timer.

        The interval, its least as others have told, and the refresher were agreed before, or are left open.
        Source: §7.1, §7.4.
        """
        least_s = max(min_se_s, self.min_se_s)
        wanted_s = interval_s or self.interval_s
        if not wanted_s:
            return ()
        refreshes = self.refreshes if refreshes is None else refreshes
        refresher = "" if refreshes is None else "uac" if refreshes else "uas"
        asked = ("Session-Expires", str(SessionExpires(max(wanted_s, least_s), refresher)))
        return (asked,) if least_s == MIN_SE_S else (asked, ("Min-SE", str(least_s)))

    def refuses(self, theirs: Extensions) -> bool:
        """Whether a request is to be refused with 422: only where its sender can ask for more. Source: §9."""
        asked = theirs.session_expires
        return asked is not None and theirs.knows_timer and asked.interval_s < self.min_se_s

    @property
    def refusal(self) -> Headers:
        """The header fields of the 422."""
        return (("Min-SE", str(self.min_se_s)),)

    def agree(self, theirs: Extensions) -> SessionExpires | None:
        """What the 2xx to a request says, or None for no session timer. Source: §9, table 2."""
        asked = theirs.session_expires
        if asked is None and not (self.interval_s and theirs.knows_timer):
            return None
        least_s = max(theirs.min_se_s if theirs.knows_timer else 0, self.min_se_s)
        offered_s = [interval_s for interval_s in (asked and asked.interval_s, self.interval_s) if interval_s]
        if not theirs.knows_timer:
            return SessionExpires(max(offered_s[0], least_s), "uas")
        refresher = (asked.refresher if asked else "") or ("uas" if self.refreshes else "uac")
        return SessionExpires(max(min(offered_s), least_s), refresher)


def agreement(agreed: SessionExpires, theirs: Extensions) -> Headers:
    """The header fields of the 2xx. Source: §9: timer is required of a caller that knows it."""
    expires = ("Session-Expires", str(agreed))
    return (("Require", TIMER), expires) if theirs.knows_timer else (expires,)


class State(IntEnum):
    """Whether the timer runs."""

    RUNNING = 0
    STOPPED = 1


class On(IntEnum):
    """What can happen to it."""

    TICK = 0
    REFRESH_DUE = 1
    EXPIRY = 2
    STOP = 3


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    LOOK = "look"
    REFRESH = "refresh"
    EXPIRE = "expire"
    LET_GO = "let_go"


RULES: Final = {
    (State.RUNNING, On.TICK): Rule(State.RUNNING, (Action.LOOK,)),
    (State.RUNNING, On.REFRESH_DUE): Rule(State.RUNNING, (Action.REFRESH,)),
    (State.RUNNING, On.EXPIRY): Rule(State.STOPPED, (Action.EXPIRE,)),
    (State.RUNNING, On.STOP): Rule(State.STOPPED, (Action.LET_GO,)),
}
IGNORED: Final = frozenset((State.STOPPED, on) for on in On)


class TimerOwner(Protocol):
    """The call whose session is timed."""

    def refresh_session(self, now: float) -> None:
        """Half of the interval is over, and the refresh is ours."""
        ...

    def session_expired(self, now: float) -> None:
        """Nobody has refreshed the session."""
        ...


class SessionTimer:
    """One interval, from one refresh to the next; the next one has a timer of its own."""

    __slots__ = ("_expires_at", "_owner", "_refresh_at", "_timers", "interval_s", "is_refresher", "state")

    TABLE: ClassVar[Table]

    def __init__(self, timers: TimerQueue, interval_s: int, is_refresher: bool, owner: TimerOwner, now: float) -> None:
        """Start at once. Source: §10: a refresh at half the interval, the end shortly before all of it."""
        self.state = 0
        self.interval_s = interval_s
        self.is_refresher = is_refresher
        self._timers = timers
        self._owner: TimerOwner | None = owner
        self._refresh_at = now + interval_s / 2 if is_refresher else math.inf
        self._expires_at = now + interval_s - min(LONGEST_GRACE_S, interval_s / 3)
        self._arm(now)

    def _arm(self, now: float) -> None:
        wait_s = min(self._refresh_at, self._expires_at) - now
        self._timers.add(now, max(0.0, min(round(wait_s, 3), TICK_S)), self, On.TICK)

    def look(self, now: float) -> None:
        """Do what is due, and go on waiting."""
        soon = now + 0.001  # what a wait is rounded to
        if soon >= self._expires_at:
            self.feed(On.EXPIRY, now)
            return
        if soon >= self._refresh_at:
            self._refresh_at = math.inf
            self.feed(On.REFRESH_DUE, now)
        if self.state == State.RUNNING:
            self._arm(now)

    def feed(self, on: int, now: float) -> None:
        rule = self.TABLE[self.state][on]
        if rule is not None:
            self.state = rule[0]
            for step in rule[1]:
                step(self, now)

    def refresh(self, now: float) -> None:
        if self._owner is not None:
            self._owner.refresh_session(now)

    def expire(self, now: float) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.session_expired(now)

    def let_go(self, _now: float) -> None:
        """Its last tick finds nobody."""
        self._owner = None


SessionTimer.TABLE = compile_table(SessionTimer, RULES, IGNORED)
