"""RTP, RTCP and telephone-events as tshark decodes and counts them."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from sipflow.base.ids import RandomIds
from sipflow.rtp import (
    Goodbye,
    NtpClock,
    ReceiverReport,
    ReportBlock,
    Reporter,
    RtpPacket,
    RtpSender,
    Sources,
    SourceStatistics,
    write_rtcp,
)
from tests.interop.captured import complaints, fields, tshark, write_capture
from tests.rtp.counting import HZ, PACKET_S, stream
from tests.rtp.events import EVENT, send_digits
from tests.rtp.weather import Weather

PORT = 40_000
AS_RTP = ("-d", f"udp.port=={PORT},rtp")
AS_RTCP = ("-d", f"udp.port=={PORT},rtcp")
AS_EVENTS = (*AS_RTP, f"-ortpevent.event_payload_type_value:{EVENT}")
CALM = 8
"""Packets at both ends of a stream that come as they were sent: tshark counts from the first to arrive to the last."""


@pytest.mark.conformance(121)
@pytest.mark.parametrize(
    "weather",
    [
        Weather(),
        Weather(loss=0.1),
        Weather(jitter_s=0.015),
        Weather(doubles=0.1),
        Weather(loss=0.05, jitter_s=0.06),
        Weather(loss=0.1, doubles=0.1, jitter_s=0.1),
    ],
    ids=str,
)
def test_statistics_are_those_of_tshark(weather: Weather, tmp_path: Path) -> None:
    sent = stream(500, seed=1)
    arrivals = sent[:CALM] + weather.deliver(sent[CALM:-CALM], random.Random(1)) + sent[-CALM:]
    arrivals.sort(key=lambda arrival: arrival[0])
    path = tmp_path / "stream.pcap"
    write_capture(path, arrivals, PORT)

    statistics = SourceStatistics(RtpPacket.parse(sent[0][1]).ssrc, HZ)
    jitter_s = []
    for at, data in arrivals:
        statistics.receive(RtpPacket.parse(data), at)
        jitter_s.append(statistics.jitter_s)
    *_, packets, lost, _, _, _, _, _, mean_ms, most_ms = _stream_line(path)

    assert int(packets) == statistics.received
    assert int(lost) == statistics.block(0.0).packets_lost
    assert float(most_ms) == pytest.approx(statistics.max_jitter_s * 1_000, abs=0.01)
    assert float(mean_ms) == pytest.approx(sum(jitter_s) / len(jitter_s) * 1_000, abs=1.0)


def _stream_line(path: Path) -> list[str]:
    """The columns of the only stream, from SSRC to maximum of jitter."""
    _, _, line, *_ = tshark(path, *AS_RTP, "-q", "-z", "rtp,streams")
    return line.split()[:17]


def test_stream_is_in_step_to_tshark(tmp_path: Path) -> None:
    sender = RtpSender(RandomIds(3), HZ)
    sent = []
    for place in range(200):
        if 50 <= place < 80:
            sender.skip(160, PACKET_S * place)
        else:
            sent.append((PACKET_S * place, sender.packet(8, bytes(160), 160, PACKET_S * place)))
    path = tmp_path / "stream.pcap"
    write_capture(path, sent, PORT)

    told = fields(path, "rtp", ("rtp.seq", "rtp.timestamp", "rtp.ssrc", "rtp.marker", "rtp.p_type"), *AS_RTP)

    assert complaints(path, *AS_RTP) == []
    assert [place for place, row in enumerate(told) if row[3] == "1"] == [0, 50]
    assert {(row[2], row[4]) for row in told} == {(f"0x{sender.ssrc:08x}", "8")}
    steps = [((int(b[0]) - int(a[0])) % 2**16, (int(b[1]) - int(a[1])) % 2**32) for a, b in pairwise(told)]
    assert steps == [(1, 160)] * 49 + [(1, 160 * 31)] + [(1, 160)] * 119


@pytest.mark.conformance(118, 119)
def test_telephone_events_are_well_formed_to_tshark(tmp_path: Path) -> None:
    path = tmp_path / "events.pcap"
    write_capture(path, send_digits("5#") + [(9.0 + at, data) for at, data in send_digits("D", ticks=70_000)], PORT)
    names = ("rtpevent.event_id", "rtpevent.duration", "rtpevent.end_of_event", "rtpevent.volume", "rtp.marker")

    told = fields(path, "rtpevent", names, *AS_EVENTS)

    assert complaints(path, *AS_EVENTS) == []
    five, pound, long_event = ([row for row in told if row[0] == code] for code in ("5", "11", "15"))
    durations = [str(ticks) for ticks in (*range(160, 1_281, 160), 1_280, 1_280)]
    for event in (five, pound):
        assert [row[1] for row in event] == durations
        assert [row[2] for row in event] == ["0"] * 7 + ["1"] * 3
        assert {row[3] for row in event} == {"10"}
        assert [row[4] for row in event] == ["1"] + ["0"] * 9
    assert [row[1] for row in long_event].count("65535") == 3
    assert [row[1] for row in long_event if row[2] == "1"] == [str(70_000 - 65_535)] * 3


@pytest.mark.conformance(122)
def test_reports_are_well_formed_to_tshark(tmp_path: Path) -> None:
    sent, at = _reports(seconds=30)
    path = tmp_path / "reports.pcap"
    ours = ReceiverReport(1, (ReportBlock(2, 255, -5, 0x1_0000, 7, 1, 2), ReportBlock(3, 0, 0x7F_FFFF, 0, 0)))
    more = [write_rtcp([ours, Goodbye((1, 2), "the end")]), write_rtcp([ReceiverReport(1)])]
    write_capture(path, [*sent, *((at + 1.0, data) for data in more)], PORT)

    kinds = fields(path, "rtcp", ("rtcp.pt", "rtcp.length_check", "rtcp.sdes.text"), *AS_RTCP)
    lost = fields(path, "rtcp.ssrc.cum_nr", ("rtcp.ssrc.cum_nr", "rtcp.ssrc.fraction"), *AS_RTCP)
    clocks = fields(
        path, "rtcp.pt == 200", ("rtcp.timestamp.ntp.msw", "rtcp.timestamp.ntp.lsw", "rtcp.timestamp.rtp"), *AS_RTCP
    )

    assert complaints(path, *AS_RTCP) == []
    assert all(row[0] == "200,202" and row[2] == "a@192.0.2.1" for row in kinds[: len(sent) - 1])
    assert kinds[len(sent) - 1][0] == "200,202,203"
    assert [row[0] for row in kinds[len(sent) :]] == ["201,203", "201"]
    assert {row[1] for row in kinds} == {"1"}
    assert lost[-1] == ["-5,8388607", "255,0"]
    for before, after in pairwise(clocks):
        ntp_s = int(after[0]) - int(before[0]) + (int(after[1]) - int(before[1])) / 2**32
        assert (int(after[2]) - int(before[2])) % 2**32 == pytest.approx(ntp_s * HZ, abs=1.0)


def _reports(seconds: int) -> tuple[list[tuple[float, bytes]], float]:
    """What a stream that is heard by nobody and hears another reports, its end, and when that is."""
    ids = RandomIds(5)
    sender, sources = RtpSender(ids, HZ), Sources(HZ)
    reporter = Reporter(ids, sender, sources, "a@192.0.2.1", NtpClock(0.0, 1_700_000_000_000), 0.0, 64_000)
    sent = []
    for at, data in stream(round(seconds / PACKET_S), seed=9):
        sources.receive(RtpPacket.parse(data), at)
        sender.packet(0, bytes(160), 160, at)
        if reporter.next_timer() <= at and (report := reporter.handle_timers(at)):
            sent.append((at, report))
    if last := reporter.goodbye(at):
        sent.append((at, last))
    return sent, at
