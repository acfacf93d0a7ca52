"""What one packet of media costs in `sipflow.rtp`, without the socket: `python -m bench.rtp`, two seconds.

Each figure is the best of several rounds, in µs of one core: what else the machine does only ever makes a round longer.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable

from sipflow.base.ids import RandomIds
from sipflow.rtp import EventReceiver, EventSender, JitterBuffer, RtpPacket, RtpSender, Sources, parse_rtcp
from sipflow.rtp.ntp import NtpClock
from sipflow.rtp.reporter import Reporter

HZ = 8_000
TICKS = 160
PACKET_S = 0.02
PACKETS = 50_000
ROUNDS = 7
FRAME = b"\xff" * TICKS


def measure(packets: int = PACKETS, rounds: int = ROUNDS) -> dict[str, float]:
    """µs per packet, by what is done with it."""
    sender = RtpSender(RandomIds(1), HZ)
    datagram = sender.packet(0, FRAME, TICKS, 0.0)
    stream = [RtpPacket.parse(sender.packet(0, FRAME, TICKS, 0.0)) for _ in range(packets)]
    few = packets // 50

    def best(work: Callable[[], object], number: int = 1) -> float:
        return min(timeit.repeat(work, number=number, repeat=rounds)) / number * 1e6

    return {
        "an RTP packet, built": best(lambda: sender.packet(0, FRAME, TICKS, 1.0), packets),
        "an RTP packet, read": best(lambda: RtpPacket.parse(datagram), packets),
        "the same, counted": best(lambda: _count(stream)) / packets,
        "the same, through the playout buffer": best(lambda: _play(stream)) / packets,
        "a telephone-event packet, built and heard": best(lambda: _digits(few)) / few / 10,
        "an RTCP compound, built and read": best(lambda: _reports(few)) / few,
    }


def _count(packets: list[RtpPacket]) -> None:
    sources = Sources(HZ)
    for place, packet in enumerate(packets):
        sources.receive(packet, place * PACKET_S)


def _play(packets: list[RtpPacket]) -> None:
    buffer = JitterBuffer(HZ)
    for place, packet in enumerate(packets):
        buffer.put(packet, place * PACKET_S)
        buffer.take(place * PACKET_S)


def _digits(number: int) -> None:
    """Each of 160 ms, which is ten packets."""
    sender, receiver = RtpSender(RandomIds(1), HZ), EventReceiver()
    for _ in range(number):
        event = EventSender(sender, 101, 5, 8 * TICKS)
        while not event.is_done:
            for data in event.packets(TICKS, 0.0):
                receiver.receive(RtpPacket.parse(data), 0.0)


def _reports(number: int) -> None:
    ids = RandomIds(1)
    sender, sources = RtpSender(ids, HZ), Sources(HZ)
    reporter = Reporter(ids, sender, sources, "bench@192.0.2.1", NtpClock(0.0, 0), 0.0, 64_000)
    for packet in (RtpPacket(0, n, n * TICKS, 7, FRAME) for n in range(5)):
        sources.receive(packet, 0.0)
    sender.packet(0, FRAME, TICKS, 0.0)
    for _ in range(number):
        parse_rtcp(reporter.goodbye(1.0) or b"")


def main() -> None:
    """Print the table of docs/performance.md."""
    print("| per packet | µs |\n| --- | --- |")
    for what, cost_us in measure().items():
        print(f"| {what} | {cost_us:.2f} |")


if __name__ == "__main__":
    main()
