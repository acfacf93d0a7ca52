"""PRACK to reliable provisional responses of others. Source: RFC 3262 §4, §5."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause, Progressed
from sipflow.sip.extensions import Reliability
from sipflow.testing.agents import Stage, connected, disconnected, happens, rest, ringing, virtual
from sipflow.testing.memory_peer import Callee, Heard, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.descriptions import audio
from tests.ua.scenes import let_alice_call

NO_CODEC = AUDIO.replace("RTP/AVP 0 8 101", "RTP/AVP 3")


async def let_ring(peer: MemoryPeer, callee: Callee, status: int, rseq: int, body: str = "") -> Heard:
    """Send a reliable provisional and answer its PRACK, which is returned."""
    callee.reply(status, body=body, Require="100rel", RSeq=str(rseq))
    prack = await peer.hear("PRACK")
    callee.reply(200, to=prack)
    return prack


@pytest.mark.conformance(87)
@virtual
async def test_reliable_provisionals_are_acknowledged_in_order() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        assert callee.invite.header("Supported") == "100rel, timer, replaces, norefersub"
        first = await let_ring(peer, callee, 180, 4711)
        assert (first.header("RAck"), first.header("CSeq")) == ("4711 1 INVITE", "2 PRACK")
        assert first.start_line == f"PRACK sip:callee@{peer.address} SIP/2.0"
        second = await let_ring(peer, callee, 182, 4712)
        assert (second.header("RAck"), second.header("CSeq")) == ("4712 1 INVITE", "3 PRACK")
        assert [event.status for event in call.mailbox.untaken if isinstance(event, Progressed)] == [180, 182]
        callee.reply(200, body=AUDIO)
        assert (await peer.hear("ACK")).header("CSeq") == "1 ACK"
        await connected(call)


@pytest.mark.conformance(87)
@virtual
async def test_repeated_and_untimely_provisionals_are_neither_acknowledged_nor_told() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        await let_ring(peer, callee, 180, 10)
        for rseq in (10, 10, 9, 12, 13):
            callee.reply(180, Require="100rel", RSeq=str(rseq))
        await rest(1)
        assert peer.count("PRACK") == 1
        assert len(call.mailbox.history) == 1
        await let_ring(peer, callee, 183, 11)
        assert peer.count("PRACK") == 2


@pytest.mark.conformance(87)
@virtual
async def test_provisional_that_asks_for_no_prack_gets_none() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, RSeq="1")
        callee.reply(183, Require="100rel")
        callee.reply(100, Require="100rel", RSeq="1")
        callee.reply(182, Require="100rel", RSeq="-1")
        await rest(1)
        assert peer.count("PRACK") == 0
        assert [event.status for event in call.mailbox.history if isinstance(event, Progressed)] == [180, 183, 182]


@pytest.mark.conformance(89)
@virtual
async def test_caller_demands_or_hides_it_by_its_setting() -> None:
    async with Stage() as stage:
        _, peer, _, callee = await let_alice_call(stage, reliable=Reliability.REQUIRED)
        assert callee.invite.header("Require") == "100rel"
        _, peer, call, callee = await let_alice_call(stage, reliable=Reliability.OFF)
        assert callee.invite.headers("Require") == []
        assert callee.invite.header("Supported") == "timer, replaces, norefersub"
        callee.reply(180, Require="100rel", RSeq="1")
        await ringing(call)
        assert peer.count("PRACK") == 0


@pytest.mark.conformance(87)
@virtual
async def test_answer_in_a_reliable_provisional_is_the_answer_whatever_the_success_says() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        await let_ring(peer, callee, 183, 1, audio("sendonly"))
        callee.reply(200, body="nonsense")
        await connected(call)
        assert call.exchange.session.is_held


@pytest.mark.conformance(87, 111)
@virtual
async def test_answer_in_a_reliable_provisional_that_does_not_fit_cancels_the_call() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        await let_ring(peer, callee, 183, 1, NO_CODEC)
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.REJECTED, 488)
        callee.reply(200, to=await peer.hear("CANCEL"))
        callee.reply(487)
        await call.ended.wait()
        assert len(call.mailbox.untaken) == 1  # the 183


@virtual
async def test_reliable_provisional_from_out_of_reach_cancels_the_call() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(183, Require="100rel", RSeq="1", Contact="<tel:+1234>")
        event = await disconnected(call)
        why = "the Contact of the 183 can't be reached: tel:+1234: tel is no transport of ours"
        assert (event.cause, str(event.reason)) == (Cause.TRANSPORT, why)
        callee.reply(200, to=await peer.hear("CANCEL"))
        callee.reply(487)
        await call.ended.wait()


@pytest.mark.conformance(76, 88)
@virtual
async def test_offer_in_a_reliable_provisional_is_answered_in_the_prack() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.agent.call(peer.uri, offers=False)
        callee = await peer.expect_call()
        assert callee.invite.body == b""
        prack = await let_ring(peer, callee, 183, 1, AUDIO)
        assert prack.header("Content-Type") == "application/sdp"
        assert b"m=audio" in prack.body
        callee.reply(200)
        assert (await peer.hear("ACK")).body == b""
        await connected(call)
        assert alice.ports.open_ports == 1


@pytest.mark.conformance(87)
@virtual
async def test_fork_is_acknowledged_in_every_dialog_with_numbers_of_its_own() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        for tag, rseq in (("desk", 7), ("mobile", 900), ("desk", 8), ("mobile", 901)):
            callee.reply(180, tag, Require="100rel", RSeq=str(rseq))
            prack = await peer.hear("PRACK")
            assert (prack.to_tag, prack.header("RAck")) == (tag, f"{rseq} 1 INVITE")
            callee.reply(200, tag, to=prack)
        callee.reply(200, "mobile", AUDIO)
        await connected(call)
        callee.reply(200, "desk", AUDIO)
        assert (await peer.hear("BYE")).to_tag == "desk"
        assert call.state is CallState.CONFIRMED
        assert alice.ports.open_ports == 1


@pytest.mark.conformance(87)
@virtual
async def test_prack_is_repeated_until_it_is_answered() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, Require="100rel", RSeq="1")
        await rest(2)
        assert peer.count("PRACK") == 3
        callee.reply(200, to=await peer.hear("PRACK"))
        await rest(10)
        assert peer.count("PRACK") == 3
        await happens(call, Progressed)
