"""What a receiver of a stream has to count, found by looking at all arrivals at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from sipflow.base.ids import RandomIds
from sipflow.rtp import RtpPacket, RtpSender, SourceStatistics
from tests.rtp.weather import Weather

PACKET_S = 0.02
HZ = 8_000


class Counts(NamedTuple):
    """The truth about a stream of which the first and the last packet came."""

    received: int
    expected: int
    lost: int
    duplicates: int
    reordered: int
    loss_runs: int
    jitter_ticks: float


def stream(count: int, seed: int) -> list[tuple[float, bytes]]:
    """A stream of 20 ms packets, and when they are sent."""
    sender = RtpSender(RandomIds(seed), HZ)
    return [(PACKET_S * n, sender.packet(0, b"\xff" * 160, 160, PACKET_S * n)) for n in range(count)]


def truth(sent: Sequence[tuple[float, bytes]], arrivals: Sequence[tuple[float, bytes]]) -> Counts:
    """By position in the sending order instead of by sequence numbers; jitter as §A.8 writes it, in ticks."""
    place = {data: number for number, (_, data) in enumerate(sent)}
    order = [place[data] for _, data in arrivals]
    seen: set[int] = set()
    duplicates = reordered = 0
    for number in order:
        duplicates += number in seen
        reordered += number not in seen and bool(seen) and number < max(seen)
        seen.add(number)
    jitter = 0.0
    transits = [at * HZ - 160 * number for (at, _), number in zip(arrivals, order, strict=True)]
    for before, after in pairwise(transits):
        jitter += (abs(after - before) - jitter) / 16
    expected = max(order) - min(order) + 1
    missing = [number for number in range(min(order), max(order)) if number not in seen]
    runs = sum(number - 1 in seen for number in missing)
    return Counts(len(order), expected, len(missing), duplicates, reordered, runs, jitter)


def counted(arrivals: Sequence[tuple[float, bytes]]) -> Counts:
    """What the receiver says."""
    source = SourceStatistics(RtpPacket.parse(arrivals[0][1]).ssrc, HZ)
    for at, data in arrivals:
        source.receive(RtpPacket.parse(data), at)
    return Counts(
        source.received,
        source.expected,
        source.lost,
        source.duplicates,
        source.reordered,
        source.loss_runs,
        source.jitter_s * HZ,
    )


def trial(seed: int, packets: int) -> tuple[Counts, Counts]:
    """What is so and what is counted, in some weather."""
    chance = random.Random(seed)
    weather = Weather(
        loss=chance.choice((0.0, 0.01, 0.1, 0.4)),
        doubles=chance.choice((0.0, 0.05, 0.3)),
        jitter_s=chance.choice((0.0, 0.005, 0.06, 0.5)),
    )
    sent = stream(packets, seed)
    arrivals = weather.deliver(sent, chance)
    return truth(sent, arrivals), counted(arrivals)
