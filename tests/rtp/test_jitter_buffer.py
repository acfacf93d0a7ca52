"""What is played, when, and what is named as lost."""

from __future__ import annotations

import random

import pytest

from sipflow.rtp import JitterBuffer, Lost, RtpPacket
from sipflow.rtp.jitter_buffer import MAX_WAITING
from tests.rtp.counting import PACKET_S, stream
from tests.rtp.weather import Weather

Played = list[tuple[float, int | Lost]]


def packet(number: int, *, ssrc: int = 1, timestamp: int | None = None, kind: int = 0) -> RtpPacket:
    ticks = 160 * number if timestamp is None else timestamp
    return RtpPacket(kind, number & 0xFFFF, ticks & 0xFFFF_FFFF, ssrc, bytes(160))


def play(buffer: JitterBuffer, arrivals: list[tuple[float, RtpPacket]], *, until: float = 1e9) -> Played:
    """Sequence numbers and losses as they come out, each at its time."""
    played: Played = []

    def take(now: float) -> None:
        played.extend((now, item if isinstance(item, Lost) else item.sequence_number) for item in buffer.take(now))

    for at, arrived in arrivals:
        while (due := buffer.next_timer()) is not None and due <= at:
            take(due)
        buffer.put(arrived, at)
    while (due := buffer.next_timer()) is not None and due <= until:
        take(due)
    return played


def in_time(*numbers: int) -> list[tuple[float, RtpPacket]]:
    return [(PACKET_S * number, packet(number)) for number in numbers]


def items(played: Played) -> list[int | Lost]:
    return [item for _, item in played]


def test_packets_are_played_in_order_each_one_delay_after_it_was_sent() -> None:
    late = {3: 0.035, 7: 0.039}
    arrivals = sorted((PACKET_S * n + late.get(n, 0.0), packet(n)) for n in range(10))

    played = play(JitterBuffer(8_000, 0.04, 0.04), arrivals)

    assert items(played) == list(range(10))
    assert [at for at, _ in played] == pytest.approx([PACKET_S * n + 0.04 for n in range(10)])


def test_lost_packets_are_named_when_what_follows_is_due() -> None:
    buffer = JitterBuffer(8_000, 0.04, 0.04)

    played = play(buffer, in_time(0, 1, 4, 5, 7))

    assert items(played) == [0, 1, Lost(2, 2), 4, 5, Lost(6, 1), 7]
    assert (buffer.played, buffer.lost, buffer.loss_runs, buffer.late) == (5, 3, 2, 0)


def test_packet_that_comes_too_late_is_counted_once_and_not_played() -> None:
    buffer = JitterBuffer(8_000, 0.04, 0.04)
    arrivals = in_time(0, 1, 3, 4, 5, 6)
    arrivals += [(0.125, packet(2)), (0.126, packet(2)), (0.127, packet(1))]

    played = play(buffer, sorted(arrivals))

    assert items(played) == [0, 1, Lost(2, 1), 3, 4, 5, 6]
    assert (buffer.late, buffer.lost) == (1, 1)


def test_doubles_are_played_once() -> None:
    assert items(play(JitterBuffer(8_000), sorted(in_time(0, 1, 2) * 2))) == [0, 1, 2]


def test_double_that_comes_late_makes_the_delay_no_longer() -> None:
    buffer = JitterBuffer(8_000, 0.03, 0.2)
    for at in (0.0, 0.1):
        buffer.put(packet(0), at)

    assert buffer.delay_s == 0.03


def test_event_does_not_make_lost_what_it_has_overtaken() -> None:
    buffer = JitterBuffer(8_000, 0.04, 0.04)
    buffer.put(packet(0), 0.0)
    buffer.take(0.04)
    buffer.put(packet(2, kind=101, timestamp=320), 0.04, is_played=False)
    buffer.take(0.045)
    buffer.put(packet(1), 0.05)

    assert [item.sequence_number for item in buffer.take(0.1)] == [1]
    assert buffer.lost == 0


def test_sequence_numbers_and_timestamps_wrap() -> None:
    buffer = JitterBuffer(8_000)
    arrivals = [(PACKET_S * n, packet(0xFFFE + n, timestamp=0xFFFF_FF00 + 160 * n)) for n in (0, 2, 1, 3, 4)]

    assert items(play(buffer, arrivals)) == [0xFFFE, 0xFFFF, 0, 1, 2]
    assert buffer.resyncs == 0


def test_silence_between_packets_is_kept() -> None:
    arrivals = [
        (0.0, packet(0)),
        (0.02, packet(1, kind=13)),
        (5.0, packet(2, timestamp=40_000)),
        (5.02, packet(3, timestamp=40_160)),
    ]
    buffer = JitterBuffer(8_000, 0.04, 0.04)

    played = play(buffer, arrivals)

    assert items(played) == [0, 1, 2, 3]
    assert [at for at, _ in played] == pytest.approx([at + 0.04 for at, _ in arrivals])
    assert (buffer.lost, buffer.resyncs) == (0, 0)


def test_payload_type_may_change_and_events_only_hold_their_place() -> None:
    buffer = JitterBuffer(8_000)
    buffer.put(packet(0), 0.0)
    for number in (1, 2, 3):
        buffer.put(packet(number, timestamp=160, kind=101), PACKET_S * number, is_played=False)
    buffer.put(packet(4, kind=8), 0.08)

    taken = buffer.take(1.0)

    assert [(item.sequence_number, item.payload_type) for item in taken if isinstance(item, RtpPacket)] == [
        (0, 0),
        (4, 8),
    ]
    assert len(taken) == 2
    assert buffer.lost == 0


def test_another_source_follows_after_what_is_left_of_the_one_before() -> None:
    buffer = JitterBuffer(8_000, 0.1, 0.1)
    arrivals = in_time(0, 1, 3)
    arrivals += [(0.08, packet(9_000, ssrc=2)), (0.1, packet(9_001, ssrc=2))]

    played = play(buffer, arrivals)

    assert items(played) == [0, 1, Lost(2, 1), 3, 9_000, 9_001]
    assert played[-1][0] == pytest.approx(0.2)
    assert buffer.resyncs == 1


def test_sequence_that_begins_anew_is_followed_and_a_stray_is_dropped() -> None:
    buffer = JitterBuffer(8_000, 0.04, 0.04)
    arrivals = in_time(0, 1)
    arrivals += [
        (0.03, packet(30_000)),
        (0.04, packet(2)),
        (0.06, packet(50_000, timestamp=7)),
        (0.08, packet(50_001, timestamp=167)),
    ]

    played = play(buffer, arrivals)

    assert items(played) == [0, 1, 2, 50_000, 50_001]
    assert played[-1][0] == pytest.approx(0.12)
    assert buffer.resyncs == 1


@pytest.mark.parametrize("jump", [1_000_000, -1_000_000, 0x8000_0000])
def test_timestamp_that_jumps_begins_a_new_scale(jump: int) -> None:
    buffer = JitterBuffer(8_000, 0.04, 0.04)
    arrivals = [(PACKET_S * n, packet(n, timestamp=160 * n + (jump if n >= 5 else 0))) for n in range(10)]

    played = play(buffer, arrivals)

    assert [at for at, _ in played] == pytest.approx([PACKET_S * n + 0.04 for n in range(10)])
    assert buffer.resyncs == 1


def test_first_packet_that_was_slow_does_not_delay_the_rest() -> None:
    arrivals = [(0.09, packet(0)), *((PACKET_S * n + 0.0001 * (n < 5), packet(n)) for n in range(5, 30))]

    played = play(JitterBuffer(8_000, 0.04, 0.04), arrivals)

    assert played[-1][0] == pytest.approx(PACKET_S * 29 + 0.04)


@pytest.mark.parametrize("drift", [200e-6, -200e-6])
def test_delay_follows_a_clock_that_drifts(drift: float) -> None:
    """Ten minutes at 200 ppm are 120 ms, three times the delay."""
    buffer = JitterBuffer(8_000, 0.04, 0.04)
    arrivals = [(PACKET_S * n * (1 + drift), packet(n)) for n in range(30_000)]

    played = play(buffer, arrivals)

    waits = [at - PACKET_S * (1 + drift) * n for n, (at, _) in enumerate(played)]
    assert items(played) == [n & 0xFFFF for n in range(30_000)]
    assert waits == pytest.approx([0.04] * len(waits), abs=0.003)


def test_delay_grows_where_it_is_too_short_and_shrinks_again() -> None:
    chance = random.Random(1)
    buffer = JitterBuffer(8_000, 0.03, 0.2)
    rough = [(PACKET_S * n + chance.random() * 0.1, packet(n)) for n in range(1_000)]
    smooth = [(PACKET_S * n, packet(n)) for n in range(1_000, 2_000)]

    play(buffer, sorted(rough), until=20.0)
    grown, late = buffer.delay_s, buffer.late
    played = play(buffer, smooth)

    assert 0.08 < grown <= 0.1
    assert late <= 5
    assert buffer.delay_s == 0.03
    assert played[-1][0] == pytest.approx(PACKET_S * 1_999 + 0.03)


def test_delay_never_exceeds_its_most() -> None:
    buffer = JitterBuffer(8_000, 0.03, 0.06)
    play(buffer, [(PACKET_S * n + (0.5 if n % 7 == 0 else 0.0), packet(n)) for n in range(600)])

    assert buffer.delay_s <= 0.06


def test_buffer_is_bounded_and_drops_nothing() -> None:
    buffer = JitterBuffer(8_000, 0.2, 0.2)
    for number in range(10_000):
        buffer.put(packet(number), 0.0)
        taken = buffer.take(0.0)
        assert len(taken) <= 1
    assert buffer.played == 10_000 - MAX_WAITING
    assert len(buffer.flush()) == MAX_WAITING
    assert buffer.lost == 0


def test_flush_gives_what_is_left() -> None:
    buffer = JitterBuffer(8_000)
    for _, arrived in in_time(0, 2):
        buffer.put(arrived, 0.0)

    assert [item if isinstance(item, Lost) else item.sequence_number for item in buffer.flush()] == [0, Lost(1, 1), 2]
    assert buffer.flush() == []
    assert buffer.next_timer() is None


def test_everything_that_came_in_time_is_played_once_and_the_rest_named_in_any_weather() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        weather = Weather(loss=chance.choice((0.0, 0.05, 0.3)), doubles=0.1, jitter_s=chance.choice((0.0, 0.03, 0.15)))
        sent = stream(200, seed)
        arrivals = [(at, RtpPacket.parse(data)) for at, data in weather.deliver(sent, chance)]
        first = RtpPacket.parse(sent[0][1]).sequence_number
        buffer = JitterBuffer(8_000, 0.16, 0.16)

        out = items(play(buffer, arrivals))

        came = sorted({(arrived.sequence_number - first) & 0xFFFF for _, arrived in arrivals})
        numbers = [(item - first) & 0xFFFF for item in out if not isinstance(item, Lost)]
        named = [
            (item.sequence_number - first + n) & 0xFFFF
            for item in out
            if isinstance(item, Lost)
            for n in range(item.packets)
        ]
        assert numbers == came, seed
        assert sorted(named) == sorted(set(range(came[0], came[-1])) - set(came)), seed
        assert buffer.late == 0
