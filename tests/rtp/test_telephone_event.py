"""What is sent for a digit, and what is heard of it. Source: RFC 4733."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import LocalProtocolError, RtpError
from sipflow.base.ids import RandomIds
from sipflow.rtp import DIGITS, EventBlock, EventReceiver, EventSender, RtpPacket, RtpSender, parse_events
from tests.rtp.events import EVENT, TICKS, digits_of, hear, send_digits
from tests.rtp.weather import Weather

BLOCKS = st.builds(EventBlock, st.integers(0, 255), st.integers(0, 0xFFFF), st.booleans(), st.integers(0, 63))


def packets(sent: list[tuple[float, bytes]]) -> list[RtpPacket]:
    return [RtpPacket.parse(data) for _, data in sent]


@given(BLOCKS)
def test_payload_is_read_as_it_was_written(block: EventBlock) -> None:
    assert parse_events(bytes(block)) == [block]


def test_payload_has_the_fields_of_the_figure() -> None:
    # RFC 4733 §2.3: event, E R volume, duration.
    assert parse_events(bytes.fromhex("0b 8a 0320")) == [EventBlock(11, 800, True, 10)]


@given(st.binary(max_size=100))
def test_any_payload_is_events_or_an_rtp_error(payload: bytes) -> None:
    if len(payload) % 4 or not payload:
        with pytest.raises(RtpError):
            parse_events(payload)
    else:
        assert 0 < len(parse_events(payload)) <= 16


@pytest.mark.conformance(118)
def test_digit_has_one_timestamp_a_growing_duration_a_marker_and_three_ends() -> None:
    stream = RtpSender(RandomIds(1), 8_000)
    audio = RtpPacket.parse(stream.packet(0, bytes(160), 160, 0.0))

    event = packets(send_digits("5", stream=stream))
    after = RtpPacket.parse(stream.packet(0, bytes(160), 160, 0.0))

    blocks = [parse_events(packet.payload)[0] for packet in event]
    assert {block.code for block in blocks} == {5}
    assert {block.volume_dbm0 for block in blocks} == {10}
    assert [block.duration for block in blocks] == [*range(160, 1_281, 160), 1_280, 1_280]
    assert [block.is_end for block in blocks] == [False] * 7 + [True] * 3
    assert [packet.marker for packet in event] == [True] + [False] * 9
    assert {packet.timestamp for packet in event} == {(audio.timestamp + 160) & 0xFFFF_FFFF}
    assert {packet.payload_type for packet in event} == {EVENT}
    assert {packet.ssrc for packet in event} == {audio.ssrc}
    everything = [audio, *event, after]
    assert [(packet.sequence_number - audio.sequence_number) & 0xFFFF for packet in everything] == list(range(12))
    # 8 packet times of the event, 5 of the pause.
    assert (after.timestamp - audio.timestamp) & 0xFFFF_FFFF == 160 * (1 + 8 + 5)
    assert after.marker


def test_events_follow_each_other_after_their_ends_even_without_a_pause() -> None:
    sent = packets(send_digits("12", ticks=320, pause_packets=0))

    assert [parse_events(packet.payload)[0].code for packet in sent] == [1, 1, 1, 1, 2, 2, 2, 2]


@pytest.mark.conformance(119)
def test_long_event_is_sent_in_segments_and_heard_as_one() -> None:
    whole = 3 * 0xFFFF + 1_000

    sent = send_digits("9", ticks=whole)

    segments: dict[int, list[EventBlock]] = {}
    for packet in packets(sent):
        segments.setdefault(packet.timestamp, []).append(parse_events(packet.payload)[0])
    begin = packets(sent)[0].timestamp
    assert [(timestamp - begin) & 0xFFFF_FFFF for timestamp in segments] == [n * 0xFFFF for n in range(4)]
    *full, last = segments.values()
    for blocks in full:
        assert [block.duration for block in blocks[-3:]] == [0xFFFF] * 3
        assert not any(block.is_end for block in blocks)
    assert [(block.duration, block.is_end) for block in last[-3:]] == [(1_000, True)] * 3
    assert [packet.marker for packet in packets(sent)] == [True] + [False] * (len(sent) - 1)
    told = hear(sent)
    assert [(event.digit, event.is_over) for event in told] == [("9", False), ("9", True)]
    assert told[1].duration == whole


@pytest.mark.conformance(118, 119)
@pytest.mark.parametrize(
    ("media_hz", "events_hz"), [(48_000, 8_000), (48_000, 16_000), (8_000, 16_000), (8_000, 48_000)]
)
@pytest.mark.parametrize("seconds", [0.16, 20])
def test_event_begins_on_the_clock_of_the_media_and_lasts_on_its_own(
    media_hz: int, events_hz: int, seconds: float
) -> None:
    ticks = int(seconds * events_hz)
    sent = send_digits("14", ticks=ticks, stream=RtpSender(RandomIds(1), media_hz), clock_hz=events_hz)

    told = hear(sent, stretch=media_hz / events_hz)
    assert [(event.digit, event.is_over) for event in told] == [("1", False), ("1", True), ("4", False), ("4", True)]
    assert {event.duration for event in told if event.is_over} == {ticks}
    apart = (told[2].timestamp - told[0].timestamp) & 0xFFFF_FFFF
    assert apart / media_hz == pytest.approx(seconds + 0.1, abs=0.021)
    assert max(data[0] for data in (packet.payload for packet in packets(sent))) == 4


@pytest.mark.parametrize("ticks", [0xFFFF, 0xFFFF + 1, 2 * 0xFFFF, 160 * 409, 160 * 410])
def test_event_about_as_long_as_a_segment_keeps_its_duration(ticks: int) -> None:
    sent = send_digits("1", ticks=ticks)

    assert [event.duration for event in hear(sent) if event.is_over] == [ticks]
    assert len({packet.timestamp for packet in packets(sent)}) == (ticks + 0xFFFE) // 0xFFFF


@pytest.mark.conformance(119)
@pytest.mark.parametrize("kept", range(10))
def test_any_one_packet_of_a_digit_is_enough(kept: int) -> None:
    told = hear([send_digits("7")[kept]])

    assert [(event.digit, event.is_over) for event in told] == [("7", False), ("7", True)]


def test_digit_is_told_as_soon_as_it_begins_and_once_when_it_ends() -> None:
    receiver = EventReceiver()
    sent = send_digits("4")

    told = [receiver.receive(RtpPacket.parse(data), at) for at, data in sent]

    assert [[(event.is_over, event.duration) for event in events] for events in told] == [
        [(False, 160)],
        [],
        [],
        [],
        [],
        [],
        [],
        [(True, 1_280)],
        [],
        [],
    ]
    assert receiver.next_timer() is None


@pytest.mark.conformance(119)
def test_digit_without_its_ends_is_over_after_three_intervals_of_silence() -> None:
    receiver = EventReceiver(interval_s=0.02)
    for at, data in send_digits("4")[:5]:
        receiver.receive(RtpPacket.parse(data), at)

    assert receiver.next_timer() == pytest.approx(0.08 + 0.06)
    assert receiver.handle_timers(0.139) == []
    assert [(event.digit, event.duration) for event in receiver.handle_timers(0.141)] == [("4", 800)]
    assert receiver.handle_timers(9.0) == []


def test_digit_that_goes_on_after_silence_is_not_told_again() -> None:
    sent = send_digits("4", ticks=0xFFFF + 8_000)
    silent = [arrival for place, arrival in enumerate(sent) if not 200 < place < 220]

    assert digits_of(hear(silent)) == "4"


def test_same_digit_twice_is_told_twice_even_without_marker_and_ends() -> None:
    sent = [(at, data) for at, data in send_digits("55") if not parse_events(data[12:])[0].is_end and data[1] < 0x80]

    assert digits_of(hear(sent)) == "55"


def test_same_digit_twice_without_a_pause_is_told_twice_by_its_marker() -> None:
    sent = [arrival for arrival in send_digits("55", pause_packets=0) if not parse_events(arrival[1][12:])[0].is_end]
    first, second = ([RtpPacket.parse(data) for _, data in part] for part in (sent[:7], sent[7:]))
    # As if the second began where the last packet of the first that came says that it ends.
    second = [packet._replace(timestamp=first[0].timestamp + 1_120) for packet in second]

    assert digits_of(hear((0.02 * n, bytes(packet)) for n, packet in enumerate(first + second))) == "55"


def test_older_report_of_an_event_does_not_make_it_shorter() -> None:
    sent = send_digits("5")
    told = hear([(0.02 * n, sent[place][1]) for n, place in enumerate((0, 3, 6, 5))])

    assert told[-1].duration == 7 * TICKS


def test_segments_are_one_event_though_the_last_packets_of_one_are_lost() -> None:
    sent = [
        arrival for arrival in send_digits("9", ticks=100_000) if parse_events(arrival[1][12:])[0].duration != 0xFFFF
    ]

    assert [(event.is_over, event.duration) for event in hear(sent)] == [(False, 160), (True, 100_000)]


def test_segments_are_one_event_though_they_are_shorter_than_they_could_be() -> None:
    blocks = [(0, EventBlock(9, 30_000)), (0, EventBlock(9, 60_000)), (60_000, EventBlock(9, 30_000, True))]

    told = hear(
        (0.02 * n, bytes(RtpPacket(EVENT, n, timestamp, 7, bytes(block), n == 0)))
        for n, (timestamp, block) in enumerate(blocks)
    )

    assert [(event.is_over, event.duration) for event in told] == [(False, 30_000), (True, 90_000)]


def test_digit_after_the_clock_has_jumped_back_has_its_whole_duration() -> None:
    before = [(at, bytes(RtpPacket.parse(data)._replace(timestamp=0x4000_0000))) for at, data in send_digits("1")[:5]]
    after = [(at + 2.0, bytes(RtpPacket.parse(data)._replace(timestamp=0x1000))) for at, data in send_digits("2")]

    told = hear(before + after)

    assert [(event.digit, event.duration) for event in told if event.is_over] == [("1", 800), ("2", 1_280)]


def test_new_digit_ends_the_one_before_it() -> None:
    sent = [arrival for arrival in send_digits("12") if not parse_events(arrival[1][12:])[0].is_end]

    told = hear(sent, interval_s=1.0)

    assert [(event.digit, event.is_over) for event in told] == [("1", False), ("1", True), ("2", False), ("2", True)]


def test_packet_of_an_earlier_digit_is_told_where_nothing_else_of_it_came() -> None:
    first, second = send_digits("1")[0], send_digits("12")[10]

    assert sorted(digits_of(hear([second, first]))) == ["1", "2"]


def test_two_events_in_one_packet_are_two_digits() -> None:
    payload = bytes(EventBlock(1, 800)) + bytes(EventBlock(2, 160))
    last = bytes(EventBlock(2, 400, True))

    told = hear(
        [
            (0.0, bytes(RtpPacket(EVENT, 1, 1_000, 7, payload, marker=True))),
            (0.02, bytes(RtpPacket(EVENT, 2, 1_800, 7, last))),
        ]
    )

    assert [(event.digit, event.duration) for event in told if event.is_over] == [("1", 800), ("2", 400)]


def test_another_source_begins_anew() -> None:
    other = [(at + 1.0, bytes(RtpPacket.parse(data)._replace(ssrc=99))) for at, data in send_digits("3")]

    assert digits_of(hear(send_digits("3") + other)) == "33"


def test_digit_that_lasts_nothing_is_none() -> None:
    payloads = [bytes(EventBlock(5, 0)), bytes(EventBlock(5, 160)), bytes(EventBlock(5, 320, True))]

    told = hear((0.02 * n, bytes(RtpPacket(EVENT, n, 7, 1, payload))) for n, payload in enumerate(payloads))
    nothing = hear([(0.0, bytes(RtpPacket(EVENT, 1, 7, 1, payloads[0])))])

    assert [(event.is_over, event.duration) for event in told] == [(False, 160), (True, 320)]
    assert nothing == []


def test_other_events_are_no_digits() -> None:
    stream = RtpSender(RandomIds(1), 8_000)
    flash = EventSender(stream, EVENT, 16, TICKS)

    told = hear([(0.0, data) for data in flash.packets(TICKS, 0.0)])

    assert [(event.code, event.digit) for event in told] == [(16, None), (16, None)]


@pytest.mark.parametrize(("code", "ticks", "volume"), [(256, 160, 10), (-1, 160, 10), (1, 0, 10), (1, 160, 64)])
def test_event_that_cannot_be_sent_is_refused(code: int, ticks: int, volume: int) -> None:
    with pytest.raises(LocalProtocolError):
        EventSender(RtpSender(RandomIds(1), 8_000), EVENT, code, ticks, volume)


@given(st.lists(st.tuples(st.integers(0, 5), BLOCKS, st.booleans()), max_size=30))
def test_any_packets_end_every_event_that_they_begin(arrivals: list[tuple[int, EventBlock, bool]]) -> None:
    told = hear(
        (place * 0.01, bytes(RtpPacket(EVENT, place, timestamp * 400, 1, bytes(block), marker)))
        for place, (timestamp, block, marker) in enumerate(arrivals)
    )

    open_events: set[int] = set()
    for event in told:
        if event.is_over:
            open_events.remove(event.timestamp)
        else:
            open_events.add(event.timestamp)
    assert not open_events


@pytest.mark.conformance(119)
def test_digits_are_right_in_any_weather() -> None:
    """As long as a packet of each comes, and none comes after the next digit's."""
    for seed in range(150):
        chance = random.Random(seed)
        digits = "".join(chance.choices(DIGITS, k=12))
        sent = send_digits(digits, pause_packets=chance.randint(2, 10))
        weather = Weather(loss=chance.choice((0.0, 0.1, 0.3)), doubles=0.2, jitter_s=chance.choice((0.0, 0.03, 0.08)))

        arrivals = weather.deliver(sent, chance)

        assert digits_of(hear(arrivals)) == digits, seed


def test_late_packets_of_a_source_that_was_followed_by_another_make_no_second_digit() -> None:
    old, new = RtpSender(RandomIds(1), 8_000), RtpSender(RandomIds(2), 8_000)
    before, after = packets(send_digits("5", stream=old)), packets(send_digits("6", stream=new))
    receiver = EventReceiver()

    told = [
        event for packet in [*before, *after[:3], *before[-2:], *after[3:]] for event in receiver.receive(packet, 0)
    ]

    assert [(event.digit, event.duration) for event in told if event.is_over] == [("5", 1_280), ("6", 1_280)]
