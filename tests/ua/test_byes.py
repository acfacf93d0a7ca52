"""The end of calls by BYE, whatever it crosses. Source: RFC 3261 §15."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause, Connected, Disconnected
from sipflow.sip.message import Response
from sipflow.testing.agents import (
    Stage,
    connected,
    connected_pair,
    disconnected,
    hang_up,
    rest,
    virtual,
)
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.scenes import REPEATED, invite_bob, let_alice_call, since


@pytest.mark.conformance(74)
@virtual
async def test_callee_that_hangs_up_before_the_ack_waits_for_it() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_bob(stage)
        incoming.answer()
        incoming.release()
        await caller.hear(200)
        await rest(5)
        assert peer.count("BYE") == 0
        caller.ask("ACK")
        await peer.hear("BYE", limit_s=0.1)


@pytest.mark.conformance(74)
@virtual
async def test_callee_that_hangs_up_before_the_ack_sends_bye_when_none_comes() -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer()
        peer.caller(bob.agent.local).invite()
        incoming = await bob.take()
        incoming.answer()
        incoming.release()
        start = bob.agent.clock.now()
        assert since(start, [(await peer.hear("BYE")).at]) == [32.001]
        assert not [event for event in incoming.mailbox.history if isinstance(event, Disconnected)]


@pytest.mark.conformance(74)
@virtual
async def test_caller_may_end_an_early_dialog_with_bye() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await invite_bob(stage)
        incoming.ring()
        await caller.hear(180)
        caller.ask("BYE")
        await peer.hear(200)
        await peer.hear(487)
        assert (await disconnected(incoming)).cause is Cause.BYE


@virtual
async def test_bye_that_overtakes_the_ack_ends_the_call_once_both_are_there() -> None:
    async with Stage() as stage:
        bob, _, caller, incoming = await invite_bob(stage)
        incoming.answer()
        await caller.hear(200)
        caller.ask("BYE")
        await rest(0.2)
        caller.ask("ACK", cseq=1)
        assert (await disconnected(incoming)).cause is Cause.BYE
        assert [type(event) for event in incoming.mailbox.history] == [Connected, Disconnected]
        await rest(60)
        assert [message.header_values("CSeq") for message in bob.sent(200)] == [["1 INVITE"], ["2 BYE"]]


@virtual
async def test_bye_whose_ack_is_lost_ends_the_call_after_two_repetitions_of_the_success() -> None:
    async with Stage() as stage:
        bob, _, caller, incoming = await invite_bob(stage)
        incoming.answer()
        await caller.hear(200)
        caller.ask("BYE")
        assert (await disconnected(incoming)).cause is Cause.BYE
        assert [type(event) for event in incoming.mailbox.history] == [Disconnected]
        await rest(60)
        answered = [message.header_values("CSeq") for message in bob.sent(200)]
        assert answered == [["1 INVITE"], ["2 BYE"], ["1 INVITE"], ["1 INVITE"]]


@virtual
async def test_call_whose_bye_overtook_the_ack_is_released_at_once() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_bob(stage)
        incoming.answer()
        await caller.hear(200)
        caller.ask("BYE")
        await rest(0.1)
        incoming.release()
        assert incoming.released.is_set
        assert incoming.mailbox.history == []


@pytest.mark.conformance(82)
@virtual
async def test_crossing_byes_end_both_sides_cleanly() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, incoming = await connected_pair(alice, bob)
        outgoing.release()
        incoming.release()
        await outgoing.released.wait()
        await incoming.released.wait()
        await rest(10)
        assert (outgoing.state, incoming.state) == (CallState.ENDED, CallState.ENDED)
        assert (len(alice.sent("BYE")), len(bob.sent("BYE"))) == (1, 1)
        assert all(message.status in (200, 481) for message in alice.received(200) if isinstance(message, Response))
        assert not [
            event for call in (outgoing, incoming) for event in call.mailbox.history if isinstance(event, Disconnected)
        ]


@pytest.mark.conformance(75)
@pytest.mark.parametrize("status", [200, 408, 481, 500])
@virtual
async def test_any_final_response_to_bye_ends_the_call(status: int) -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO)
        await connected(call)
        call.release()
        callee.reply(status, to=await peer.hear("BYE"))
        await call.released.wait()
        assert call.state is CallState.ENDED


@pytest.mark.conformance(75)
@virtual
async def test_unanswered_bye_ends_the_call_after_32_s() -> None:
    async with Stage() as stage:
        alice, _, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO)
        await connected(call)
        start = alice.agent.clock.now()
        await hang_up(call)
        assert alice.agent.clock.now() - start == pytest.approx(32, abs=0.01)
        assert since(start, alice.times("BYE")) == pytest.approx(REPEATED, abs=0.01)


@virtual
async def test_release_twice_sends_one_bye() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, _ = await connected_pair(alice, bob)
        outgoing.release()
        outgoing.release()
        await outgoing.released.wait()
        outgoing.release()
        await rest(1)
        assert len(alice.sent("BYE")) == 1
