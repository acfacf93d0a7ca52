"""The media of calls: when it flows, by what was agreed, and that nothing of it is left."""

from __future__ import annotations

from itertools import groupby

import pytest

from sipflow.base.call_events import DigitReceived
from sipflow.media import Playback
from sipflow.testing.agents import (
    Party,
    Stage,
    connected,
    connected_pair,
    disconnected,
    hang_up,
    happens,
    rest,
    ringing,
    virtual,
)
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import Call
from sipflow.ua.sending import send_request
from tests.media.streams import Heard, Sound
from tests.ua.scenes import let_alice_call


async def two(stage: Stage) -> tuple[Party, Party]:
    return await stage.agent("alice", has_media=True), await stage.agent("bob", has_media=True)


def listen(call: Call) -> Heard:
    heard = Heard()
    assert call.stream is not None
    call.stream.add_sink(heard)
    return heard


def play(call: Call, frames: int = 10) -> Playback:
    playback = Playback(Sound(frames), lambda: None)
    assert call.stream is not None
    call.stream.play(playback)
    return playback


@virtual
async def test_answered_call_has_media_both_ways_until_it_ends() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage)
        outgoing, incoming = await connected_pair(alice, bob)
        at_alice, at_bob = listen(outgoing), listen(incoming)
        await rest(1)
        assert len(at_alice.packets) == pytest.approx(50, abs=2)
        assert len(at_bob.packets) == pytest.approx(50, abs=2)
        await hang_up(outgoing)
        await rest(1)
        assert stage.media.ticker.beats == 0
        for party in (alice, bob):
            assert [line.split()[0] for line in party.media] == ["stream-started", "stream-stopped", "statistics"]
            assert party.media[0].startswith("stream-started PCMU sendrecv with 127.0.0.1:")


@pytest.mark.conformance(124)
@virtual
async def test_early_media_is_heard_before_the_answer() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage)
        outgoing = alice.call(bob.uri)
        at_alice = listen(outgoing)
        incoming = await bob.take()
        incoming.ring(183)
        await ringing(outgoing, 183)
        play(incoming)
        await rest(1)
        assert b"\x05" * 160 in at_alice.sound
        at_bob = listen(incoming)
        play(outgoing)
        await rest(1)
        assert b"\x05" * 160 in at_bob.sound
        incoming.answer()
        await connected(outgoing, incoming)
        await hang_up(incoming)


@virtual
async def test_call_that_is_refused_after_early_media_leaves_nothing() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage)
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring(183)
        await rest(1)
        playback = play(incoming, 1000)
        incoming.reject(486)
        await disconnected(outgoing)
        await rest(1)
        assert not playback.is_complete
        assert (stage.media.open_ports, stage.media.ticker.beats) == (0, 0)


@virtual
async def test_late_offer_is_followed_as_well() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage)
        outgoing = alice.agent.call(bob.uri, offers=False)
        incoming = await bob.take()
        incoming.answer()
        await connected(outgoing, incoming)
        at_alice, at_bob = listen(outgoing), listen(incoming)
        await rest(1)
        assert len(at_alice.packets) > 45
        assert len(at_bob.packets) > 45
        await hang_up(incoming)


@pytest.mark.conformance(110)
@virtual
async def test_hold_plays_to_the_held_who_sends_nothing_until_it_is_retrieved() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage)
        outgoing, incoming = await connected_pair(alice, bob)
        outgoing.modify("sendonly")
        await rest(1)
        at_alice, at_bob = listen(outgoing), listen(incoming)
        play(outgoing)
        await rest(1)
        assert b"\x05" * 160 in at_bob.sound
        assert at_alice.packets == []
        outgoing.modify("sendrecv")
        await rest(1)
        assert len(at_alice.packets) > 40
        await hang_up(outgoing)


@virtual
async def test_digits_of_the_stream_and_of_info_come_to_one_memory() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage)
        outgoing, incoming = await connected_pair(alice, bob)
        assert outgoing.stream is not None
        outgoing.stream.send_digits("7", 160, 100, lambda: None)
        first = await happens(incoming, DigitReceived)
        for content_type, body in (
            ("application/dtmf-relay", b"Signal=#\r\nDuration=120\r\n"),
            ("application/dtmf", b"2"),
            ("application/dtmf-relay", b"nonsense"),
        ):
            send_request(alice.agent, "INFO", "", (("Content-Type", content_type),), body, within=outgoing)
        second, third = await happens(incoming, DigitReceived), await happens(incoming, DigitReceived)
        assert (first.digit, first.duration_ms, first.method) == ("7", 160, "rfc4733")
        assert (second.digit, second.duration_ms, second.method) == ("#", 120, "info")
        assert (third.digit, third.duration_ms, third.method) == ("2", None, "info")
        await hang_up(outgoing)


@virtual
async def test_second_call_has_media_after_one_that_was_refused_in_its_early_media() -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice", has_media=True)
        bob, carol = await stage.agent("bob", has_media=True), await stage.agent("carol", has_media=True)
        outgoing = alice.call(bob.uri)
        at_bob = await bob.take()
        at_bob.ring(183)
        await ringing(outgoing, 183)
        at_bob.reject(302, headers=(("Contact", f"<{carol.uri}>"),))
        await disconnected(outgoing)
        again, at_carol = await connected_pair(alice, carol)
        heard = listen(at_carol)
        await rest(1)
        assert len(heard.packets) > 45
        await hang_up(again)


@virtual
async def test_media_follows_the_early_answers_of_forks_and_stays_with_the_one_that_is_accepted() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage, has_media=True)
        stage.media.tap = []
        for tag, port in (("desk", 40_002), ("mobile", 40_004)):
            callee.reply(183, tag=tag, body=AUDIO.replace("40000", str(port)))
            await rest(1)
        callee.reply(200, tag="desk", body=AUDIO.replace("40000", "40002"))
        await connected(call)
        await rest(1)
        call.release()
        callee.reply(200, to=await peer.hear("BYE"))
        await rest(0.1)
        targets = [packet.target[1] for packet in stage.media.tap if packet.target[1] % 2 == 0]
        assert [port for port, _ in groupby(targets)] == [40_002, 40_004, 40_002]
        assert targets.count(40_004) == pytest.approx(50, abs=2)
