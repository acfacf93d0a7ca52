"""The RTCP of one stream: our reports when they are due, and what the other side's tell. Source: RFC 3550 §6."""

from __future__ import annotations

from typing import NamedTuple

from sipflow.base.ids import Ids
from sipflow.rtp.ntp import NtpClock
from sipflow.rtp.receiver import round_trip_s
from sipflow.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    parse_rtcp,
    write_rtcp,
)
from sipflow.rtp.schedule import RtcpSchedule
from sipflow.rtp.sender import RtpSender
from sipflow.rtp.sources import Sources


class HeardReports(NamedTuple):
    """What one compound told."""

    block: ReportBlock | None
    """How the other side receives us."""
    round_trip_s: float | None
    """There and back, where that can be told."""
    left: tuple[int, ...]
    """The SSRCs that said BYE."""
    collides: bool
    """Another participant has our SSRC: see `Reporter.change_ssrc`."""


class Reporter:
    """Reports on what `sender` sent and `sources` received; both are used by others as well.

    `handle_timers` at `next_timer` gives the compounds to send; `goodbye` the last one.
    """

    __slots__ = ("_cname", "_has_reported", "_ntp", "_packets_at_reports", "_schedule", "_sender", "_sources")

    def __init__(
        self, ids: Ids, sender: RtpSender, sources: Sources, cname: str, ntp: NtpClock, now: float, bandwidth_bps: int
    ) -> None:
        """`cname` names this end the same in all its streams (RFC 3550 §6.5.1), `bandwidth_bps` is the session's."""
        self._sender = sender
        self._sources = sources
        self._cname = cname
        self._ntp = ntp
        self._schedule = RtcpSchedule(ids, now, bandwidth_bps)
        self._packets_at_reports = (0, 0)
        """How many packets had been sent at the last report but one, and at the last."""
        self._has_reported = False

    def next_timer(self) -> float:
        """When to call `handle_timers`."""
        return self._schedule.due_at

    def handle_timers(self, now: float) -> bytes | None:
        """A compound to send, where one is due."""
        if not self._schedule.is_due(now):
            return None
        data = self._compound(now)
        self._schedule.sent(len(data), now)
        return data

    def receive(self, data: bytes, now: float) -> HeardReports:
        """Read a compound of the other side. Raises RtpError where it is none: then nothing has changed."""
        packets = parse_rtcp(data)
        self._schedule.received(len(data))
        ssrc = self._sender.ssrc
        heard: ReportBlock | None = None
        left: tuple[int, ...] = ()
        collides = False
        for packet in packets:
            if isinstance(packet, SourceDescription):
                collides = collides or (packet.ssrc == ssrc and packet.cname != self._cname)
            elif isinstance(packet, Goodbye):
                left += packet.ssrcs
            else:
                heard = next((block for block in packet.blocks if block.ssrc == ssrc), heard)
                if isinstance(packet, SenderReport):
                    self._sources.sender_report(packet, now)
        return HeardReports(heard, round_trip_s(heard, self._ntp.at(now)) if heard else None, left, collides)

    def change_ssrc(self, now: float) -> bytes:
        """Take another SSRC, and give the compound that takes leave of the old one. Source: RFC 3550 §8.2."""
        data = self._compound(now, is_last=True)
        self._sender.change_ssrc()
        self._packets_at_reports = (0, 0)
        return data

    def goodbye(self, now: float) -> bytes | None:
        """The last compound, or None where nothing was ever sent and nobody knows of us. Source: RFC 3550 §6.3.7."""
        return self._compound(now, is_last=True) if self._has_reported or self._sender.packets else None

    def _compound(self, now: float, *, is_last: bool = False) -> bytes:
        """A sender's report where something was sent since the last but one. Source: RFC 3550 §6.4."""
        sender = self._sender
        blocks = self._sources.blocks(now)
        before, last = self._packets_at_reports
        report = (
            sender.report(self._ntp, now, blocks) if sender.packets > before else ReceiverReport(sender.ssrc, blocks)
        )
        self._packets_at_reports = last, sender.packets
        self._has_reported = True
        name = SourceDescription(sender.ssrc, self._cname)
        return write_rtcp((report, name, Goodbye((sender.ssrc,))) if is_last else (report, name))
