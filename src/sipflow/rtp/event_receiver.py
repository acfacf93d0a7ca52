"""Hears events in RTP: each once, with its whole duration, whatever was lost, doubled or reordered.

Source: RFC 4733 §2.5.2.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

from sipflow.rtp.dtmf import digit_of
from sipflow.rtp.packet import RtpPacket
from sipflow.rtp.telephone_event import MAX_DURATION, EventBlock, parse_events
from sipflow.rtp.wrapping import ticks_between

UPDATE_INTERVAL_S: Final = 0.05  # RFC 4733 §2.5.1.2
SILENT_INTERVALS: Final = 3
"""An event of which nothing has come for so long has ended, and its last packets are lost."""
REMEMBERED: Final = 32
"""Events and segments that have been heard already: by SSRC and timestamp."""


class HeardEvent(NamedTuple):
    """An event begins, or has ended: then with its duration."""

    code: int
    timestamp: int
    """When it began, by the media clock."""
    is_over: bool
    duration: int
    """In ticks, as far as it has been reported."""
    volume_dbm0: int
    """Without its sign."""

    @property
    def digit(self) -> str | None:
        """The DTMF digit, or None for another event."""
        return digit_of(self.code)


class _Event:
    """One that has begun: where its present segment begins, and what of it has been heard."""

    __slots__ = ("before", "code", "duration", "heard_at", "is_over", "segment", "timestamp", "volume_dbm0")

    def __init__(self, block: EventBlock, timestamp: int, now: float) -> None:
        self.code = block.code
        self.timestamp = self.segment = timestamp
        self.before = 0
        """Duration of the segments before."""
        self.duration = block.duration
        self.volume_dbm0 = block.volume_dbm0
        self.heard_at = now
        self.is_over = False
        """Whether its end has been told, for silence; if it goes on after all, nothing more is told."""

    def heard(self, *, is_over: bool) -> HeardEvent:
        return HeardEvent(self.code, self.timestamp, is_over, self.before + self.duration, self.volume_dbm0)


class EventReceiver:
    """Turns telephone-event packets of one stream into events that begin and end, each once."""

    __slots__ = ("_current", "_interval_s", "_known", "_ssrc", "_stretch")

    def __init__(self, interval_s: float = UPDATE_INTERVAL_S, stretch: float = 1.0) -> None:
        """`interval_s` is the longest time that the sender lets pass between two packets of an event; `stretch`, how
        many ticks of the media's clock are one of the events' clock.
        """
        self._interval_s = interval_s
        self._stretch = stretch
        self._current: _Event | None = None
        self._known: OrderedDict[tuple[int, int], None] = OrderedDict()
        self._ssrc = -1

    def receive(self, packet: RtpPacket, now: float) -> list[HeardEvent]:
        """What a packet tells that was not known. Raises RtpError where its payload is no telephone-event."""
        blocks = parse_events(packet.payload)
        told = self.handle_timers(now)
        timestamp = packet.timestamp
        if packet.ssrc != self._ssrc:
            if (packet.ssrc, timestamp) in self._known:
                return told  # late, or beside another source: it has been heard
            told += self._end()
            self._ssrc = packet.ssrc
        for place, block in enumerate(blocks):
            # Several events in one packet follow on each other, and each ends the one before it.
            told += self._hear(block, timestamp, packet.marker and place == 0, now)
            timestamp = (timestamp + block.duration) & 0xFFFF_FFFF
        return told

    def next_timer(self) -> float | None:
        """When to call `handle_timers`, or None."""
        current = self._current
        return None if current is None or current.is_over else current.heard_at + SILENT_INTERVALS * self._interval_s

    def handle_timers(self, now: float) -> list[HeardEvent]:
        """End an event of which nothing has come for long."""
        current, due = self._current, self.next_timer()
        if current is None or due is None or due > now:
            return []
        current.is_over = True
        return [current.heard(is_over=True)]

    def _hear(self, block: EventBlock, timestamp: int, marker: bool, now: float) -> list[HeardEvent]:
        told: list[HeardEvent] = []
        current = self._current
        if not block.duration and digit_of(block.code) is not None:
            return told  # RFC 4733 §2.3.5: only a state may last zero, which a digit is none
        if (self._ssrc, timestamp) in self._known:
            if current is None or timestamp != current.segment or block.code != current.code:
                return told
            current.duration = max(current.duration, block.duration)
            current.heard_at = now
        elif current and not current.is_over and ticks_between(timestamp, current.segment) < 0:
            return self._hear_earlier(block, timestamp)
        elif current and not marker and (whole := self._whole_segment(current, block, timestamp)):
            self._remember(timestamp)
            current.before += whole
            current.segment = timestamp
            current.duration = block.duration
            current.heard_at = now
        else:
            told += self._end()
            self._remember(timestamp)
            current = self._current = _Event(block, timestamp, now)
            told.append(current.heard(is_over=False))
        return told + (self._end(timestamp) if block.is_end else [])

    def _hear_earlier(self, block: EventBlock, timestamp: int) -> list[HeardEvent]:
        """An event of which the first packet to come is one that a later event has overtaken."""
        self._remember(timestamp)
        event = _Event(block, timestamp, 0.0)
        return [event.heard(is_over=False), event.heard(is_over=True)]

    def _end(self, timestamp: int | None = None) -> list[HeardEvent]:
        """End the present event, where this is its segment."""
        current = self._current
        if current is None or (timestamp is not None and current.segment != timestamp):
            return []
        self._current = None
        return [] if current.is_over else [current.heard(is_over=True)]

    def _whole_segment(self, event: _Event, block: EventBlock, timestamp: int) -> int:
        """How long the event's present segment was, where this is the next one; else 0. Source: RFC 4733 §2.5.1.3.

        It begins where the segment before it ends: by its last report, or by the longest duration where that was lost.
        Of two clocks, the sender may count by either.
        """
        step = ticks_between(timestamp, event.segment)
        if block.code != event.code or step <= 0:
            return 0
        spans = (MAX_DURATION, event.duration)
        return next((span for span in spans if step in (span, int(span * self._stretch))), 0)

    def _remember(self, timestamp: int) -> None:
        self._known[self._ssrc, timestamp] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
