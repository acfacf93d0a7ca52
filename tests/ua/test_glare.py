"""Changes of a session that cross each other. Source: RFC 3261 §14.1, §14.2, RFC 3311 §5.2."""

from __future__ import annotations

import pytest

from sipflow.net.pump import MIN_SPACING_S
from sipflow.testing.agents import Stage, connected_pair, rest, virtual
from sipflow.testing.memory_peer import Callee, MemoryPeer
from sipflow.ua import CallState, OutgoingCall
from tests.ua.descriptions import audio, direction_in
from tests.ua.scenes import call_to_peer, connect_to_bob

ROUND_TRIP_S = 0.002
"""Of the network in memory."""


def is_in_steps(wait_s: float) -> bool:
    """Whether it is a whole number of 10 ms, but for a tick of the timers, which comes up to 5 ms late."""
    return wait_s - int(wait_s * 100 + 0.01) / 100 <= MIN_SPACING_S + 1e-6


@pytest.mark.conformance(78, 91)
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@virtual
async def test_change_that_crosses_ours_gets_491(method: str) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        call.modify("sendonly", method)
        ours = await peer.hear(method)
        callee.ask("INVITE", body=audio())
        await peer.hear(491)
        callee.ask("UPDATE", body=audio())
        await peer.hear(491)
        callee.reply(200, body=audio("recvonly"), to=ours)


@pytest.mark.conformance(91)
@virtual
async def test_update_without_an_offer_crosses_ours_without_harm() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly")
        ours = await peer.hear("INVITE")
        callee.ask("UPDATE")
        assert (await peer.hear(200)).body == b""
        callee.reply(200, body=audio("recvonly"), to=ours)
        await hold.done.wait()
        assert hold.status == 200


async def waited_after_491(peer: MemoryPeer, callee: Callee, call: OutgoingCall) -> float:
    """How long it takes from 491 to the next try, in seconds."""
    hold = call.modify("sendonly", "UPDATE")
    first = await peer.hear("UPDATE")
    callee.reply(491, to=first)
    second = await peer.hear("UPDATE")
    assert direction_in(second.body) == "sendonly"
    assert second.branch != first.branch
    callee.reply(200, body=audio("recvonly"), to=second)
    await hold.done.wait()
    assert hold.status == 200
    back = call.modify("sendrecv", "UPDATE")
    callee.reply(200, body=audio(), to=await peer.hear("UPDATE"))
    await back.done.wait()
    return round(second.at - first.at - ROUND_TRIP_S, 6)


@pytest.mark.conformance(78)
@virtual
async def test_owner_of_the_call_id_waits_2_1_to_4_s() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        waits = [await waited_after_491(peer, callee, call) for _ in range(50)]
        assert 2.1 <= min(waits) < 2.5
        assert 3.5 < max(waits) <= 4.0 + MIN_SPACING_S
        assert all(is_in_steps(wait) for wait in waits)


@pytest.mark.conformance(78)
@virtual
async def test_other_side_waits_0_to_2_s() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        waits = []
        for number in range(50):
            direction = ("sendonly", "sendrecv")[number % 2]
            change = incoming.modify(direction, "UPDATE")
            first = await peer.hear("UPDATE")
            caller.reply(491, to=first)
            second = await peer.hear("UPDATE")
            caller.reply(200, audio({"sendonly": "recvonly"}.get(direction, direction)), to=second)
            await change.done.wait()
            waits.append(round(second.at - first.at - ROUND_TRIP_S, 6))
        assert 0 <= min(waits) < 0.4
        assert 1.6 < max(waits) <= 2.0 + MIN_SPACING_S
        assert all(is_in_steps(wait) for wait in waits)


@pytest.mark.conformance(78)
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@virtual
async def test_holds_that_cross_are_both_done_in_the_end(method: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, incoming = await connected_pair(alice, bob)
        holds = [call.modify("sendonly", method) for call in (outgoing, incoming)]
        for hold in holds:
            await hold.done.wait()
        assert [hold.status for hold in holds] == [200, 200]
        assert len(alice.sent(491)) + len(bob.sent(491)) == 2
        await rest(40)
        assert (outgoing.state, incoming.state) == (CallState.CONFIRMED, CallState.CONFIRMED)
        assert outgoing.exchange.session.is_held
        assert incoming.exchange.session.is_held


@pytest.mark.conformance(78)
@virtual
async def test_glare_without_end_is_given_up() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly", "UPDATE")
        for _ in range(8):
            callee.reply(491, to=await peer.hear("UPDATE"))
        await hold.done.wait()
        assert (hold.status, peer.count("UPDATE"), call.state) == (491, 8, CallState.CONFIRMED)


@pytest.mark.conformance(78, 80)
@virtual
async def test_session_can_be_changed_by_the_peer_between_491_and_our_next_try() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly")
        callee.reply(491, to=await peer.hear("INVITE"))
        await peer.hear("ACK")
        await peer.hear("ACK")
        callee.ask("INVITE", body=audio("sendonly"))
        assert direction_in((await peer.hear(200)).body) == "recvonly"
        callee.ask("ACK", cseq=101)
        invite = await peer.hear("INVITE")
        assert direction_in(invite.body) == "inactive"
        callee.reply(200, body=audio("inactive", 3), to=invite)
        await hold.done.wait()
        assert hold.status == 200


@pytest.mark.conformance(79, 91)
@virtual
async def test_change_that_is_told_to_come_later_does() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly", "UPDATE")
        first = await peer.hear("UPDATE")
        callee.reply(500, to=first, Retry_After="7")
        second = await peer.hear("UPDATE")
        assert round(second.at - first.at - ROUND_TRIP_S, 6) == 7
        callee.reply(200, body=audio("recvonly"), to=second)
        await hold.done.wait()
        assert hold.status == 200


@virtual
async def test_change_of_ours_waits_for_the_ack_to_the_peers() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        caller.invite(audio())
        await caller.hear(200)
        incoming.modify("sendonly")
        await rest(1)
        assert peer.count("INVITE") == 0
        caller.ask("ACK")
        assert direction_in((await peer.hear("INVITE")).body) == "sendonly"
