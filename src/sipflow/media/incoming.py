"""What a stream receives: from whom, how well, and what of it are digits and what is sound.

Where packets may come from: from the address that was agreed on, and from the first other one that sends (symmetric
RTP, RFC 4961, behind an address translator). Once packets are taken from one address, those from another are counted
and not heard, unless the one has been silent for QUIET_S, or the other is the agreed one: late packets of a former
stream, and a stranger's, disturb nobody. We ourselves send to the agreed address alone.

Of the sources (SSRCs) at that address all are heard, each from two packets in sequence on (RFC 3550 §A.1); the first
source of all at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sipflow.base.errors import RtpError
from sipflow.media.ports import Source
from sipflow.media.sink import Sink
from sipflow.rtp import Arrival, EventReceiver, HeardEvent, RtpPacket, Sources, SourceStatistics
from sipflow.sdp import COMFORT_NOISE, Codec

QUIET_S: Final = 1.0
MAX_FORMER: Final = 32
"""As many sources are remembered of clocks that are agreed on no more."""
_UNHEARD: Final = frozenset({Arrival.DUPLICATE, Arrival.STRAY})


class Incoming:
    """The packets of one stream."""

    __slots__ = (
        "_agreed", "_clock_hz", "_encodings", "_event_clocks", "_former", "_heard_at", "_source", "_unproved",
        "event_clock_hz", "events", "foreign", "malformed", "sinks", "sources", "unknown",
    )  # fmt: skip

    def __init__(self) -> None:
        self.sources: Sources | None = None
        """Statistics; None before the first packet."""
        self.sinks: tuple[Sink, ...] = ()
        self.malformed = 0
        """Datagrams that are no RTP."""
        self.foreign = 0
        """Packets that were not heard, since they came from another address."""
        self.unknown = 0
        """Packets with a payload type that means nothing here."""
        self._agreed: Source | None = None
        self._source: Source | None = None
        self._heard_at = 0.0
        self._unproved: tuple[str, RtpPacket, float] | None = None
        """The first packet of a source, until the second one shows that it is one."""
        self._encodings: Mapping[int, str] = {}
        """Of sound, by payload type."""
        self._clock_hz = 8_000
        self._former: tuple[SourceStatistics, ...] = ()
        """Sources at a clock that is agreed on no more."""
        self.events: EventReceiver | None = None
        """None before the first digit."""
        self._event_clocks: Mapping[int, int] = {}
        """By payload type."""
        self.event_clock_hz = 8_000
        """Of the durations of the events that come."""

    def expect(self, codecs: Mapping[int, Codec]) -> None:
        """What payload types mean, by our own description."""
        self._encodings = {number: codec.name for number, codec in codecs.items() if not codec.is_event}
        self._event_clocks = {number: codec.clock_hz for number, codec in codecs.items() if codec.is_event}

    def agree(self, agreed: Source | None) -> None:
        """Take packets from this address, or from another one; see above."""
        if agreed != self._agreed:
            self._agreed, self._source = agreed, None

    def sources_at(self, clock_hz: int) -> Sources:
        """The statistics, begun anew where the clock is another one."""
        if self.sources is None or self._clock_hz != clock_hz:
            self._former = self.heard[-MAX_FORMER:]
            self._clock_hz = clock_hz
            self.sources, self.events = Sources(clock_hz), None
        return self.sources

    @property
    def heard(self) -> tuple[SourceStatistics, ...]:
        """All sources of the stream, those of former clocks first."""
        return self._former if self.sources is None else (*self._former, *self.sources.all.values())

    def receive(self, packet: RtpPacket, source: Source, now: float) -> list[HeardEvent] | tuple[()]:
        """Take a packet; returns what it tells of digits."""
        if source != self._source and not self._turn_to(source, now):
            self.foreign += 1
            return ()
        self._heard_at = now
        sources = self.sources or self.sources_at(self._clock_hz)
        encoding = self._encodings.get(packet.payload_type)
        if encoding is None:
            if packet.payload_type in self._event_clocks:
                sources.receive(packet, now, is_timed=False)
                return self._hear_event(packet, now)
            if packet.payload_type != COMFORT_NOISE.payload_type:
                sources.receive(packet, now)
                self.unknown += 1
                return ()
            encoding = COMFORT_NOISE.name  # many send it without having offered it
        arrival = sources.receive(packet, now)
        if self.sinks and arrival not in _UNHEARD:
            if self._unproved is not None or not sources.is_proved:
                self._prove(encoding, packet, now, is_proved=sources.is_proved)
            else:
                for sink in self.sinks:
                    sink.receive(encoding, packet, now)
        return ()

    def _prove(self, encoding: str, packet: RtpPacket, now: float, *, is_proved: bool) -> None:
        """A packet of a source that is new, or that comes beside one."""
        first, self._unproved = self._unproved, None if is_proved else (encoding, packet, now)
        if not is_proved:
            return
        if first is not None and first[1].ssrc != packet.ssrc:
            first, self._unproved = None, first
        for sink in self.sinks:
            if first is not None:
                sink.receive(*first)
            sink.receive(encoding, packet, now)

    def _turn_to(self, source: Source, now: float) -> bool:
        """Whether packets are taken from this address from now on."""
        if self._source is not None and source != self._agreed and now - self._heard_at < QUIET_S:
            return False
        self._source = source
        return True

    def _hear_event(self, packet: RtpPacket, now: float) -> list[HeardEvent]:
        clock_hz = self._event_clocks[packet.payload_type]
        if self.events is None or clock_hz != self.event_clock_hz:
            self.events, self.event_clock_hz = EventReceiver(stretch=self._clock_hz / clock_hz), clock_hz
        try:
            return self.events.receive(packet, now)
        except RtpError:
            self.malformed += 1
            return []

    def next_timer(self) -> float | None:
        """When to call `handle_timers`, or None."""
        return None if self.events is None else self.events.next_timer()

    def handle_timers(self, now: float) -> list[HeardEvent]:
        """Digits whose end never came."""
        return [] if self.events is None else self.events.handle_timers(now)
