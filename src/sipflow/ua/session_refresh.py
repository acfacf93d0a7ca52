"""The session timer of one call: who keeps the session alive, and what happens when nobody does. Source: RFC 4028."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import Cause, Disconnected
from sipflow.base.sayings import Saying
from sipflow.sip.extensions import Extensions, extensions_of
from sipflow.sip.outgoing import Headers
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.session_timer import On, SessionTimer, agreement
from sipflow.ua.modification import Modification

if TYPE_CHECKING:
    from sipflow.ua.call import Call


class SessionRefresh:
    """Begins with the first 2xx; every later 2xx to a re-INVITE or UPDATE of either side begins it anew."""

    __slots__ = ("_by_update", "_call", "_min_se_s", "_timer")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._timer: SessionTimer | None = None
        self._by_update = False
        self._min_se_s = 0

    def offer(self) -> Headers:
        """What a request of ours within the dialog asks for."""
        timer, wishes = self._timer, self._call.agent.settings.session_timer
        if timer is None:
            return wishes.offer(min_se_s=self._min_se_s)
        return wishes.offer(timer.interval_s, self._min_se_s, refreshes=timer.is_refresher)

    def retry(self, refused: Refused) -> Retry | None:
        """A request that got 422, with an interval that is long enough now and from then on. Source: §7.3, §7.4."""
        asked = {name for name, _ in refused.request.headers}
        if "Session-Expires" not in asked:
            return None
        self._min_se_s = max(self._min_se_s, extensions_of(refused.response).min_se_s)
        return Retry(refused.request.with_headers(*self.offer()))

    def agreed_by_peer(self, theirs: Extensions, now: float) -> None:
        """A 2xx to a request of ours says how it goes on.

        Where it says nothing, we refresh alone if we want a session timer. Source: §7.2.
        """
        agreed = theirs.session_expires
        wanted_s = self._call.agent.settings.session_timer.interval_s
        if agreed is not None:
            self._begin(agreed.interval_s, agreed.refresher != "uas", theirs, now)
        elif wanted_s:
            self._begin(wanted_s, True, theirs, now)
        else:
            self.stop(now)

    def agreed_by_us(self, theirs: Extensions, now: float) -> Headers:
        """What our 2xx to a request of the peer says."""
        agreed = self._call.agent.settings.session_timer.agree(theirs)
        if agreed is None:
            self.stop(now)
            return ()
        self._begin(agreed.interval_s, agreed.refresher == "uas", theirs, now)
        return agreement(agreed, theirs)

    def _begin(self, interval_s: int, is_refresher: bool, theirs: Extensions, now: float) -> None:
        self.stop(now)
        self._by_update = theirs.takes_update
        self._timer = SessionTimer(self._call.agent.layer.timers, interval_s, is_refresher, self, now)

    def stop(self, now: float) -> None:
        """The session is refreshed, is timed no more, or has ended."""
        if self._timer is not None:
            self._timer.feed(On.STOP, now)
            self._timer = None

    # What the timer brings

    def refresh_session(self, now: float) -> None:
        """By UPDATE where the peer takes it, else by a re-INVITE with the session as it stands. Source: §7.4."""
        call = self._call
        call.modifications.add(Modification(call, "UPDATE" if self._by_update else "INVITE"), now)

    def session_expired(self, now: float) -> None:
        """Source: §10."""
        self._timer = None
        self._call.hang_up(Disconnected(now, b"", Cause.TIMEOUT, 0, Saying.of("session-not-refreshed")), now)
