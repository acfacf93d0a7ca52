"""Reliable provisional responses of ours. Source: RFC 3262 §3, §5."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import Cause
from sipflow.base.errors import LocalProtocolError
from sipflow.sip.extensions import Reliability
from sipflow.testing.agents import Party, Stage, connected, disconnected, rest, virtual
from sipflow.testing.memory_peer import Caller, Heard, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState, IncomingCall
from tests.ua.descriptions import audio, direction_in
from tests.ua.scenes import meet_bob

REPEATED = [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]


async def invite_reliably(
    stage: Stage, body: str = AUDIO, **headers: Any
) -> tuple[Party, MemoryPeer, Caller, IncomingCall]:
    """Bob, and a peer whose call, which demands 100rel, waits for an answer."""
    bob, peer, caller = await meet_bob(stage)
    caller.invite(body, **(headers or {"Require": "100rel"}))
    return bob, peer, caller, await bob.take()


async def acknowledge(caller: Caller, response: Heard, body: str = "", status: int = 200) -> Heard:
    """Send the PRACK to a provisional; returns the response to it."""
    assert response.header("Require") == "100rel"
    caller.ask("PRACK", body, RAck=f"{response.header('RSeq')} {response.header('CSeq')}")
    return await caller.hear(status)


@pytest.mark.conformance(85, 89)
@virtual
async def test_demanded_provisional_is_numbered_and_repeated_until_its_prack() -> None:
    async with Stage() as stage:
        bob, peer, caller, incoming = await invite_reliably(stage)
        incoming.ring()
        ringing = await caller.hear(180)
        assert 1 <= int(ringing.header("RSeq")) < 2**31
        assert ringing.header("Contact") == f"<{bob.agent.address}>"
        await rest(2)
        assert peer.count(180) == 3
        await acknowledge(caller, ringing)
        await rest(40)
        assert peer.count(180) == 3
        incoming.answer()
        assert b"m=audio" in (await caller.hear(200)).body
        caller.ask("ACK", cseq=1)
        await connected(incoming)


@pytest.mark.conformance(85)
@virtual
async def test_provisional_without_prack_is_repeated_for_32_s_and_then_the_call_refused() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_reliably(stage)
        incoming.ring()
        first = await caller.hear(180)
        await caller.hear(504)
        assert [round(at - first.at, 3) for at in peer.times(180)] == REPEATED
        event = await disconnected(incoming)
        assert (event.cause, str(event.reason)) == (Cause.TIMEOUT, "no PRACK")


@pytest.mark.conformance(86)
@virtual
async def test_second_provisional_waits_for_the_prack_to_the_first() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_reliably(stage)
        incoming.ring()
        incoming.ring(182)
        incoming.ring(183)
        ringing = await caller.hear(180)
        await rest(1)
        assert peer.count(182) == 0
        numbers = [int(ringing.header("RSeq"))]
        await acknowledge(caller, ringing)
        for status in (182, 183):
            response = await caller.hear(status)
            numbers.append(int(response.header("RSeq")))
            await acknowledge(caller, response)
        assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


@pytest.mark.conformance(88)
@virtual
async def test_prack_that_matches_nothing_gets_481() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_reliably(stage)
        caller.ask("PRACK", RAck="1 1 INVITE", to_tag="")
        await caller.hear(481)
        incoming.ring()
        ringing = await caller.hear(180)
        number = int(ringing.header("RSeq"))
        for rack in (f"{number + 1} 1 INVITE", f"{number} 2 INVITE", f"{number} 1 UPDATE", "nonsense", None):
            caller.ask("PRACK", RAck=rack)
            await caller.hear(481)
        await acknowledge(caller, ringing)
        await acknowledge(caller, ringing, status=481)


@pytest.mark.conformance(88)
@virtual
async def test_offer_in_a_prack_is_answered_in_its_success() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_reliably(stage)
        incoming.ring(183)
        progress = await caller.hear(183)
        assert b"m=audio" in progress.body
        answer = await acknowledge(caller, progress, audio("sendonly"))
        assert direction_in(answer.body) == "recvonly"
        incoming.answer()
        assert (await caller.hear(200)).body == b""
        caller.ask("ACK", cseq=1)
        await connected(incoming)


@pytest.mark.conformance(76, 88)
@virtual
async def test_invite_without_offer_is_offered_to_reliably_and_answered_in_the_prack() -> None:
    async with Stage() as stage:
        bob, _, caller, incoming = await invite_reliably(stage, "")
        incoming.ring()
        ringing = await caller.hear(180)
        assert b"m=audio" in ringing.body
        assert (await acknowledge(caller, ringing, AUDIO)).body == b""
        incoming.answer()
        assert (await caller.hear(200)).body == b""
        caller.ask("ACK", cseq=1)
        await connected(incoming)
        assert bob.ports.open_ports == 1


@pytest.mark.conformance(88, 111)
@pytest.mark.parametrize("answer", ["", "nonsense"])
@virtual
async def test_prack_without_a_usable_answer_ends_the_call(answer: str) -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_reliably(stage, "")
        incoming.ring()
        await acknowledge(caller, await caller.hear(180), answer, status=400)
        await caller.hear(488)
        assert (await disconnected(incoming)).cause is Cause.REJECTED


@pytest.mark.conformance(90)
@virtual
async def test_success_is_held_back_until_the_description_is_acknowledged() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_reliably(stage)
        incoming.ring(183)
        progress = await caller.hear(183)
        incoming.answer()
        with pytest.raises(LocalProtocolError, match="waits for a PRACK"):
            incoming.answer()
        await rest(1)
        assert peer.count(200) == 0
        assert (await acknowledge(caller, progress)).header("CSeq") == "2 PRACK"
        assert (await caller.hear(200)).header("CSeq") == "1 INVITE"
        caller.ask("ACK", cseq=1)
        await connected(incoming)


@pytest.mark.conformance(90)
@virtual
async def test_success_overtakes_a_provisional_without_description_whose_prack_is_still_taken() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_reliably(stage)
        incoming.ring()
        ringing = await caller.hear(180)
        incoming.answer()
        await caller.hear(200)
        await acknowledge(caller, ringing)
        caller.ask("ACK", cseq=1)
        await connected(incoming)
        await rest(40)
        assert peer.count(180) == 1


@pytest.mark.conformance(90)
@virtual
async def test_success_that_is_held_back_is_never_sent_once_the_call_is_cancelled() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_reliably(stage)
        branch = caller.branch
        incoming.ring(183)
        progress = await caller.hear(183)
        incoming.answer()
        caller.ask("CANCEL", cseq=1, branch=branch)
        await caller.hear(487)
        assert (await disconnected(incoming)).cause is Cause.CANCEL
        await acknowledge(caller, progress, status=481)
        await rest(1)
        assert [message.header("CSeq") for message in peer.heard if message.is_a(200)] == ["1 CANCEL"]


@pytest.mark.conformance(89)
@virtual
async def test_support_of_the_caller_leaves_the_choice_to_us() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_reliably(stage, Supported="100rel")
        incoming.ring()
        assert (await caller.hear(180)).headers("RSeq") == []
        incoming.ring(183, reliable=True)
        await acknowledge(caller, await caller.hear(183))


@pytest.mark.conformance(89)
@virtual
async def test_caller_that_knows_nothing_of_it_gets_no_reliable_response() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite()
        incoming = await bob.take()
        with pytest.raises(LocalProtocolError, match="100rel is not known to both sides"):
            incoming.ring(reliable=True)
        assert peer.count(180) == 0
        assert incoming.state is CallState.INCOMING


@pytest.mark.conformance(37, 89)
@virtual
async def test_demand_gets_420_where_it_is_off() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage, reliable=Reliability.OFF)
        caller.invite(Require="100rel")
        assert (await caller.hear(420)).header("Unsupported") == "100rel"
        assert len(bob.incoming) == 0
        caller.invite(cseq=7)


@pytest.mark.conformance(89)
@virtual
async def test_caller_without_support_gets_421_where_it_is_required_and_others_reliable_responses() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage, reliable=Reliability.REQUIRED)
        caller.invite()
        assert (await caller.hear(421)).header("Require") == "100rel"
        assert len(bob.incoming) == 0
        other = peer.caller(bob.agent.local)
        other.invite(Supported="100rel")
        (await bob.take()).ring()
        await acknowledge(other, await other.hear(180))
