"""Plays what was received in order and in time: evens out jitter, and names what is lost.

Each packet gets the moment at which it is to be played: its timestamp on the scale of the fastest packets, and a delay
more. The scale is that of the last windows of packets, so that it follows clocks that drift; the delay is fixed, or
grows at once when it proves too short and shrinks to what the last windows needed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sipflow.rtp.packet import RtpPacket
from sipflow.rtp.receiver import MAX_DROPOUT, MAX_MISORDER
from sipflow.rtp.wrapping import sequence_step, ticks_between

MAX_WAITING: Final = 256
"""Packets kept at most: five seconds of 20 ms. What is beyond is played too early rather than dropped."""
WINDOW: Final = 250
"""Packets by which delay and scale are measured anew: five seconds of 20 ms."""
JUMP_S: Final = 1.0
"""A timestamp so far from the scale begins a new one: the sender's clock has jumped, or the network stood still."""

_REMEMBERED: Final = (1 << MAX_MISORDER) - 1


class Lost(NamedTuple):
    """Packets that are not there when what follows them is due."""

    sequence_number: int
    """Of the first."""
    packets: int


_Waiting = tuple[RtpPacket | None, float]
"""A packet, or None for one that only holds its place, and when it is due."""


class JitterBuffer:
    """The playout buffer of one stream.

    Put in every packet as it arrives, doubles or not; `take` gives what is due, in order. A stream that begins anew,
    by SSRC or sequence numbers, follows after what is left of the old one. Timestamps tell silence between packets;
    payload types are the reader's to look at.
    """

    __slots__ = (
        "_highest",
        "_max_delay_s",
        "_min_delay_s",
        "_missed",
        "_next",
        "_ready",
        "_scale_at",
        "_scale_ticks",
        "_ssrc",
        "_stray",
        "_waiting",
        "_window",
        "_window_late_s",
        "_window_latest_s",
        "clock_hz",
        "delay_s",
        "late",
        "loss_runs",
        "lost",
        "played",
        "resyncs",
    )

    def __init__(self, clock_hz: int, min_delay_s: float = 0.04, max_delay_s: float = 0.2) -> None:
        """The delay begins at its least and stays between both, which are the same for a fixed one."""
        self.clock_hz = clock_hz
        self._min_delay_s = min_delay_s
        self._max_delay_s = max_delay_s
        self.delay_s = min_delay_s
        """How long a packet that was not delayed on the way waits here."""
        self.played = 0
        self.lost = 0
        """Packets named as lost, those that came too late included."""
        self.loss_runs = 0
        """How many runs of packets have been named as lost."""
        self.late = 0
        """Packets that came after they had been named as lost."""
        self.resyncs = 0
        """How often playout began anew: another SSRC or sequence, or a timestamp that jumped."""
        self._ssrc = -1
        self._waiting: dict[int, _Waiting] = {}
        """By sequence number, counted on beyond 16 bits."""
        self._ready: list[RtpPacket | Lost] = []
        """Due already, whatever the time."""
        self._next: int | None = None
        """The sequence number to play next, or None before the first is played."""
        self._highest = 0
        self._missed = 0
        """Bit n: the packet n + 1 before the next has been named as lost."""
        self._stray: tuple[RtpPacket, float, bool] | None = None
        self._scale_at = 0.0
        self._scale_ticks = 0
        self._window = 0
        self._window_late_s = 0.0
        """The most that a packet of this window was behind the scale."""
        self._window_latest_s = 0.0
        """The least: by so much the scale is too early."""

    def put(self, packet: RtpPacket, now: float, *, is_played: bool = True) -> None:
        """A packet has come. One that is not to be played, such as a telephone-event, only holds its place."""
        if packet.ssrc != self._ssrc:
            self._begin(packet, now)
        step = sequence_step(packet.sequence_number, self._highest & 0xFFFF)
        if not -MAX_MISORDER < step < MAX_DROPOUT:
            self._put_stray(packet, now, is_played)
            return
        number = self._highest + step
        if self._next is not None and number < self._next:
            bit = 1 << (self._next - number - 1)
            self.late += bool(self._missed & bit)
            self._missed &= ~bit
            return
        if number in self._waiting:
            return
        if step > 0:
            self._highest = number
        due_at = self._due_at(packet, now) if is_played else now + self.delay_s
        self._waiting[number] = (packet if is_played else None, due_at)
        if len(self._waiting) > MAX_WAITING:
            self._play_next()

    def take(self, now: float) -> list[RtpPacket | Lost]:
        """What is due by now, in order; usually one packet or nothing."""
        while self._waiting and self._waiting[self._first_number()][1] <= now:
            self._play_next()
        taken, self._ready = self._ready, []
        return taken

    def next_timer(self) -> float | None:
        """When `take` will have something, as far as is known now."""
        return self._waiting[self._first_number()][1] if self._waiting else None

    def flush(self) -> list[RtpPacket | Lost]:
        """All that is left, in order, at the end of a stream."""
        while self._waiting:
            self._play_next()
        return self.take(0.0)

    def _first_number(self) -> int:
        """Of what waits, the first in sequence."""
        following = self._next
        return following if following is not None and following in self._waiting else min(self._waiting)

    def _play_next(self) -> None:
        """The first that waits is due; what is missing before it is lost."""
        number = self._first_number()
        missing = number - self._next if self._next is not None else 0
        if missing:
            self._ready.append(Lost((number - missing) & 0xFFFF, missing))
            self.lost += missing
            self.loss_runs += 1
            self._missed = (self._missed << missing | (1 << missing) - 1) & _REMEMBERED
        self._missed = self._missed << 1 & _REMEMBERED
        self._next = number + 1
        packet, _ = self._waiting.pop(number)
        if packet is not None:
            self.played += 1
            self._ready.append(packet)

    def _begin(self, packet: RtpPacket, now: float) -> None:
        """A stream begins, after what is left of the one before it."""
        while self._waiting:
            self._play_next()
        self.resyncs += self._ssrc >= 0
        self._ssrc = packet.ssrc
        self._highest = packet.sequence_number
        self._next = None
        self._missed = 0
        self._stray = None
        self._set_scale(packet, now)

    def _put_stray(self, packet: RtpPacket, now: float, is_played: bool) -> None:
        """Far out of sequence: dropped, unless two follow each other. Source: RFC 3550 §A.1."""
        stray, self._stray = self._stray, (packet, now, is_played)
        if stray and sequence_step(packet.sequence_number, stray[0].sequence_number) == 1:
            self._begin(stray[0], stray[1])
            self.put(stray[0], stray[1], is_played=stray[2])
            self.put(packet, now, is_played=is_played)

    def _set_scale(self, packet: RtpPacket, now: float) -> None:
        self._scale_at = now
        self._scale_ticks = packet.timestamp
        self._window = 0
        self._window_late_s = 0.0
        self._window_latest_s = JUMP_S

    def _due_at(self, packet: RtpPacket, now: float) -> float:
        """When to play a packet that has come now."""
        behind_s = now - self._scale_at - ticks_between(packet.timestamp, self._scale_ticks) / self.clock_hz
        if not -JUMP_S < behind_s < JUMP_S:
            self.resyncs += 1
            self._set_scale(packet, now)
            behind_s = 0.0
        elif behind_s < 0.0:
            self._scale_at += behind_s
            self._window_late_s -= behind_s
            behind_s = 0.0
        if behind_s > self._window_late_s:
            self._window_late_s = behind_s
        if behind_s < self._window_latest_s:
            self._window_latest_s = behind_s
        if behind_s > self.delay_s:
            self.delay_s = min(behind_s, self._max_delay_s)
        self._window += 1
        if self._window >= WINDOW:
            self._end_window()
        return now - behind_s + self.delay_s

    def _end_window(self) -> None:
        """Take from the last packets how early the scale and how long the delay must be."""
        self._scale_at += self._window_latest_s
        needed_s = self._window_late_s - self._window_latest_s
        self.delay_s = min(max(needed_s, self._min_delay_s), self._max_delay_s)
        self._window = 0
        self._window_late_s = 0.0
        self._window_latest_s = JUMP_S
