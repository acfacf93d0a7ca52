"""Giving up a call that is not answered. Source: RFC 3261 §9, §15."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause, Connected, Disconnected
from sipflow.sip.message import Request
from sipflow.testing.agents import Party, Stage, disconnected, hang_up, rest, ringing, virtual
from sipflow.testing.memory_peer import Callee, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState, OutgoingCall
from tests.ua.scenes import invite_bob, let_alice_call, meet_bob


async def ring_alice_s_call(stage: Stage) -> tuple[Party, MemoryPeer, OutgoingCall, Callee]:
    alice, peer, call, callee = await let_alice_call(stage)
    callee.reply(180)
    await ringing(call)
    return alice, peer, call, callee


@pytest.mark.conformance(71)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@virtual
async def test_cancel_ends_both_sides(transport: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", transport=transport), await stage.agent("bob", transport=transport)
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring()
        await ringing(outgoing)
        await hang_up(outgoing)
        event = await disconnected(incoming)
        assert event.cause is Cause.CANCEL
        assert event.message.startswith(b"CANCEL ")
        await outgoing.ended.wait()
        assert [message.header("CSeq") for message in bob.sent(200)] == ["1 CANCEL"]
        assert [message.header("CSeq") for message in bob.sent(487)] == ["1 INVITE"]
        assert len(alice.sent("ACK")) == 1
        assert not [event for event in outgoing.mailbox.history if isinstance(event, Disconnected)]


@pytest.mark.conformance(35, 71)
@virtual
async def test_response_to_cancel_has_the_to_tag_of_its_invite() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite()
        (await bob.take()).ring()
        await caller.hear(180)
        caller.ask("CANCEL", cseq=1)
        assert (await peer.hear(200)).to_tag == (await peer.hear(487)).to_tag == caller.to_tag


@pytest.mark.conformance(71)
@virtual
async def test_cancel_is_held_back_until_a_provisional_comes() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        call.release()
        assert call.state is CallState.ENDED
        await rest(3)
        assert peer.count("CANCEL") == 0
        callee.reply(100, tag="")
        callee.reply(200, to=await peer.hear("CANCEL", limit_s=0.1))
        callee.reply(487)
        await peer.hear("ACK", limit_s=0.1)
        await rest(70)
        assert alice.agent.layer.timers.earliest > alice.agent.clock.now()
        assert (len(alice.agent.layer), call.mailbox.history) == (0, [])


@pytest.mark.conformance(71)
@virtual
async def test_answer_to_a_call_given_up_before_any_response_is_hung_up() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        call.release()
        callee.reply(200, body=AUDIO)
        await peer.hear("ACK")
        callee.reply(200, to=await peer.hear("BYE"))
        assert peer.count("CANCEL") == 0
        assert call.mailbox.history == []


@virtual
async def test_refusal_of_a_call_given_up_before_any_response_is_acknowledged() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        call.release()
        callee.reply(486)
        await peer.hear("ACK")
        assert call.mailbox.history == []


@pytest.mark.conformance(71)
@virtual
async def test_success_that_crosses_a_cancel_is_acknowledged_and_hung_up() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await ring_alice_s_call(stage)
        call.release()
        callee.reply(200, body=AUDIO)
        callee.reply(200, to=await peer.hear("CANCEL"))
        ack = await peer.hear("ACK")
        bye = await peer.hear("BYE")
        assert (ack.to_tag, bye.to_tag) == ("callee", "callee")
        callee.reply(200, to=bye)
        await call.ended.wait()
        assert not [event for event in call.mailbox.history if isinstance(event, Connected | Disconnected)]
        assert alice.ports.open_ports == 0


@pytest.mark.conformance(71)
@virtual
async def test_cancel_that_crosses_the_success_changes_nothing_for_the_callee() -> None:
    async with Stage() as stage:
        bob, _, caller, incoming = await invite_bob(stage)
        incoming.answer()
        caller.ask("CANCEL", cseq=1)
        answers = [await caller.hear(200), await caller.hear(200)]
        assert sorted(answer.header("CSeq") for answer in answers) == ["1 CANCEL", "1 INVITE"]
        assert bob.sent(487) == []
        caller.ask("ACK", cseq=1)
        caller.ask("BYE")
        assert (await disconnected(incoming)).cause is Cause.BYE


@pytest.mark.conformance(72)
@virtual
async def test_call_without_final_response_counts_as_cancelled_after_32_s() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await ring_alice_s_call(stage)
        call.release()
        callee.reply(200, to=await peer.hear("CANCEL"))
        await rest(31.9)
        assert call.is_live
        await rest(0.2)
        assert not call.is_live
        assert len(alice.agent.layer) == 0
        callee.reply(487)
        await rest(70)
        assert peer.count("ACK") == 0
        assert len(alice.agent.layer.timers) == 0


@pytest.mark.conformance(72)
@virtual
async def test_cancel_and_invite_that_nobody_answers_leave_nothing() -> None:
    async with Stage() as stage:
        alice, _, call, _ = await ring_alice_s_call(stage)
        await hang_up(call)
        await rest(1)
        assert call.state is CallState.ENDED
        assert (len(alice.agent.layer), alice.ports.open_ports) == (0, 0)


@pytest.mark.conformance(34, 72)
@virtual
async def test_early_given_up_call_that_only_rings_leaves_nothing() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        call.release()
        callee.reply(180)
        callee.reply(200, to=await peer.hear("CANCEL"))
        await rest(70)
        assert len(alice.agent.layer) == 0


@virtual
async def test_release_is_over_with_the_answer_to_cancel() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await ring_alice_s_call(stage)
        call.release()
        assert not call.released.is_set
        callee.reply(481, to=await peer.hear("CANCEL"))
        await call.released.wait()
        callee.reply(487)
        await call.ended.wait()
        assert not [event for event in call.mailbox.history if isinstance(event, Disconnected)]


@pytest.mark.conformance(71)
@virtual
async def test_cancel_has_nothing_but_what_identifies_the_invite() -> None:
    async with Stage() as stage:
        alice, _, call, _ = await ring_alice_s_call(stage)
        call.release()
        (cancel,) = alice.sent("CANCEL")
        assert isinstance(cancel, Request)
        assert [name for name, _ in cancel.header_lines] == [
            *("Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Content-Length")
        ]
        assert cancel.to_tag == ""


@pytest.mark.conformance(42)
@virtual
async def test_stray_cancel_gets_481() -> None:
    async with Stage() as stage:
        _, peer, caller = await meet_bob(stage)
        caller.ask("CANCEL", cseq=1, branch=peer.new_branch())
        await peer.hear(481)


@pytest.mark.conformance(37)
@virtual
async def test_require_in_a_cancel_is_ignored() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_bob(stage)
        caller.ask("CANCEL", cseq=1, Require="unheard-of")
        await peer.hear(200)
        assert (await disconnected(incoming)).cause is Cause.CANCEL


@virtual
async def test_cancel_after_a_refusal_changes_nothing() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite()
        (await bob.take()).reject(486)
        await caller.hear(486)
        caller.ask("CANCEL", cseq=1)
        await peer.hear(200)
        assert bob.sent(487) == []
