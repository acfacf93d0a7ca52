"""Everything that can be read from a datagram of media: what fuzzers and properties call.

Each raises AssertionError where a promise is broken, and any exception but RtpError passes through.
"""

from __future__ import annotations

from sipflow.base.errors import RtpError
from sipflow.base.ids import RandomIds
from sipflow.rtp import (
    EventReceiver,
    InfoDigit,
    JitterBuffer,
    Lost,
    NtpClock,
    Reporter,
    RtpPacket,
    RtpSender,
    Sources,
    is_rtcp,
    parse_events,
    parse_rtcp,
    write_rtcp,
)
from sipflow.rtp.jitter_buffer import MAX_WAITING
from sipflow.rtp.sources import MAX_SOURCES

MAX_STREAM_PACKETS = 400
REPORT = bytes.fromhex(
    "81c80012 00000001 e9000000 80000000 00000fa0 00000064 00003e80 00000002 40fffffe 00010005 00000010 00010000"
    "00008000 00000003 00000000 00000000 00000000 00000000 00000000"
)


def read_rtp(data: bytes) -> None:
    """As a packet, as telephone-events, and as the body of an INFO."""
    try:
        packet = RtpPacket.parse(data)
    except RtpError:
        pass
    else:
        again = RtpPacket.parse(bytes(packet))
        assert again == packet
        assert len(packet.payload) + packet.padding_bytes <= len(data) - 12
    for parse in (parse_events, lambda body: InfoDigit.parse("application/dtmf-relay", body)):
        try:
            parse(data)
        except RtpError:
            continue


def read_rtcp(data: bytes) -> None:
    """As a compound, by itself and by a reporter."""
    try:
        packets = parse_rtcp(data)
    except RtpError:
        packets = []
    else:
        assert is_rtcp(data)
        assert packets
        # What is written is at most as much as was read: nothing grows on the way, but names of broken UTF-8.
        assert parse_rtcp(write_rtcp(packets[:1])) == packets[:1]
    ids = RandomIds(1)
    reporter = Reporter(ids, RtpSender(ids, 8_000), Sources(8_000), "me", NtpClock(0.0, 0), 0.0, 64_000)
    try:
        heard = reporter.receive(data, 1.0)
    except RtpError:
        assert not packets
    else:
        assert heard.round_trip_s is None or heard.round_trip_s >= 0.0
    reporter.handle_timers(10.0)


def play_stream(data: bytes) -> None:
    """As many short packets, each of seven bytes: kind, source, sequence number, timestamp, and how late it comes."""
    sources, buffer, events = Sources(8_000), JitterBuffer(8_000), EventReceiver()
    now, open_events = 0.0, 0
    for place in range(0, min(len(data), 7 * MAX_STREAM_PACKETS) - 6, 7):
        kind, ssrc, *numbers = data[place : place + 7]
        sequence_number = numbers[0] << 8 | numbers[1]
        timestamp = (numbers[2] << 24 | numbers[3] << 8) & 0xFFFF_FFFF
        now += numbers[4] / 100
        payload = bytes([kind & 0x0F, numbers[3], numbers[1], numbers[2]])
        packet = RtpPacket(kind & 0x7F, sequence_number, timestamp, ssrc, payload, kind > 0x7F)
        sources.receive(packet, now)
        buffer.put(packet, now, is_played=kind % 3 > 0)
        open_events += sum(-1 if event.is_over else 1 for event in events.receive(packet, now))
        for item in buffer.take(now):
            assert not isinstance(item, Lost) or 0 < item.packets < 0x1_0000
        assert 0 <= open_events <= 1
    for source in sources.all.values():
        assert 0 <= source.lost <= source.expected
        assert source.loss_runs <= source.lost
        assert bool(source.loss_runs) == bool(source.lost)
        assert source.unique + source.lost == source.expected
        assert bytes(source.block(now))
    assert len(sources.all) <= MAX_SOURCES
    assert len(buffer.flush()) <= 2 * MAX_WAITING + 2
    open_events -= len(events.handle_timers(now + 1.0))
    assert open_events == 0


SEEDS = (
    ("rtp", 3, bytes.fromhex("b1e5 1234 00000fa0 deadbeef 00000007 bede0001 10ff0000 05050505 00000004")),
    ("event", 3, bytes.fromhex("0b 8a 0320")),
    ("report", 4, REPORT),
    ("bye", 4, bytes.fromhex("80c90001 00000001 81ca0003 00000001 0105 6140622e63 00 81cb0002 00000001 03627965")),
    ("stream", 5, bytes(byte for n in range(20) for byte in (0, 1, 255 - n // 10, 250 - n, 0, n, 2))),
)
"""Name, place among what is fuzzed, and bytes."""
