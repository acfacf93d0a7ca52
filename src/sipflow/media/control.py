"""The RTCP of one stream: reports sent at their times, and what the other side reports. Source: RFC 3550 §6."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sipflow.base.clock import Clock
from sipflow.base.errors import RtpError
from sipflow.base.ids import Ids
from sipflow.rtp import NtpClock, ReportBlock, Reporter, RtpSender, Sources

BANDWIDTH_BPS = 80_000
"""Of G.711 in packets of 20 ms, headers included."""


class Control:
    """Sends and takes the reports of one stream, from `start` to `stop`."""

    __slots__ = (
        "_clock", "_cname", "_ids", "_reporter", "_send", "_timer", "block", "malformed", "received", "round_trip_s",
        "sent",
    )  # fmt: skip

    def __init__(self, ids: Ids, clock: Clock, send: Callable[[bytes], None]) -> None:
        """`send` puts a compound on the wire."""
        self._ids = ids
        self._clock = clock
        self._cname = ""
        self._send = send
        self._reporter: Reporter | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.sent = 0
        """Compounds that went out."""
        self.received = 0
        self.malformed = 0
        self.block: ReportBlock | None = None
        """What the other side has last reported of what we send."""
        self.round_trip_s: float | None = None
        """As the last report tells that could."""

    def start(self, sender: RtpSender, sources: Sources, now: float) -> None:
        """Report of these from now on, in place of others."""
        if self._timer is not None:
            self._timer.cancel()
        self._cname = self._cname or self._ids.call_id()[:24]  # RFC 7022 §4.2: 96 random bits, anew for each session
        ntp = NtpClock(self._clock.now(), self._clock.wall_ms())
        self._reporter = Reporter(self._ids, sender, sources, self._cname, ntp, now, BANDWIDTH_BPS)
        self._arm(self._reporter)

    def _arm(self, reporter: Reporter) -> None:
        self._timer = asyncio.get_running_loop().call_at(reporter.next_timer(), self._due, reporter)

    def _due(self, reporter: Reporter) -> None:
        self._transmit(reporter.handle_timers(asyncio.get_running_loop().time()))
        self._arm(reporter)

    def _transmit(self, data: bytes | None) -> None:
        if data is not None:
            self._send(data)
            self.sent += 1

    def receive(self, data: bytes, now: float) -> bool:
        """Take a compound. Returns whether it shows that somebody else has our SSRC."""
        if self._reporter is None:
            return False
        try:
            heard = self._reporter.receive(data, now)
        except RtpError:
            self.malformed += 1
            return False
        self.received += 1
        self.block = heard.block or self.block
        if heard.round_trip_s is not None:
            self.round_trip_s = heard.round_trip_s
        return heard.collides

    def change_ssrc(self, now: float) -> None:
        """Take another SSRC, and take leave of the old one."""
        if self._reporter is not None:
            self._transmit(self._reporter.change_ssrc(now))

    def stop(self, now: float) -> None:
        """Report once more, say BYE, and no more."""
        reporter, self._reporter = self._reporter, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if reporter is not None:
            self._transmit(reporter.goodbye(now))
