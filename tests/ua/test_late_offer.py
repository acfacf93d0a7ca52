"""INVITEs of ours without an offer. Source: RFC 3261 §13.2.1, RFC 3264 §4."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause, Held
from sipflow.testing.agents import Stage, connected, disconnected, hang_up, happens, rest, ringing, virtual
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.descriptions import audio, direction_in
from tests.ua.scenes import connect_to_bob

NO_CODEC = AUDIO.replace("RTP/AVP 0 8 101", "RTP/AVP 3")


@pytest.mark.conformance(76)
@virtual
async def test_offer_in_the_success_is_answered_in_the_ack() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.agent.call(peer.uri, offers=False)
        callee = await peer.expect_call()
        assert callee.invite.body == b""
        assert callee.invite.headers("Content-Type") == []
        callee.reply(200, body=audio("sendonly", 1))
        ack = await peer.hear("ACK")
        assert direction_in(ack.body) == "recvonly"
        assert ack.header("Content-Type") == "application/sdp"
        await connected(call)
        callee.reply(200, body=audio("sendonly", 1))
        assert (await peer.hear("ACK")).data == ack.data


@pytest.mark.conformance(76)
@virtual
async def test_two_agents_talk_after_a_late_offer() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.agent.call(bob.uri, offers=False)
        incoming = await bob.take()
        incoming.ring(183)
        await ringing(outgoing, 183)
        assert alice.received(183)[0].body == b""  # it may be lost, so it can't carry the offer
        incoming.answer()
        await connected(outgoing, incoming)
        assert (alice.ports.open_ports, bob.ports.open_ports) == (1, 1)
        hold = outgoing.modify("sendonly")
        await happens(incoming, Held)
        await hold.done.wait()
        assert hold.status == 200
        await hang_up(outgoing)


@pytest.mark.conformance(76, 111)
@pytest.mark.parametrize("offer", ["", NO_CODEC, "nonsense"], ids=["none", "no-codec", "nonsense"])
@virtual
async def test_offer_that_can_not_be_answered_is_acknowledged_and_hung_up(offer: str) -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.agent.call(peer.uri, offers=False)
        callee = await peer.expect_call()
        callee.reply(200, body=offer)
        assert (await peer.hear("ACK")).body == b""
        await peer.hear("BYE")
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.REJECTED, 488)


@pytest.mark.conformance(73, 76)
@virtual
async def test_only_the_first_of_several_offers_is_answered() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.agent.call(peer.uri, offers=False)
        callee = await peer.expect_call()
        callee.reply(200, "one", AUDIO)
        callee.reply(200, "two", AUDIO)
        acks = {ack.to_tag: ack.body for ack in (await peer.hear("ACK"), await peer.hear("ACK"))}
        assert acks["one"]
        assert acks["two"] == b""
        assert (await peer.hear("BYE")).to_tag == "two"
        assert call.state is CallState.CONFIRMED


@pytest.mark.conformance(76, 110)
@virtual
async def test_call_that_we_hold_stays_held_where_the_peer_asks_for_our_offer() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        hold = incoming.modify("sendonly")
        caller.reply(200, audio("recvonly"), to=await peer.hear("INVITE"))
        await hold.done.wait()
        caller.invite("")
        assert direction_in((await caller.hear(200)).body) == "sendonly"
        caller.ask("ACK", audio("inactive", 3))
        await happens(incoming, Held)
        await rest(1)
        assert incoming.state is CallState.CONFIRMED
