"""Digits sent into an RTP stream and heard out of one, packet by packet."""

from __future__ import annotations

from collections.abc import Iterable

from sipflow.base.ids import RandomIds
from sipflow.rtp import EventReceiver, EventSender, HeardEvent, RtpPacket, RtpSender, event_code

PACKET_S = 0.02
TICKS = 160
EVENT = 101


def send_digits(
    digits: str, *, ticks: int = 1_280, pause_packets: int = 5, stream: RtpSender | None = None, clock_hz: int = 0
) -> list[tuple[float, bytes]]:
    """When what is sent for these digits, with silence around them; `clock_hz` is that of the events."""
    stream = stream or RtpSender(RandomIds(1), 8_000)
    sent = []
    now = 0.0
    for digit in digits:
        event = EventSender(stream, EVENT, event_code(digit), ticks, clock_hz=clock_hz)
        pause = 0
        while pause < pause_packets or not event.is_done:
            if event.is_over:
                stream.skip(stream.clock_hz // 50, now)
                pause += 1
            sent += [(now, data) for data in event.packets(stream.clock_hz // 50, now)]
            now += PACKET_S
    return sent


def hear(arrivals: Iterable[tuple[float, bytes]], interval_s: float = 0.05, stretch: float = 1.0) -> list[HeardEvent]:
    """All that is told of these packets, and of the silence after them."""
    receiver = EventReceiver(interval_s, stretch)
    told = []
    for at, data in arrivals:
        while (due := receiver.next_timer()) is not None and due <= at:
            told += receiver.handle_timers(due)
        told += receiver.receive(RtpPacket.parse(data), at)
    if (due := receiver.next_timer()) is not None:
        told += receiver.handle_timers(due)
    return told


def digits_of(told: Iterable[HeardEvent]) -> str:
    """The digits that have ended, in order."""
    return "".join(event.digit or "?" for event in told if event.is_over)
