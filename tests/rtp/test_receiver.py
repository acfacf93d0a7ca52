"""Statistics of a received stream by RFC 3550 §A.1, §A.3 and §A.8."""

from __future__ import annotations

import pytest

from sipflow.rtp import Arrival, ReportBlock, RtpPacket, SenderReport, Sources, SourceStatistics, round_trip_s
from tests.rtp.counting import trial


def packet(sequence_number: int, ssrc: int = 1, timestamp: int | None = None) -> RtpPacket:
    ticks = 160 * sequence_number if timestamp is None else timestamp
    return RtpPacket(0, sequence_number & 0xFFFF, ticks & 0xFFFF_FFFF, ssrc, bytes(160))


def source(*sequence_numbers: int) -> SourceStatistics:
    """A source of which these have come, each at its time."""
    statistics = SourceStatistics(1, 8_000)
    for sequence_number in sequence_numbers:
        statistics.receive(packet(sequence_number), 0.02 * sequence_number)
    return statistics


def arrivals(*sequence_numbers: int) -> list[Arrival]:
    statistics = SourceStatistics(1, 8_000)
    return [statistics.receive(packet(sequence_number), 0.0) for sequence_number in sequence_numbers]


@pytest.mark.conformance(121)
def test_loss_order_and_doubles_are_counted() -> None:
    statistics = source(10, 11, 14, 13, 13, 16)

    assert (statistics.received, statistics.expected, statistics.lost) == (6, 7, 2)
    assert (statistics.duplicates, statistics.reordered, statistics.unique, statistics.loss_runs) == (1, 1, 5, 2)
    assert statistics.bytes == 6 * 160


def test_arrivals_are_told() -> None:
    assert arrivals(10, 11, 14, 13, 13, 10_000, 15, 10) == [
        Arrival.IN_ORDER,
        Arrival.IN_ORDER,
        Arrival.IN_ORDER,
        Arrival.REORDERED,
        Arrival.DUPLICATE,
        Arrival.STRAY,
        Arrival.IN_ORDER,
        Arrival.DUPLICATE,
    ]


def test_packets_older_than_the_first_count_as_expected() -> None:
    statistics = source(0x1_0001, 0x1_0000, 0xFFFF, 0x1_0002)

    assert (statistics.expected, statistics.lost, statistics.reordered) == (4, 0, 2)


def test_sequence_numbers_wrap_and_their_wraps_are_reported() -> None:
    statistics = source(*range(0xFFF0, 0x2_0010))

    assert statistics.lost == 0
    assert statistics.expected == statistics.received == 0x1_0020
    assert statistics.highest_sequence == 0x2_000F


def test_source_is_valid_after_two_packets_in_sequence() -> None:
    assert not SourceStatistics(1, 8_000).is_valid
    assert not source(10).is_valid
    assert not source(10, 12).is_valid
    assert source(10, 12, 13).is_valid


def test_stray_packet_changes_nothing_and_two_that_follow_each_other_begin_anew() -> None:
    statistics = source(10, 11, 12)

    assert statistics.receive(packet(40_000), 0.1) is Arrival.STRAY
    assert (statistics.received, statistics.expected, statistics.strays) == (3, 3, 1)
    assert statistics.receive(packet(40_001), 0.12) is Arrival.RESTARTED
    assert statistics.receive(packet(40_003), 0.16) is Arrival.IN_ORDER
    assert (statistics.received, statistics.expected, statistics.lost) == (6, 7, 1)
    assert (statistics.strays, statistics.restarts) == (0, 1)
    assert statistics.highest_sequence == 40_003


def test_jitter_says_nothing_of_a_timestamp_that_begins_anew_with_the_sequence() -> None:
    statistics = source(10, 11, 12)
    for sequence_number in (40_000, 40_001, 40_002):
        statistics.receive(packet(sequence_number, timestamp=7 + 160 * sequence_number), 0.02 * sequence_number - 799.0)

    assert statistics.jitter_s == pytest.approx(0.0)


@pytest.mark.parametrize(("step", "arrival"), [(2_999, Arrival.IN_ORDER), (3_000, Arrival.STRAY)])
def test_dropout_is_a_loss_up_to_the_limit(step: int, arrival: Arrival) -> None:
    assert arrivals(10, 11, 11 + step)[-1] is arrival


@pytest.mark.parametrize(("step", "arrival"), [(99, Arrival.REORDERED), (100, Arrival.STRAY)])
def test_misorder_is_taken_up_to_the_limit(step: int, arrival: Arrival) -> None:
    assert arrivals(500, 501, 501 + 150, 501 + 150 - step)[-1] is arrival


@pytest.mark.conformance(121)
def test_jitter_is_that_of_the_algorithm() -> None:
    statistics = SourceStatistics(1, 8_000)
    # D is 0, then 5 ms (40 ticks), then -5 ms, by §6.4.1: J = 0, 40/16, 40/16 + (40 - 2.5)/16.
    for place, at in enumerate((0.0, 0.02, 0.045, 0.06)):
        statistics.receive(packet(place), at)

    assert statistics.jitter_s * 8_000 == pytest.approx(2.5 + 37.5 / 16)
    assert statistics.block(1.0).jitter == 5
    assert statistics.max_jitter_s == statistics.jitter_s


def test_jitter_knows_that_timestamps_wrap_and_pause() -> None:
    statistics = SourceStatistics(1, 8_000)
    for place, ticks in enumerate((0xFFFF_FF00, 0x60, 0x60 + 800)):
        statistics.receive(packet(place, timestamp=ticks), 0.0 if place == 0 else (0.044 if place == 1 else 0.144))

    assert statistics.jitter_s == pytest.approx(0.0)


def test_packets_without_a_time_of_their_own_say_nothing_about_jitter() -> None:
    statistics = source(1, 2)
    for place in range(3, 20):
        statistics.receive(packet(place, timestamp=480), 0.02 * place, is_timed=False)
    statistics.receive(packet(20), 0.4)

    assert statistics.jitter_s == pytest.approx(0.0)
    assert statistics.lost == 0


def test_block_tells_the_loss_since_the_last_and_in_all() -> None:
    statistics = source(*(n for n in range(100) if n % 4 != 1))
    first = statistics.block(2.0)
    for sequence_number in range(100, 200):
        statistics.receive(packet(sequence_number), 0.02 * sequence_number)
    second = statistics.block(4.0)

    assert (first.fraction_lost, first.packets_lost, first.highest_sequence) == (64, 25, 99)
    assert (second.fraction_lost, second.packets_lost, second.highest_sequence) == (0, 25, 199)
    assert statistics.block(5.0).fraction_lost == 0


def test_doubles_make_the_reported_loss_negative_but_not_the_fraction() -> None:
    block = source(1, 2, 2, 2, 3).block(1.0)

    assert (block.packets_lost, block.fraction_lost) == (-2, 0)


def test_block_tells_the_last_sender_report_and_the_time_since() -> None:
    statistics = source(1, 2)
    before = statistics.block(1.0)
    statistics.sender_report(SenderReport(1, 0x1111_2222_3333_4444, 0, 0, 0), 1.0)
    after = statistics.block(3.5)

    assert (before.last_sr, before.delay_since_last_sr) == (0, 0)
    assert (after.last_sr, after.delay_since_last_sr) == (0x2222_3333, 2.5 * 65_536)


def test_round_trip_is_that_of_the_example() -> None:
    # RFC 3550 §6.4.1, figure 2: A 0xb710:8000, LSR 0xb705:2000, DLSR 0x0005:4000, delay 6.125 s.
    block = ReportBlock(1, 0, 0, 0, 0, last_sr=0xB705_2000, delay_since_last_sr=0x0005_4000)

    assert round_trip_s(block, 0xB710_8000 << 16) == 6.125


def test_round_trip_is_unknown_before_a_report_and_never_negative() -> None:
    assert round_trip_s(ReportBlock(1, 0, 0, 0, 0), 5 << 32) is None
    assert round_trip_s(ReportBlock(1, 0, 0, 0, 0, 5 << 16, 0x1_0001), 6 << 32) == 0.0


def test_sources_are_counted_apart_and_their_changes_too() -> None:
    sources = Sources(8_000)
    for ssrc, sequence_number in ((1, 10), (1, 11), (2, 500), (2, 501), (2, 503)):
        sources.receive(packet(sequence_number, ssrc), 0.0)

    assert sources.changes == 1
    assert {ssrc: (one.received, one.lost) for ssrc, one in sources.all.items()} == {1: (2, 0), 2: (3, 1)}


def test_sources_heard_since_the_last_report_are_reported() -> None:
    sources = Sources(8_000)
    for ssrc, sequence_number in ((1, 10), (1, 11), (2, 500), (2, 501), (3, 7)):
        sources.receive(packet(sequence_number, ssrc), 0.0)

    assert [block.ssrc for block in sources.blocks(1.0)] == [1, 2]
    sources.receive(packet(502, 2), 1.0)
    assert [block.ssrc for block in sources.blocks(2.0)] == [2]
    assert sources.blocks(3.0) == ()


def test_sources_are_bounded() -> None:
    sources = Sources(8_000)
    for ssrc in range(1_000):
        sources.receive(packet(1, ssrc), 0.0)

    assert list(sources.all) == list(range(984, 1_000))
    assert sources.forgotten == 984
    assert sources.blocks(0.0) == ()


def test_source_that_comes_back_goes_on_counting_and_is_the_last_to_be_forgotten() -> None:
    sources = Sources(8_000)
    for ssrc in (1, 2, 1, *range(3, 18)):
        sources.receive(packet(1, ssrc), 0.0)

    assert list(sources.all) == [1, *range(3, 18)]
    assert sources.all[1].duplicates == 1


def test_source_that_proved_itself_outlasts_those_that_did_not() -> None:
    sources = Sources(8_000)
    for ssrc, sequence_number in ((1, 10), (1, 11), *((ssrc, 1) for ssrc in range(2, 100))):
        sources.receive(packet(sequence_number, ssrc), 0.0)

    assert list(sources.all) == [1, *range(85, 100)]


def test_source_is_proved_by_two_packets_in_sequence_where_it_is_not_the_first() -> None:
    sources = Sources(8_000)
    proved = []
    for ssrc, sequence_number in ((1, 10), (2, 500), (1, 11), (2, 502), (2, 503)):
        sources.receive(packet(sequence_number, ssrc), 0.0)
        proved.append(sources.is_proved)

    assert proved == [True, False, True, False, True]


def test_report_of_an_unknown_source_is_passed_over() -> None:
    sources = Sources(8_000)
    sources.sender_report(SenderReport(9, 1 << 40, 0, 0, 0), 1.0)

    assert not sources.all


@pytest.mark.conformance(121)
def test_counts_are_right_in_any_weather() -> None:
    for seed in range(60):
        expected, got = trial(seed, packets=250)

        assert got[:-1] == expected[:-1], seed
        assert got.jitter_ticks == pytest.approx(expected.jitter_ticks, abs=0.01), seed
