"""What streams send and hear, in virtual time."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from sipflow.base.ids import RandomIds
from sipflow.media import Idle, Playback
from sipflow.rtp import Goodbye, RtpPacket, RtpSender, SenderReport, parse_rtcp
from sipflow.sdp import CODECS, TELEPHONE_EVENT, Direction
from sipflow.testing import MemoryMediaPort, VirtualTimeLoop, Weather
from sipflow.testing.agents import virtual
from tests.media.streams import HOST, End, Sound, agreed, held, pair
from tests.rtp.events import send_digits


def send_all(port: MemoryMediaPort, packets: list[RtpPacket], target: End) -> None:
    for packet in packets:
        port.send_rtp(bytes(packet), (HOST, target.port.port))


@pytest.mark.conformance(116)
@virtual
async def test_packets_go_every_20_ms_in_one_sequence_with_the_marker_on_the_first() -> None:
    here, there = pair()
    await asyncio.sleep(10)
    sent = here.sent()
    times = [packet.at for packet in here.ports.tap or () if packet.source == (HOST, here.port.port)]
    assert len(sent) == pytest.approx(500, abs=1)
    assert all(b - a == pytest.approx(0.02, abs=0.005) for a, b in pairwise(times))
    for a, b in pairwise(sent):
        assert (b.sequence_number - a.sequence_number) & 0xFFFF == 1
        assert (b.timestamp - a.timestamp) & 0xFFFFFFFF == 160
    assert [packet.marker for packet in sent[:2]] == [True, False]
    assert len({packet.ssrc for packet in sent}) == 1
    assert {packet.payload for packet in sent} == {b"\xff" * 160}
    assert {p.source for p in here.ports.tap or ()} <= {
        (HOST, end.port.port + step) for end in (here, there) for step in (0, 1)
    }
    here.close()
    there.close()


@pytest.mark.conformance(116)
@virtual
async def test_two_streams_begin_at_random_numbers() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    mine, theirs = here.sent()[0], there.sent()[0]
    assert mine.ssrc != theirs.ssrc
    assert mine.sequence_number != theirs.sequence_number
    assert mine.timestamp != theirs.timestamp
    here.close()
    there.close()


@virtual
async def test_sound_goes_before_silence_and_its_end_is_told_once() -> None:
    here, there = pair()
    ended: list[bool] = []
    progress: list[int] = []
    playback = Playback(Sound(600), lambda: ended.append(True), progress.append)
    await asyncio.sleep(0.5)
    here.stream.play(playback)
    await asyncio.sleep(13)
    assert ended == [True]
    assert playback.is_complete
    assert progress == [5000, 10_000]
    expected = b"".join(bytes([number & 0x7F]) * 160 for number in range(1, 601))
    assert expected in there.heard.sound
    assert set(there.heard.sound.replace(expected, b"")) == {0xFF}
    here.close()
    there.close()


@virtual
async def test_nothing_is_sent_while_nothing_plays_where_idle_is_none_and_time_goes_on() -> None:
    here, there = pair(idle=Idle.NONE)
    await asyncio.sleep(1)
    assert here.sent() == []
    assert here.ports.ticker.beats == 0
    for _ in range(2):
        here.stream.play(Playback(Sound(5), lambda: None))
        await asyncio.sleep(2)
    sent = here.sent()
    assert [packet.marker for packet in sent] == [True, *[False] * 4] * 2
    assert (sent[5].timestamp - sent[0].timestamp) & 0xFFFFFFFF == pytest.approx(2 * 8000, abs=8 * 21)
    assert (sent[5].sequence_number - sent[4].sequence_number) & 0xFFFF == 1
    assert here.ports.ticker.beats == 0
    here.close()
    there.close()


@virtual
async def test_second_sound_takes_the_place_of_the_first() -> None:
    here, there = pair()
    first, second = Playback(Sound(1000), lambda: None), Playback(Sound(10), lambda: None)
    here.stream.play(first)
    await asyncio.sleep(1)
    here.stream.play(second)
    await asyncio.sleep(1)
    assert (first.is_complete, second.is_complete) == (False, True)
    here.close()
    there.close()


@pytest.mark.conformance(118)
@virtual
async def test_digits_go_before_sound_as_events_of_one_sequence_and_are_heard_once() -> None:
    here, there = pair()
    here.stream.play(Playback(Sound(1000), lambda: None))
    ended: list[bool] = []
    digits = here.stream.send_digits("1#D", 160, 100, lambda: ended.append(True))
    await asyncio.sleep(2)
    assert (digits.is_complete, ended) == (True, [True])
    assert there.told.digits == [("1", 160), ("#", 160), ("D", 160)]
    sent = here.sent()
    assert {(b.sequence_number - a.sequence_number) & 0xFFFF for a, b in pairwise(sent)} == {1}
    assert len({packet.ssrc for packet in sent}) == 1
    events: dict[int, list[tuple[int, int, int, bool]]] = {}
    for packet in (packet for packet in sent if packet.payload_type == 101):
        code, flags, duration = struct.unpack("!BBH", packet.payload)
        events.setdefault(packet.timestamp, []).append((code, flags >> 7, duration, packet.marker))
    assert [packets[0][0] for packets in events.values()] == [1, 11, 15]
    for packets in events.values():
        assert [marker for *_, marker in packets] == [True] + [False] * (len(packets) - 1)
        assert sum(end for _, end, _, _ in packets) == 3
        durations = [duration for *_, duration, _ in packets]
        assert durations == sorted(durations)
        assert durations[-1] == 1280
    gaps = [(b - a) & 0xFFFFFFFF for a, b in pairwise(events)]
    assert all(gap == 1280 + 800 for gap in gaps)
    here.close()
    there.close()


@pytest.mark.conformance(119)
@virtual
async def test_digit_whose_end_is_lost_is_heard_all_the_same() -> None:
    here, there = pair(idle=Idle.NONE)
    for _, data in send_digits("5")[:4]:
        here.port.send_rtp(data, (HOST, there.port.port))
        await asyncio.sleep(0.02)
    assert there.told.digits == []
    await asyncio.sleep(0.2)
    assert there.told.digits == [("5", 80)]
    here.close()
    there.close()


@pytest.mark.conformance(110)
@virtual
async def test_who_holds_sends_on_and_who_is_held_sends_nothing() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    here.stream.agree(held(agreed(there), Direction.SENDONLY))
    there.stream.agree(held(agreed(here), Direction.RECVONLY))
    before = len(here.sent()), len(there.sent())
    music = Playback(Sound(50), lambda: None)
    here.stream.play(music)
    unheard = Playback(Sound(50), lambda: None)
    there.stream.play(unheard)
    await asyncio.sleep(2)
    assert music.is_complete
    assert unheard.is_complete, "its time passes, though nobody hears it"
    assert len(here.sent()) - before[0] == pytest.approx(100, abs=2)
    assert len(there.sent()) == before[1]
    there.stream.agree(agreed(here))
    await asyncio.sleep(1)
    resumed = there.sent()[before[1] :]
    assert len(resumed) == pytest.approx(50, abs=2)
    assert resumed[0].marker
    here.close()
    there.close()


@pytest.mark.parametrize(
    "change",
    [
        {"local_direction": Direction.RECVONLY},
        {"telephone_event": replace(TELEPHONE_EVENT, payload_type=96)},
        {"telephone_event": None},
        {"codec": CODECS["opus"]},
    ],
)
@virtual
async def test_digits_that_may_not_go_on_end_and_use_up_no_sequence_numbers(change: dict[str, Any]) -> None:
    here, there = pair(idle=Idle.NONE)
    ended: list[bool] = []
    digits = here.stream.send_digits("55", 400, 100, lambda: ended.append(digits.is_complete))
    await asyncio.sleep(0.2)
    before = len(here.sent())
    here.stream.agree(replace(agreed(there), **change))
    assert ended == [False]
    await asyncio.sleep(1)
    assert len(here.sent()) == before

    here.stream.agree(agreed(there))
    here.stream.send_digits("7", 100, 100, lambda: None)
    await asyncio.sleep(1)
    for end in (here, there):
        end.close()
    numbers = [packet.sequence_number for packet in here.sent()]
    if "codec" not in change:  # which is a stream of its own
        assert {(b - a) & 0xFFFF for a, b in pairwise(numbers)} == {1}
    assert [digit for digit, _ in there.told.digits] == ["5", "7"]


@pytest.mark.conformance(118)
@pytest.mark.parametrize("clock_hz", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("codec", ["opus", "G722"])
@virtual
async def test_digits_work_on_whichever_clock_the_other_side_has_for_them(codec: str, clock_hz: int) -> None:
    here, there = pair(idle=Idle.NONE)
    events = replace(TELEPHONE_EVENT, payload_type=97, clock_hz=clock_hz)
    there.stream.expect({111: CODECS[codec], 97: events})
    for one, other in ((here, there), (there, here)):
        one.stream.agree(agreed(other, CODECS[codec], events=events))
    here.stream.send_digits("5#", 160, 100, lambda: None)
    await asyncio.sleep(1)
    for end in (here, there):
        end.close()

    assert there.told.digits == [("5", 160), ("#", 160)]
    assert {packet.payload_type for packet in here.sent()} == {97}
    assert len({packet.timestamp for packet in here.sent()}) == 2


@pytest.mark.conformance(124)
@virtual
async def test_comfort_noise_is_heard_without_having_been_agreed_on_and_is_no_loss() -> None:
    here, there = pair(idle=Idle.NONE)
    sender = RtpSender(RandomIds(1), 8_000)
    for payload_type in (0, 13, 14, 0, 13):
        there.stream.rtp_received(sender.packet(payload_type, b"\x1e" * 160, 160, 0.0), (HOST, here.port.port))
        await asyncio.sleep(0.02)
    report = there.stream.report()
    for end in (here, there):
        end.close()

    assert [codec for codec, _ in there.heard.packets] == ["PCMU", "CN", "PCMU", "CN"]
    assert report is not None
    assert (report.packets_received, report.lost, report.of_unknown_type) == (5, 0, 1)
    assert "not heard: 1 with a payload type that was not agreed on" in str(report)


@pytest.mark.conformance(124)
@virtual
async def test_another_codec_port_and_packet_time_are_followed_within_one_stream() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    third = there.ports.open(HOST)
    third.read(there.stream)
    number_96 = replace(CODECS["PCMA"], payload_type=96)
    there.stream.expect({96: CODECS["PCMA"]})
    here.stream.agree(replace(agreed(there, number_96, ptime_ms=40), remote_port=third.port))
    sound = Sound(10)
    here.stream.play(Playback(sound, lambda: None))
    await asyncio.sleep(1)
    last = here.sent()[-1]
    assert (last.payload_type, last.payload) == (96, b"\xd5" * 320)
    assert set(sound.asked) == {("PCMA", 320)}
    assert len({packet.ssrc for packet in here.sent()}) == 1
    assert there.heard.packets[-1][0] == "PCMA"
    assert here.told.changes[0].startswith("stream-started PCMU sendrecv with 127.0.0.1:")
    assert here.told.changes[1].startswith("stream-changed PCMA sendrecv with 127.0.0.1:")
    here.close()
    there.close()
    third.close()


@virtual
async def test_what_came_before_a_change_of_clock_is_in_the_figures() -> None:
    here, there = pair(idle=Idle.NONE)
    for codec in (CODECS["PCMU"], CODECS["opus"], CODECS["PCMU"]):
        for one, other in ((here, there), (there, here)):
            one.stream.agree(agreed(other, codec))
        there.stream.play(Playback(Sound(50), lambda: None))
        await asyncio.sleep(2)
    report = here.stream.report()
    assert report is not None
    assert (report.packets_received, report.lost, report.sources) == (150, 0, 3)
    here.close()
    there.close()


@virtual
async def test_agreement_without_audio_or_address_sends_nothing() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    for session in (replace(agreed(there), remote_host="0.0.0.0"), replace(agreed(there), remote_host="a.name"), None):
        here.stream.agree(session)
        before = len(here.sent())
        await asyncio.sleep(1)
        assert len(here.sent()) == before
    here.close()
    there.close()


@pytest.mark.conformance(117)
@virtual
async def test_packets_from_elsewhere_are_counted_and_heard_only_once_the_first_source_is_silent() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    stranger = here.ports.open(HOST)
    copied = [packet._replace(ssrc=7) for packet in there.sent()[-2:]]
    heard = len(here.heard.packets)
    send_all(stranger, copied, here)
    await asyncio.sleep(0.5)
    assert here.stream.incoming.foreign == 2
    assert 7 not in {packet.ssrc for _, packet in here.heard.packets[heard:]}
    there.close()
    await asyncio.sleep(2)
    send_all(stranger, copied, here)
    await asyncio.sleep(0.5)
    assert [packet for _, packet in here.heard.packets[-2:]] == copied
    stranger.close()
    here.close()


@pytest.mark.conformance(117)
@virtual
async def test_after_a_change_of_address_the_first_other_one_is_heard_at_once() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    new, behind_a_translator = here.ports.open(HOST), here.ports.open(HOST)
    session = agreed(there)
    here.stream.agree(replace(session, remote_port=new.port, remote_rtcp_port=new.port + 1))
    copied = [packet._replace(ssrc=7) for packet in there.sent()[-2:]]
    send_all(behind_a_translator, copied, here)
    await asyncio.sleep(0.01)
    assert [packet for _, packet in here.heard.packets[-2:]] == copied
    for one in (here, there, new, behind_a_translator):
        one.close()


@pytest.mark.conformance(117)
@virtual
async def test_packets_of_the_agreed_address_are_heard_at_once_whoever_was_heard_before() -> None:
    here, there = pair(idle=Idle.NONE)
    stranger = here.ports.open(HOST)
    sender = RtpSender(RandomIds(1), 8_000)
    first, second, third = (RtpPacket.parse(sender.packet(0, b"\x01" * 160, 160, 0.0)) for _ in range(3))
    for port, packet in ((stranger, first), (there.port, second), (stranger, third)):
        send_all(port, [packet], here)
        await asyncio.sleep(0.02)
    assert [packet for _, packet in here.heard.packets] == [first, second]
    for one in (here, there, stranger):
        one.close()


@pytest.mark.conformance(117)
@virtual
async def test_every_source_at_the_address_is_heard_once_two_of_its_packets_follow_each_other() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    first, second = (packet._replace(ssrc=7) for packet in there.sent()[-2:])
    send_all(there.port, [first], here)
    await asyncio.sleep(0.1)
    assert {packet.ssrc for _, packet in here.heard.packets} == {there.sent()[0].ssrc}
    send_all(there.port, [second], here)
    await asyncio.sleep(1)
    theirs = [packet for _, packet in here.heard.packets if packet.ssrc == 7]
    assert theirs == [first, second]
    others = [packet for _, packet in here.heard.packets if packet.ssrc != 7]
    assert others == [packet for packet in there.sent() if packet.ssrc != 7][: len(others)]
    assert len(others) == pytest.approx(105, abs=1)
    report = here.stream.report()
    assert report is not None
    assert (report.packets_received, report.lost, report.out_of_order, report.sources) == (len(others) + 2, 0, 0, 2)
    assert "from 2 sources (SSRC)" in str(report)
    here.close()
    there.close()


@virtual
async def test_jitter_is_that_of_the_sources_that_are_still_heard() -> None:
    here, there = pair(idle=Idle.NONE)
    for ssrc, unsteady_s, seconds in ((7, 0.01, 2), (8, 0.0, 8)):
        for number in range(50 * seconds):
            send_all(there.port, [RtpPacket(0, number, 160 * number, ssrc, b"\x01" * 160)], here)
            await asyncio.sleep(0.02 + (unsteady_s if number % 2 else -unsteady_s))
        report = here.stream.report()
        assert report is not None
        assert report.jitter_ms == pytest.approx(1000 * unsteady_s, abs=4)
        assert report.max_jitter_ms > 5
    assert here.stream.incoming.heard[0].received == 100
    here.close()
    there.close()


@virtual
async def test_packets_of_made_up_sources_are_not_heard_and_push_no_real_one_out() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    real = there.sent()[-1]
    for ssrc in range(100):
        send_all(there.port, [real._replace(ssrc=ssrc)], here)
    await asyncio.sleep(1)
    heard = [packet for _, packet in here.heard.packets]
    assert heard == [packet for packet in there.sent() if packet.ssrc == real.ssrc][: len(heard)]
    assert len(heard) == pytest.approx(100, abs=1)
    assert here.stream.incoming.sources is not None
    assert here.stream.incoming.sources.all[heard[0].ssrc].received == len(heard)
    here.close()
    there.close()


@virtual
async def test_media_before_any_answer_is_heard() -> None:
    here, there = pair(idle=Idle.NONE)
    here.stream.agree(None)
    there.stream.play(Playback(Sound(10), lambda: None))
    await asyncio.sleep(1)
    assert len(here.heard.packets) == 10
    here.close()
    there.close()


@virtual
async def test_own_ssrc_in_what_comes_is_left_to_the_other() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    old = here.sent()[-1].ssrc
    there.port.send_rtp(bytes(there.sent()[-1]._replace(ssrc=old)), (HOST, here.port.port))
    await asyncio.sleep(1)
    assert here.sent()[-1].ssrc != old
    goodbyes = [packet for data in here.reports() for packet in parse_rtcp(data) if isinstance(packet, Goodbye)]
    assert [packet.ssrcs for packet in goodbyes] == [(old,)]
    here.close()
    there.close()


@pytest.mark.conformance(110, 122)
@pytest.mark.parametrize("direction", [Direction.SENDONLY, Direction.INACTIVE])
@virtual
async def test_reports_go_on_while_a_call_is_held(direction: Direction) -> None:
    here, there = pair()
    await asyncio.sleep(1)
    there.stream.agree(held(agreed(here), Direction.INACTIVE))
    here.stream.agree(held(agreed(there), direction))
    sent = len(there.sent())
    await asyncio.sleep(30)
    assert len(there.sent()) == sent
    assert [len(end.reports()) for end in (here, there)] == pytest.approx([6, 6], abs=2)
    here.close()
    there.close()


@pytest.mark.conformance(122)
@virtual
async def test_reports_come_about_every_5_s_and_the_last_says_bye() -> None:
    here, there = pair()
    await asyncio.sleep(60)
    here.close()
    there.close()
    reports = [parse_rtcp(data) for data in here.reports()]
    assert 8 <= len(reports) <= 20
    assert all(isinstance(report[0], SenderReport) for report in reports[:-1])
    assert [any(isinstance(packet, Goodbye) for packet in report) for report in reports] == (
        [False] * (len(reports) - 1) + [True]
    )
    first, second = (report[0] for report in reports[2:4])
    assert isinstance(first, SenderReport)
    assert isinstance(second, SenderReport)
    seconds = (second.ntp - first.ntp) / (1 << 32)
    assert (second.timestamp - first.timestamp) & 0xFFFFFFFF == pytest.approx(8000 * seconds, abs=2)
    report = here.told.report
    assert report is not None
    assert report.round_trip_ms == pytest.approx(2, abs=1)
    assert (report.lost, report.lost_there) == (0, 0)
    assert report.mos is not None
    assert report.mos > 4.3


@pytest.mark.conformance(121)
@virtual
async def test_loss_doubles_and_disorder_stand_in_the_report() -> None:
    here, there = pair(Weather(3, 0.02, 0.06, loss=0.05, duplicate=0.03))
    await asyncio.sleep(60)
    sent = len(here.sent())
    here.close()
    there.close()
    report = there.told.report
    assert report is not None
    assert report.lost == pytest.approx(0.05 * sent, rel=0.3)
    assert report.doubled == pytest.approx(0.03 * sent, rel=0.4)
    assert report.out_of_order > 100
    assert 5 < report.jitter_ms < 30
    assert report.mos is not None
    assert report.mos < 4.0
    assert "lost" in str(report)
    assert here.told.changes[-2:] == ["stream-stopped", "statistics"]


@pytest.mark.conformance("R18")
@virtual
async def test_standstill_of_the_machine_is_a_gap_in_time_not_a_flood() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    here, there = pair()
    await asyncio.sleep(1)
    before = here.sent()
    loop.jump(30)
    await asyncio.sleep(0.019)
    after = here.sent()[len(before) :]
    assert 5 <= len(after) <= 6
    assert after[0].marker
    assert (after[0].timestamp - before[-1].timestamp) & 0xFFFFFFFF == pytest.approx(30 * 8000, rel=0.01)
    here.close()
    there.close()


@pytest.mark.conformance("R9")
@virtual
async def test_garbage_changes_nothing() -> None:
    here, there = pair()
    for data in (b"", b"\x80", bytes(12), b"\xff" * 40, b"\x80\xc8\x00\x01" + bytes(4), b"\x80\xc9\xff\xff" + bytes(9)):
        there.port.send_rtp(data, (HOST, here.port.port))
        there.port.send_rtcp(data, (HOST, here.port.port + 1))
    await asyncio.sleep(1)
    assert len(here.heard.packets) > 40
    here.close()
    here.close()
    there.close()
