"""A 2xx that is repeated until its ACK, and an ACK until nobody asks. Source: RFC 3261 §13.2.2.4, §13.3.1.4."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause, Connected
from sipflow.testing.agents import (
    Stage,
    connected,
    disconnected,
    rest,
    virtual,
)
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.scenes import REPEATED, both_transports, invite_bob, let_alice_call, meet_bob, since


@pytest.mark.conformance(28)
@both_transports
@virtual
async def test_success_is_repeated_until_32_s_and_then_the_callee_hangs_up(transport: str) -> None:
    async with Stage() as stage:
        bob, peer, _, incoming = await invite_bob(stage, transport)
        incoming.answer()
        start = bob.agent.clock.now()
        bye = await peer.hear("BYE")
        assert since(start, bob.times(200)) == REPEATED
        assert since(start, [bye.at]) == [32.001]
        event = await disconnected(incoming)
        assert (event.cause, str(event.reason)) == (Cause.TIMEOUT, "no ACK")
        assert not [event for event in incoming.mailbox.history if isinstance(event, Connected)]


@pytest.mark.conformance(28, 77)
@virtual
async def test_repeated_invite_is_absorbed_while_the_success_is_repeated() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        branch = caller.invite()
        incoming = await bob.take()
        incoming.answer()
        await caller.hear(200)
        caller.invite(cseq=1, branch=branch, To=f"<{caller.uri}>")
        await rest(0.1)
        assert len(bob.sent(200)) == 1
        caller.ask("ACK")
        await connected(incoming)
        assert len(bob.incoming) == 0


@pytest.mark.conformance(77)
@virtual
async def test_success_is_repeated_over_a_lost_ack_and_media_stay() -> None:
    async with Stage() as stage:
        bob, _, caller, incoming = await invite_bob(stage)
        incoming.answer()
        await caller.hear(200)
        await rest(4)
        assert len(bob.sent(200)) == 4
        assert bob.ports.open_ports == 1
        caller.ask("ACK")
        await connected(incoming)
        await rest(60)
        assert len(bob.sent(200)) == 4


@pytest.mark.conformance(77)
@pytest.mark.parametrize("wrong", [{"cseq": 2}, {"to_tag": "other"}, {"to_tag": ""}], ids=str)
@virtual
async def test_ack_that_is_not_the_one_is_not_taken_for_it(wrong: dict[str, object]) -> None:
    async with Stage() as stage:
        bob, _, caller, incoming = await invite_bob(stage)
        incoming.answer()
        await caller.hear(200)
        caller.ask("ACK", **wrong)  # type: ignore[arg-type]
        await rest(1)
        assert incoming.state is CallState.ACCEPTED
        assert len(bob.sent(200)) == 2
        caller.ask("ACK")
        await connected(incoming)


@pytest.mark.conformance(29)
@virtual
async def test_every_repeated_success_is_acknowledged_by_the_same_ack() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO)
        await connected(call)
        for _ in range(3):
            await rest(2)
            callee.reply(200, body=AUDIO)
        await rest(1)
        acks = [message.data for message in peer.heard if message.is_a("ACK")]
        assert len(acks) == 4
        assert len(set(acks)) == 1
        assert len([event for event in call.mailbox.history if isinstance(event, Connected)]) == 1


@pytest.mark.conformance(29)
@virtual
async def test_repeated_success_is_acknowledged_after_the_call_has_ended_too() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO)
        await connected(call)
        call.release()
        callee.reply(200, to=await peer.hear("BYE"))
        await rest(1)
        assert call.state is CallState.ENDED
        callee.reply(200, body=AUDIO)
        await rest(1)
        assert (peer.count("ACK"), peer.count("BYE")) == (2, 1)
