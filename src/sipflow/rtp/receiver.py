"""What has come of one stream: order, loss, doubles, jitter, and the blocks of reports about it. Source: RFC 3550 §A.

Hot path: `receive` is called for every packet; see docs/performance.md for its cost.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from sipflow.rtp.ntp import middle
from sipflow.rtp.packet import RtpPacket
from sipflow.rtp.rtcp import ReportBlock, SenderReport
from sipflow.rtp.wrapping import ticks_between

MAX_DROPOUT: Final = 3_000  # RFC 3550 §A.1: a minute of 20 ms packets
MAX_MISORDER: Final = 100  # RFC 3550 §A.1: two seconds of 20 ms packets
MIN_SEQUENTIAL: Final = 2  # RFC 3550 §A.1
_SEEN: Final = (1 << MAX_MISORDER) - 1
_CLOCK: Final = 1 << 32  # a timestamp has 32 bits
_DLSR_HZ: Final = 65_536  # RFC 3550 §6.4.1


class Arrival(Enum):
    """How a packet stands to those before it."""

    IN_ORDER = "in order"
    """Newer than all before it, perhaps with some missing between."""
    REORDERED = "reordered"
    """New, but a later one came before it."""
    DUPLICATE = "duplicate"
    """Its sequence number came before."""
    STRAY = "stray"
    """Out of all proportion: to be dropped, unless the next one follows on it."""
    RESTARTED = "restarted"
    """The second of a new sequence, which begins with the stray before it."""


class SourceStatistics:
    """The packets of one SSRC, counted.

    Deviates from RFC 3550 §A.1: the packets by which a source proves itself are counted too, and so is one that comes
    after a later one at the very start, so that the counts are those of the wire. A restart adds to the counts rather
    than begin them anew.
    Deviates from RFC 4733 §2.5.2.2, by which jitter "for RTCP receiver reports" is "based on all packets with a given
    timestamp", where `is_timed` says so: the timestamps of a telephone-event stand still, and it would tell how long
    digits are rather than how steady the network is. Three digits of 160 ms on a network without any would make 54 ms
    of it, and after any digit a call would fail its limits. tshark leaves such packets out too, and PJSIP all those
    whose timestamp is that of the packet before.
    """

    __slots__ = (
        "_base",
        "_expected_before",
        "_expected_prior",
        "_highest",
        "_jitter",
        "_last_at",
        "_last_sr",
        "_last_sr_at",
        "_max_jitter",
        "_received_prior",
        "_run",
        "_seen",
        "_stray",
        "_transit",
        "bytes",
        "clock_hz",
        "duplicates",
        "first_at",
        "loss_runs",
        "received",
        "reordered",
        "restarts",
        "ssrc",
        "strays",
    )

    def __init__(self, ssrc: int, clock_hz: int) -> None:
        self.ssrc = ssrc
        self.clock_hz = clock_hz
        self.received = 0
        """All packets but strays, doubles included. Source: RFC 3550 §A.3."""
        self.bytes = 0
        """Of payload, doubles included."""
        self.duplicates = 0
        self.reordered = 0
        self.strays = 0
        """Packets far out of sequence that nothing followed on."""
        self.loss_runs = 0
        """How many runs of lost packets there are, so far: `lost / loss_runs` is how long one is on average."""
        self.restarts = 0
        """How often the sender began a new sequence under the same SSRC."""
        self.first_at = 0.0
        self._base = self._highest = -1
        """First and highest sequence number, counted on beyond 16 bits; -1 before the first packet."""
        self._run = 0
        """How many came one after the other; below MIN_SEQUENTIAL the source has not proved itself."""
        self._seen = 0
        """Bit n: the packet n before the highest has come."""
        self._stray = -1
        """The sequence number that would make the last stray a restart."""
        self._expected_before = 0
        self._expected_prior = 0
        self._received_prior = 0
        self._last_at = -1.0
        self._transit = 0.0
        self._jitter = self._max_jitter = 0.0
        self._last_sr = 0
        self._last_sr_at = 0.0

    def receive(self, packet: RtpPacket, now: float, *, is_timed: bool = True) -> Arrival:
        """Count a packet of this SSRC.

        `is_timed` is False for a packet whose timestamp does not move with the time at which it is sent, such as a
        telephone-event: it says nothing about jitter.
        """
        highest = self._highest
        if highest < 0:
            self._begin(packet.sequence_number, now)
            highest = self._highest
            step = 0
            arrival = Arrival.IN_ORDER
        else:
            step = (packet.sequence_number - highest) & 0xFFFF
            if step == 1:
                self._run += 1
                self._highest = highest + 1
                if self._seen != _SEEN:
                    self._seen = (self._seen << 1 | 1) & _SEEN
                arrival = Arrival.IN_ORDER
            else:
                arrival = self._out_of_sequence(packet, step)
                if arrival is Arrival.STRAY:
                    return arrival
        self.received += 1
        self.bytes += len(packet.payload)
        if is_timed:
            # RFC 3550 §A.8, in ticks: by how much two packets differ in what they took on the way.
            transit = now * self.clock_hz - packet.timestamp
            if self._last_at >= 0.0:
                deviation = abs(transit - self._transit)
                if deviation > _CLOCK / 2:
                    deviation = abs(deviation - _CLOCK)
                self._jitter += (deviation - self._jitter) / 16.0
                if self._jitter > self._max_jitter:
                    self._max_jitter = self._jitter
            self._transit = transit
            self._last_at = now
        return arrival

    @property
    def last_at(self) -> float:
        """When the last packet came that counts for jitter; -1 before."""
        return self._last_at

    @property
    def span_s(self) -> float:
        """From the first packet to the last one that counts for jitter."""
        return max(self._last_at - self.first_at, 0.0)

    @property
    def is_valid(self) -> bool:
        """Whether the source has proved itself by packets in sequence. Source: RFC 3550 §A.1."""
        return self._run >= MIN_SEQUENTIAL

    @property
    def has_news(self) -> bool:
        """Whether packets have come since the last `block`."""
        return self.received != self._received_prior

    @property
    def expected(self) -> int:
        """How many packets the sender has sent, as far as sequence numbers tell. Source: RFC 3550 §A.3."""
        return self._expected_before + (self._highest - self._base + 1 if self._highest >= 0 else 0)

    @property
    def unique(self) -> int:
        """How many different packets came."""
        return self.received - self.duplicates

    @property
    def lost(self) -> int:
        """How many packets never came, so far."""
        return self.expected - self.unique

    @property
    def highest_sequence(self) -> int:
        """The highest sequence number, with the count of its wraps in the upper 16 bits."""
        return self._highest & 0xFFFF_FFFF if self._highest >= 0 else 0

    @property
    def jitter_s(self) -> float:
        """Interarrival jitter, smoothed. Source: RFC 3550 §A.8."""
        return self._jitter / self.clock_hz

    @property
    def max_jitter_s(self) -> float:
        """The highest that `jitter_s` has been."""
        return self._max_jitter / self.clock_hz

    def sender_report(self, report: SenderReport, now: float) -> None:
        """Remember the source's last report, for the round trip of those who read ours."""
        self._last_sr = middle(report.ntp)
        self._last_sr_at = now

    def block(self, now: float) -> ReportBlock:
        """What to report now; the fraction is of the time since the last call. Source: RFC 3550 §6.4.1, §A.3."""
        expected = self.expected
        expected_interval = expected - self._expected_prior
        received_interval = self.received - self._received_prior
        self._expected_prior = expected
        self._received_prior = self.received
        lost_interval = expected_interval - received_interval
        fraction = min((lost_interval << 8) // expected_interval, 255) if lost_interval > 0 < expected_interval else 0
        return ReportBlock(
            self.ssrc,
            fraction,
            expected - self.received,
            self.highest_sequence,
            round(self._jitter) & 0xFFFF_FFFF,
            self._last_sr,
            round((now - self._last_sr_at) * _DLSR_HZ) & 0xFFFF_FFFF if self._last_sr else 0,
        )

    def _begin(self, sequence_number: int, now: float) -> None:
        self._base = self._highest = sequence_number
        self._seen = 1
        self._run = 1
        self.first_at = now

    def _out_of_sequence(self, packet: RtpPacket, step: int) -> Arrival:
        """A packet that is not the next one; `step` is how far it is ahead of the highest, modulo 2¹⁶."""
        if step < MAX_DROPOUT and step:
            self._highest += step
            self._seen = (self._seen << step | 1) & _SEEN
            self.loss_runs += 1
            return Arrival.IN_ORDER
        behind = -step & 0xFFFF
        if behind < MAX_MISORDER:
            bit = 1 << behind
            if self._seen & bit:
                self.duplicates += 1
                return Arrival.DUPLICATE
            self._fill(behind)
            self.reordered += 1
            return Arrival.REORDERED
        if packet.sequence_number == self._stray:
            self._restart(packet.sequence_number)
            return Arrival.RESTARTED
        self.strays += 1
        self._stray = (packet.sequence_number + 1) & 0xFFFF
        return Arrival.STRAY

    def _fill(self, behind: int) -> None:
        """A missing packet has come: it makes a run of lost ones shorter, or two of one, or none."""
        newer_came = self._seen >> behind - 1 & 1
        number = self._highest - behind
        if number < self._base:
            self.loss_runs += number + 1 < self._base
            self._base = number
        else:
            older_came = self._seen >> behind + 1 & 1 or behind + 1 >= MAX_MISORDER
            self.loss_runs += 1 - newer_came - older_came
        self._seen |= 1 << behind

    def _restart(self, sequence_number: int) -> None:
        """Begin anew with the stray before this packet, which it shows to have been none."""
        self._expected_before = self.expected
        self._base = (sequence_number - 1) & 0xFFFF
        self._highest = self._base + 1
        self._run = MIN_SEQUENTIAL
        self._seen = 0b11
        self._stray = -1
        self._last_at = -1.0
        self.strays -= 1
        self.received += 1
        self.restarts += 1


def round_trip_s(block: ReportBlock, ntp: int) -> float | None:
    """How long a packet takes there and back, as a block about us tells that came at `ntp`, or None where it can't.

    Source: RFC 3550 §6.4.1: arrival less LSR less DLSR.
    """
    if not block.last_sr:
        return None
    ticks = ticks_between(middle(ntp) - block.delay_since_last_sr, block.last_sr)
    return max(ticks, 0) / _DLSR_HZ
