"""Whole calls between two user agents, or with a scripted peer, on a network in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sipflow.base.call_events import Cause, Disconnected, Progressed
from sipflow.base.errors import LocalProtocolError
from sipflow.sip.message import Request
from sipflow.testing.agents import (
    Stage,
    connected,
    connected_pair,
    disconnected,
    hang_up,
    happens,
    rest,
    virtual,
)
from sipflow.testing.under_way import Weather
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.scenes import both_transports


@both_transports
@pytest.mark.parametrize("caller_hangs_up", [True, False], ids=["caller-hangs-up", "callee-hangs-up"])
@virtual
async def test_call_is_rung_answered_and_hung_up(transport: str, caller_hangs_up: bool) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", transport=transport), await stage.agent("bob", transport=transport)
        outgoing, incoming = await connected_pair(alice, bob)
        assert (alice.ports.open_ports, bob.ports.open_ports) == (1, 1)
        one, other = (outgoing, incoming) if caller_hangs_up else (incoming, outgoing)
        await hang_up(one)
        assert (await disconnected(other)).cause is Cause.BYE
        assert not [event for event in one.mailbox.history if isinstance(event, Disconnected)]
        assert (one.state, other.state) == (CallState.ENDED, CallState.ENDED)
        assert (alice.ports.open_ports, bob.ports.open_ports) == (0, 0)
        methods = [seen.message.method for seen in alice.log if isinstance(seen.message, Request)]
        assert methods == ["INVITE", "ACK", "BYE"]
        assert {seen.flow.transport for seen in alice.log + bob.log} == {transport}


@pytest.mark.conformance(34)
@both_transports
@virtual
async def test_nothing_is_left_of_a_call_after_its_timers(transport: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", transport=transport), await stage.agent("bob", transport=transport)
        outgoing, _ = await connected_pair(alice, bob)
        await hang_up(outgoing)
        await rest(70)
        for party in (alice, bob):
            assert len(party.agent.layer) == len(party.agent.layer.timers) == len(party.agent.calls) == 0
            assert party.agent.dialogs == {}


@virtual
async def test_release_of_an_unanswered_incoming_call_refuses_it() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring()
        await hang_up(incoming)
        event = await disconnected(outgoing)
        assert (event.cause, event.status) == (Cause.REJECTED, 480)


@virtual
async def test_early_media_carry_the_description_that_the_answer_repeats() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring(183)
        assert (await happens(outgoing, Progressed)).status == 183
        incoming.answer()
        await connected(outgoing, incoming)
        (progress,), (answer,) = bob.sent(183), bob.sent(200)
        assert progress.body == answer.body != b""
        assert progress.header("Content-Type") == "application/sdp"


@pytest.mark.parametrize("act", ["ring", "answer", "reject"])
@virtual
async def test_nothing_can_be_said_to_a_call_that_is_over(act: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, incoming = await connected_pair(alice, bob)
        acts: dict[str, Callable[[], None]] = {
            "ring": incoming.ring,
            "answer": incoming.answer,
            "reject": lambda: incoming.reject(486),
        }
        act_on = acts[act]
        with pytest.raises(LocalProtocolError, match="confirmed"):
            act_on()
        await hang_up(outgoing)
        with pytest.raises(LocalProtocolError, match="ended"):
            act_on()
        assert len(bob.sent(200)) == 2


@virtual
async def test_many_calls_share_two_sockets() -> None:
    async with Stage(Weather(seed=7, max_delay_s=0.05)) as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        pairs = [(alice.call(bob.uri), n) for n in range(50)]
        taken = [await bob.take() for _ in pairs]
        for incoming in taken:
            incoming.answer()
        for outgoing, _ in pairs:
            await connected(outgoing)
        await connected(*taken)
        for outgoing, _ in pairs[::2]:
            outgoing.release()
        for incoming in taken:
            if incoming.sip_call_id in {call.sip_call_id for call, n in pairs if n % 2}:
                incoming.release()
        for outgoing, _ in pairs:
            await outgoing.ended.wait()
        assert len(alice.sent("BYE")) == len(bob.sent("BYE")) == 25


@pytest.mark.parametrize("seed", range(20))
@virtual
async def test_call_survives_loss_duplication_and_reordering(seed: int) -> None:
    weather = Weather(seed=seed, min_delay_s=0.01, max_delay_s=0.8, loss=0.25, duplicate=0.2)
    async with Stage(weather) as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring()
        incoming.answer()
        await connected(outgoing, incoming)
        await rest(2)
        await hang_up(outgoing)
        await incoming.ended.wait()
        await rest(70)
        assert (len(alice.agent.layer), len(bob.agent.layer)) == (0, 0)
        assert len(bob.incoming) == 0


@virtual
async def test_close_drops_a_live_call_without_a_word() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, _ = await connected_pair(alice, bob)
        await alice.agent.close()
        await alice.agent.close()
        assert alice.sent("BYE") == []
        assert (outgoing.state, alice.ports.open_ports) == (CallState.ENDED, 0)


@virtual
async def test_agent_can_call_itself() -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice")
        outgoing, incoming = await connected_pair(alice, alice)
        await hang_up(incoming)
        assert (await disconnected(outgoing)).cause is Cause.BYE


@virtual
async def test_listener_may_release_the_call_that_it_is_told_about() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        for body in (AUDIO, "unusable"):
            call = alice.call(peer.uri)
            call.mailbox.listener = lambda _, call=call: call.release()
            callee = await peer.expect_call()
            callee.reply(200, body=body)
            callee.reply(200, to=await peer.hear("BYE"))
            await call.ended.wait()
        assert peer.count("BYE") == 2
