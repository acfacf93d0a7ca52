"""The sources that are heard in one stream: usually one, another after a change, few where somebody meddles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sipflow.rtp.packet import RtpPacket
from sipflow.rtp.receiver import Arrival, SourceStatistics
from sipflow.rtp.rtcp import ReportBlock, SenderReport

MAX_SOURCES: Final = 16
"""How many are remembered. One that has not proved itself goes first, or else the one longest silent: packets of many
made-up sources push no real one out.
"""


class Sources:
    """Statistics of every SSRC heard, bounded; the last in `all` is the one that was heard last."""

    __slots__ = ("_clock_hz", "_current", "_sources", "changes", "forgotten")

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self._sources: dict[int, SourceStatistics] = {}
        self._current: SourceStatistics | None = None
        self.changes = 0
        """How often a packet came from another SSRC than the packet before it."""
        self.forgotten = 0
        """Sources of which nothing is known any more."""

    def receive(self, packet: RtpPacket, now: float, *, is_timed: bool = True) -> Arrival:
        """Count a packet; see `SourceStatistics.receive`."""
        current = self._current
        if current is None or current.ssrc != packet.ssrc:
            current = self._turn_to(packet.ssrc)
        return current.receive(packet, now, is_timed=is_timed)

    @property
    def is_proved(self) -> bool:
        """Whether the source of the last packet has proved itself, or is the only one ever: nothing else can be meant.

        Source: RFC 3550 §A.1.
        """
        return not self.changes or (self._current is not None and self._current.is_valid)

    @property
    def all(self) -> Mapping[int, SourceStatistics]:
        """By SSRC, those heard longest ago first."""
        return MappingProxyType(self._sources)

    def sender_report(self, report: SenderReport, now: float) -> None:
        """Remember a report of a source that has been heard; others are passed over."""
        if source := self._sources.get(report.ssrc):
            source.sender_report(report, now)

    def blocks(self, now: float) -> tuple[ReportBlock, ...]:
        """What to report: of each source that has proved itself and was heard since the last time.

        Source: RFC 3550 §6.4.
        """
        heard = self._sources.values()
        return tuple(source.block(now) for source in heard if source.is_valid and source.has_news)

    def _turn_to(self, ssrc: int) -> SourceStatistics:
        if self._sources:
            self.changes += 1
        source = self._sources.pop(ssrc, None) or SourceStatistics(ssrc, self._clock_hz)
        if len(self._sources) >= MAX_SOURCES:
            unproved = (ssrc for ssrc, one in self._sources.items() if not one.is_valid)
            del self._sources[next(unproved, next(iter(self._sources)))]
            self.forgotten += 1
        self._sources[ssrc] = source
        self._current = source
        return source
