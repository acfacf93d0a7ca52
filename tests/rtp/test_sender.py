"""The numbers of a stream that is sent, and its sender reports."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sipflow.base.ids import RandomIds
from sipflow.rtp import NtpClock, ReportBlock, RtpPacket, RtpSender

FRAME = bytes(160)


def sender(seed: int = 1) -> RtpSender:
    return RtpSender(RandomIds(seed), 8_000)


def sent(stream: RtpSender, count: int) -> list[RtpPacket]:
    return [RtpPacket.parse(stream.packet(0, FRAME, 160, 0.02 * place)) for place in range(count)]


def test_stream_counts_sequence_and_timestamp_in_step_under_one_ssrc() -> None:
    packets = sent(sender(), 500)

    assert {
        ((b.sequence_number - a.sequence_number) & 0xFFFF, (b.timestamp - a.timestamp) & 0xFFFF_FFFF)
        for a, b in pairwise(packets)
    } == {(1, 160)}
    assert len({packet.ssrc for packet in packets}) == 1
    assert {packet.payload for packet in packets} == {FRAME}


def test_streams_begin_at_random() -> None:
    first = [sent(sender(seed), 1)[0] for seed in range(200)]

    assert len({packet.ssrc for packet in first}) == len({packet.timestamp for packet in first}) == 200
    assert 0x7000 < max(packet.sequence_number for packet in first) < 0x8000
    assert min(packet.sequence_number for packet in first) < 0x1000
    assert max(packet.timestamp for packet in first) > 0xF000_0000


def test_numbers_wrap() -> None:
    stream = sender()
    stream.sequence_number = 0xFFFF
    stream.timestamp = 0xFFFF_FFF0

    packets = sent(stream, 2)

    assert [packet.sequence_number for packet in packets] == [0xFFFF, 0]
    assert [packet.timestamp for packet in packets] == [0xFFFF_FFF0, 0x90]


def test_marker_is_set_where_a_talk_spurt_begins() -> None:
    stream = sender()
    before = sent(stream, 2)
    for place in range(10):
        stream.skip(160, place * 0.02)
    after = sent(stream, 2)

    assert [packet.marker for packet in before + after] == [True, False, True, False]
    assert (after[0].sequence_number - before[-1].sequence_number) & 0xFFFF == 1
    assert (after[0].timestamp - before[-1].timestamp) & 0xFFFF_FFFF == 11 * 160


def test_report_tells_counts_and_the_same_moment_by_both_clocks() -> None:
    stream = sender()
    ntp = NtpClock(now=100.0, wall_ms=1_700_000_000_500)
    packets = [RtpPacket.parse(stream.packet(0, FRAME, 160, 100 + 0.02 * place)) for place in range(50)]
    block = ReportBlock(7, 0, 0, 0, 0)

    # 1 s after the first packet was due, and a quarter of a packet time more.
    report = stream.report(ntp, 101.005, (block,))

    assert report.ntp / 2**32 == pytest.approx(2_208_988_800 + 1_700_000_000.5 + 1.005, abs=1e-6)
    assert report.timestamp == (packets[0].timestamp + 8_040) & 0xFFFF_FFFF
    assert (report.ssrc, report.packets, report.octets) == (packets[0].ssrc, 50, 8_000)
    assert report.blocks == (block,)


def test_clocks_keep_step_through_silence() -> None:
    stream = sender()
    ntp = NtpClock(0.0, 0)
    begin = stream.timestamp
    for place in range(100):
        if place % 10 < 3:
            stream.packet(0, FRAME, 160, 0.02 * place)
        else:
            stream.skip(160, 0.02 * place)

    assert stream.report(ntp, 2.0).timestamp == (begin + 16_000) & 0xFFFF_FFFF


def test_clock_runs_before_the_first_packet() -> None:
    stream = sender()
    begin = stream.timestamp
    stream.skip(160, 5.0)

    assert stream.report(NtpClock(0.0, 0), 6.0).timestamp == (begin + 8_000) & 0xFFFF_FFFF


def test_clock_catches_up_with_time_in_which_nothing_happened() -> None:
    stream = sender()
    before = sent(stream, 2)
    stream.catch_up(3.02)
    stream.catch_up(3.02)
    after = RtpPacket.parse(stream.packet(0, FRAME, 160, 3.02))

    assert (after.timestamp - before[0].timestamp) & 0xFFFF_FFFF == 3_02 * 80
    assert after.marker
    assert stream.timestamp_at(3.04) == stream.timestamp


def test_clock_that_is_ahead_has_nothing_to_catch_up_with() -> None:
    stream = sender()
    sent(stream, 2)
    before = stream.timestamp
    stream.catch_up(0.02)

    assert stream.timestamp == before
    assert not sent(stream, 1)[0].marker


def test_another_ssrc_begins_new_counts_and_goes_on_in_sequence() -> None:
    stream = sender()
    before = sent(stream, 3)

    old = stream.change_ssrc()
    after = sent(stream, 1)

    assert old == before[0].ssrc != after[0].ssrc
    assert (after[0].sequence_number - before[-1].sequence_number) & 0xFFFF == 1
    assert after[0].marker
    assert (stream.packets, stream.octets) == (1, 160)


def test_report_before_any_packet_shows_the_first_timestamp() -> None:
    stream = sender()

    assert stream.report(NtpClock(0.0, 0), 3.0).timestamp == stream.timestamp
