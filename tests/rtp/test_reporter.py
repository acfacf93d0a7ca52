"""The RTCP of a stream: reports in time, what they tell, and the end."""

from __future__ import annotations

import pytest

from sipflow.base.errors import RtpError
from sipflow.base.ids import RandomIds
from sipflow.rtp import (
    Goodbye,
    HeardReports,
    NtpClock,
    ReceiverReport,
    Reporter,
    RtpPacket,
    RtpSender,
    SenderReport,
    SourceDescription,
    Sources,
    parse_rtcp,
    write_rtcp,
)

PACKET_S = 0.02


class End:
    """One end of a call: its stream, what it hears, and its reports."""

    def __init__(self, seed: int, name: str, wall_ms: int = 0) -> None:
        ids = RandomIds(seed)
        self.sender = RtpSender(ids, 8_000)
        self.sources = Sources(8_000)
        self.reporter = Reporter(ids, self.sender, self.sources, name, NtpClock(0.0, wall_ms), 0.0, 64_000)


def talk(
    a: End, b: End, seconds: float, *, one_way_s: float = 0.0, loses: int = 0
) -> dict[str, list[tuple[float, HeardReports]]]:
    """Both send and report; `a` loses every nth packet on its way to `b`. What each has heard of reports, and when."""
    heard: dict[str, list[tuple[float, HeardReports]]] = {"a": [], "b": []}
    begun: list[tuple[float, End, bytes, str]] = []
    for place in range(round(seconds / PACKET_S)):
        now = place * PACKET_S
        for end, other in ((a, b), (b, a)):
            data = end.sender.packet(0, bytes(160), 160, now)
            if not (end is a and loses and place % loses == 1):
                other.sources.receive(RtpPacket.parse(data), now)
            if end.reporter.next_timer() <= now and (report := end.reporter.handle_timers(now)):
                begun.append((now + one_way_s, other, report, "b" if other is b else "a"))
        for at, end, report, name in [due for due in begun if due[0] <= now]:
            heard[name].append((at, end.reporter.receive(report, at)))
        begun = [later for later in begun if later[0] > now]
    return heard


@pytest.mark.conformance(122)
def test_both_ends_report_about_every_five_seconds_and_learn_how_they_are_received() -> None:
    a, b = End(1, "a"), End(2, "b")

    heard = talk(a, b, 120.0, loses=10)

    assert 20 <= len(heard["a"]) <= 32
    assert 20 <= len(heard["b"]) <= 32
    blocks = [reports.block for _, reports in heard["a"] if reports.block]
    assert blocks[-1].ssrc == a.sender.ssrc
    assert [block.fraction_lost for block in blocks] == pytest.approx([25.6] * len(blocks), abs=3)
    assert blocks[-1].packets_lost == pytest.approx(0.1 * 50 * heard["a"][-1][0], abs=1)
    assert all(reports.block.packets_lost == 0 for _, reports in heard["b"] if reports.block)


def test_round_trip_is_measured_whatever_the_clocks_of_the_ends_say() -> None:
    a, b = End(1, "a", wall_ms=1_700_000_000_000), End(2, "b", wall_ms=5)

    heard = talk(a, b, 60.0, one_way_s=0.1)

    trips = [reports.round_trip_s for _, reports in heard["a"] if reports.round_trip_s is not None]
    assert len(trips) >= 8
    assert trips == pytest.approx([0.2] * len(trips), abs=0.001)


@pytest.mark.conformance(122)
def test_sender_report_maps_the_media_clock_to_wall_time() -> None:
    end = End(1, "a", wall_ms=1_700_000_000_000)
    stamps = {}
    reports = []
    for place in range(3_000):
        now = place * PACKET_S
        stamps[place] = RtpPacket.parse(end.sender.packet(0, bytes(160), 160, now)).timestamp
        if end.reporter.next_timer() <= now and (data := end.reporter.handle_timers(now)):
            reports.append((place, parse_rtcp(data)))

    assert len(reports) > 8
    for place, (report, name) in reports:
        assert isinstance(report, SenderReport)
        assert name == SourceDescription(end.sender.ssrc, "a")
        assert report.timestamp == stamps[place]
        assert report.ntp / 2**32 == pytest.approx(2_208_988_800 + 1_700_000_000 + place * PACKET_S, abs=1e-5)
        assert (report.packets, report.octets) == (place + 1, 160 * (place + 1))


def test_who_has_not_sent_since_the_last_report_but_one_reports_as_receiver() -> None:
    end = End(1, "a")
    end.sender.packet(0, bytes(160), 160, 0.0)
    kinds: list[type] = []
    while len(kinds) < 4:
        now = end.reporter.next_timer()
        if data := end.reporter.handle_timers(now):
            kinds.append(type(parse_rtcp(data)[0]))

    assert kinds == [SenderReport, SenderReport, ReceiverReport, ReceiverReport]


@pytest.mark.conformance(122)
def test_bye_ends_the_stream() -> None:
    a, b = End(1, "a"), End(2, "b")
    talk(a, b, 5.0)

    data = a.reporter.goodbye(5.0)

    assert data is not None
    report, name, bye = parse_rtcp(data)
    assert isinstance(report, SenderReport)
    assert (name, bye) == (SourceDescription(a.sender.ssrc, "a"), Goodbye((a.sender.ssrc,)))
    assert b.reporter.receive(data, 5.0).left == (a.sender.ssrc,)


def test_who_never_sent_anything_says_no_bye() -> None:
    assert End(1, "a").reporter.goodbye(5.0) is None


def test_echo_of_our_own_packets_is_no_collision() -> None:
    end = End(1, "a")
    ours = [RtpPacket.parse(end.sender.packet(0, bytes(160), 160, PACKET_S * n)) for n in range(100)]
    first = ours[0]
    older = first._replace(sequence_number=(first.sequence_number - 1) & 0xFFFF)
    later = first._replace(timestamp=(end.sender.timestamp + 1) & 0xFFFF_FFFF)

    assert all(map(end.sender.has_sent, ours))
    assert not end.sender.has_sent(older)
    assert not end.sender.has_sent(later)


def test_other_participant_with_our_ssrc_makes_us_take_another() -> None:
    a, b = End(1, "a"), End(2, "b")
    b.sender.ssrc = a.sender.ssrc
    b.sender.packet(0, bytes(160), 160, 0.0)
    before = a.sender.ssrc
    a.sender.packet(0, bytes(160), 160, 0.0)
    theirs = b.reporter.goodbye(1.0)
    assert theirs is not None

    heard = a.reporter.receive(theirs, 1.0)
    leave = a.reporter.change_ssrc(1.0)

    assert heard.collides
    assert parse_rtcp(leave)[-1] == Goodbye((before,))
    assert a.sender.ssrc != before
    ours = a.reporter.goodbye(2.0)
    assert ours is not None
    assert not a.reporter.receive(ours, 2.0).collides


def test_report_about_others_says_nothing_of_us() -> None:
    end = End(1, "a")

    heard = end.reporter.receive(write_rtcp([ReceiverReport(9)]), 1.0)

    assert heard == HeardReports(None, None, (), False)


def test_garbage_changes_nothing() -> None:
    end = End(1, "a")
    due = end.reporter.next_timer()

    with pytest.raises(RtpError):
        end.reporter.receive(b"\x80\xc9\x00\x09", 1.0)
    assert end.reporter.next_timer() == due
