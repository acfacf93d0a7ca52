"""What sends one RTP stream: numbering, media clock, counts, and the sender's part of reports. Source: RFC 3550 §5.1.

Hot path: a packet is one `pack` and one concatenation; see docs/performance.md for its cost.
"""

from __future__ import annotations

import struct
from typing import Final

from sipflow.base.ids import Ids
from sipflow.rtp.ntp import NtpClock
from sipflow.rtp.packet import RtpPacket
from sipflow.rtp.rtcp import ReportBlock, SenderReport
from sipflow.rtp.wrapping import sequence_step, ticks_between

_pack: Final = struct.Struct("!BBHII").pack
_VERSION: Final = 0x80
_MARKER: Final = 0x80


class RtpSender:
    """Numbers the packets of one stream.

    Every packet time call either `packet` (something is heard) or `skip` (nothing is): both let the media clock go
    on. `now` is the moment the packet is due, so that what pacing is late by does not go into sender reports.
    A stream with another clock rate wants another sender: one SSRC has one media clock (RFC 3550 §5.2).
    """

    __slots__ = (
        "_begun",
        "_begun_at",
        "_ids",
        "_is_talking",
        "clock_hz",
        "octets",
        "packets",
        "sequence_number",
        "ssrc",
        "timestamp",
    )

    def __init__(self, ids: Ids, clock_hz: int) -> None:
        self._ids = ids
        self.clock_hz = clock_hz
        self.ssrc = ids.number(1 << 32)
        self.sequence_number = ids.number(1 << 15)  # the lower half: who misses the first packets misses no rollover
        """Of the next packet."""
        self.timestamp = ids.number(1 << 32)
        """Of the next packet."""
        self.packets = 0
        """Sent under this SSRC."""
        self.octets = 0
        """Of payload, sent under this SSRC."""
        self._begun = self.timestamp
        self._begun_at: float | None = None
        self._is_talking = False

    def packet(self, payload_type: int, payload: bytes, ticks: int, now: float) -> bytes:
        """The next packet of audio, which lasts `ticks`; the first of a talk spurt is marked (RFC 3551 §4.1)."""
        sequence_number = self.sequence_number
        timestamp = self.timestamp
        header = _pack(
            _VERSION,
            payload_type if self._is_talking else payload_type | _MARKER,
            sequence_number,
            timestamp,
            self.ssrc,
        )
        self._is_talking = True
        self._begun = timestamp
        self._begun_at = now
        self.sequence_number = (sequence_number + 1) & 0xFFFF
        self.timestamp = (timestamp + ticks) & 0xFFFF_FFFF
        self.packets += 1
        self.octets += len(payload)
        return header + payload

    def skip(self, ticks: int, now: float) -> None:
        """Let a packet time pass without audio: what comes next begins a talk spurt."""
        self._is_talking = False
        self._begun = self.timestamp
        self._begun_at = now
        self.timestamp = (self.timestamp + ticks) & 0xFFFF_FFFF

    def timed_packet(self, payload_type: int, payload: bytes, timestamp: int, *, marker: bool) -> bytes:
        """A packet with a timestamp of its own, such as an event's or comfort noise: the media clock stands still."""
        kind = payload_type | _MARKER if marker else payload_type
        header = _pack(_VERSION, kind, self.sequence_number, timestamp, self.ssrc)
        self.sequence_number = (self.sequence_number + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        return header + payload

    def catch_up(self, now: float) -> None:
        """Let the time pass in which neither `packet` nor `skip` was called: the clock shows this moment."""
        ticks = ticks_between(self.timestamp_at(now), self.timestamp)
        if ticks > 0:
            self.skip(ticks, now - ticks / self.clock_hz)

    def has_sent(self, packet: RtpPacket) -> bool:
        """Whether a packet that came with our SSRC is ours, sent back as an echo or by a loop, and not somebody else's.

        Ours have one of the last 2¹⁵ sequence numbers, and a timestamp no later than the present.
        Source: RFC 3550 §8.2.
        """
        age = sequence_step(self.sequence_number, packet.sequence_number)
        return 0 < age <= self.packets and ticks_between(self.timestamp, packet.timestamp) >= 0

    def change_ssrc(self) -> int:
        """Take another SSRC, where somebody else has ours, and give the old one, which says BYE. Source: RFC 3550 §8.2.

        Sequence number and timestamp go on; the counts begin anew (RFC 3550 §6.4.1).
        """
        old = self.ssrc
        while self.ssrc == old:
            self.ssrc = self._ids.number(1 << 32)
        self.packets = self.octets = 0
        self._is_talking = False
        return old

    def timestamp_at(self, now: float) -> int:
        """What the media clock shows at a moment, which need not be one of a packet. Source: RFC 3550 §6.4.1.

        It is counted from the beginning of what `packet` or `skip` was last told of.
        """
        if self._begun_at is None:
            return self.timestamp
        return (self._begun + round((now - self._begun_at) * self.clock_hz)) & 0xFFFF_FFFF

    def report(self, ntp: NtpClock, now: float, blocks: tuple[ReportBlock, ...] = ()) -> SenderReport:
        """The sender report of this moment."""
        return SenderReport(self.ssrc, ntp.at(now), self.timestamp_at(now), self.packets, self.octets, blocks)
