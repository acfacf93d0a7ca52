"""UPDATE of the peer, and of ours in early dialogs. Source: RFC 3311."""

from __future__ import annotations

import pytest

from sipflow.testing.agents import Stage, connected, connected_pair, hang_up, rest, ringing, virtual
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState, OutgoingCall
from sipflow.ua.exchange import AGREED, OFFERED
from sipflow.ua.sending import send_request
from sipflow.ua.sent_request import SentRequest
from tests.ua.descriptions import audio, direction_in
from tests.ua.scenes import call_to_peer, connect_to_bob, invite_bob, let_alice_call, meet_bob

NO_CODEC = AUDIO.replace("RTP/AVP 0 8 101", "RTP/AVP 3")


@pytest.mark.conformance(69, 91)
@virtual
async def test_update_is_answered_with_contact_and_moves_the_target() -> None:
    async with Stage() as stage:
        bob, _, caller, incoming = await connect_to_bob(stage)
        moved = await stage.peer(name="moved")
        caller.ask("UPDATE", audio("sendonly"), Contact=f"<sip:moved@{moved.address}>")
        answer = await caller.hear(200)
        assert answer.header("Contact") == f"<{bob.agent.address}>"
        assert "UPDATE" in answer.header("Allow")
        assert direction_in(answer.body) == "recvonly"
        incoming.release()
        assert (await moved.hear("BYE")).start_line == f"BYE sip:moved@{moved.address} SIP/2.0"


@pytest.mark.conformance(80, 91)
@virtual
async def test_update_that_can_not_be_agreed_to_leaves_all_as_it_was() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        caller.ask("UPDATE", NO_CODEC, Contact="<sip:elsewhere@192.0.2.1>")
        assert (await caller.hear(488)).header("Warning").startswith("305 ")
        caller.ask("UPDATE", "nonsense")
        await caller.hear(400)
        caller.ask("UPDATE", audio("sendonly"))
        assert direction_in((await caller.hear(200)).body) == "recvonly"
        assert incoming.state is CallState.CONFIRMED


@pytest.mark.conformance(91)
@virtual
async def test_update_with_an_offer_while_the_invites_is_unanswered_gets_500_with_retry_after() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_bob(stage)
        incoming.ring(183)
        await caller.hear(183)
        caller.ask("UPDATE", audio("sendonly"))
        assert 0 <= int((await caller.hear(500)).header("Retry-After")) <= 10
        caller.ask("UPDATE")
        await caller.hear(200)


@pytest.mark.conformance(91)
@virtual
async def test_update_in_an_early_dialog_changes_what_a_reliable_response_has_agreed() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite(Supported="100rel")
        incoming = await bob.take()
        incoming.ring(183, reliable=True)
        rseq = (await caller.hear(183)).header("RSeq")
        caller.ask("PRACK", RAck=f"{rseq} 1 INVITE")
        await caller.hear(200)
        caller.ask("UPDATE", audio("sendonly"))
        assert direction_in((await caller.hear(200)).body) == "recvonly"
        incoming.answer()
        assert (await caller.hear(200)).body == b""
        caller.ask("ACK", cseq=1)


@pytest.mark.conformance(91)
@virtual
async def test_both_sides_update_an_early_dialog() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring(183, reliable=True)
        await ringing(outgoing, 183)
        await rest(0.1)
        for call in (incoming, outgoing):
            change = call.modify("sendonly", "UPDATE")
            await change.done.wait()
            assert change.status == 200
        assert direction_in(alice.sent("UPDATE")[0].body) == "inactive"
        incoming.answer()
        await rest(1)
        assert (outgoing.state, incoming.state) == (CallState.CONFIRMED, CallState.CONFIRMED)
        assert outgoing.exchange.session.is_held


@pytest.mark.conformance(66, 91)
@virtual
async def test_every_early_dialog_has_a_session_of_its_own() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        for number, tag in enumerate(("desk", "mobile"), start=1):
            callee.reply(183, tag, AUDIO, Require="100rel", RSeq="5")
            prack = await peer.hear("PRACK")
            assert (prack.to_tag, prack.header("RAck"), prack.header("CSeq")) == (tag, "5 1 INVITE", "2 PRACK")
            callee.reply(200, tag, to=prack)
            assert len(call.dialogs()) == number
        callee.ask("UPDATE", "desk", audio("sendonly"))
        assert direction_in((await peer.hear(200)).body) == "recvonly"
        callee.ask("UPDATE", "mobile", audio("inactive"))
        assert direction_in((await peer.hear(200)).body) == "inactive"
        callee.reply(200, "desk")
        callee.reply(200, "mobile")
        await peer.hear("ACK")
        assert (await peer.hear("BYE")).to_tag == "mobile"
        assert call.dialog is not None
        assert call.dialog.remote_tag == "desk"
        callee.ask("UPDATE", "desk", audio("sendrecv", 3))
        assert direction_in((await peer.hear(200)).body) == "sendrecv"


@pytest.mark.conformance(91)
@virtual
async def test_update_within_our_own_call_before_any_reliable_response_gets_491() -> None:
    async with Stage() as stage:
        _, peer, _, callee = await let_alice_call(stage)
        callee.reply(180)
        await rest(0.1)
        callee.ask("UPDATE", body=audio())
        await peer.hear(491)


@virtual
async def test_update_after_our_bye_gets_481() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        call.release()
        await peer.hear("BYE")
        callee.ask("UPDATE", body=audio())
        await peer.hear(481)


def update_by_hand(call: OutgoingCall, body: str) -> SentRequest:
    return send_request(call.agent, "UPDATE", "", (("Content-Type", "application/sdp"),), body.encode(), within=call)


def direction_of(call: OutgoingCall) -> str:
    """Which way our media flows by what is agreed."""
    stream = call.stream
    assert stream is not None
    assert stream.session is not None
    return str(stream.session.local_direction)


@pytest.mark.conformance(91)
@virtual
async def test_offer_by_hand_is_agreed_on_like_our_own() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", has_media=True), await stage.agent("bob")
        call, _ = await connected_pair(alice, bob)
        sent = update_by_hand(call, audio("sendonly").replace("o=peer 1 2 ", "o=hand 9 41 "))
        await sent.done.wait()
        assert (direction_of(call), call.exchange.state) == ("sendonly", AGREED)
        await call.modify("sendrecv").done.wait()
        assert direction_of(call) == "sendrecv"
        assert b" 42 IN IP4 " in alice.sent("INVITE")[-1].body
        await hang_up(call)


@pytest.mark.conformance(80, 91)
@pytest.mark.parametrize(("status", "answer"), [(488, ""), (200, ""), (200, "nonsense"), (200, NO_CODEC)], ids=repr)
@virtual
async def test_offer_by_hand_that_is_not_answered_leaves_all_as_it_was(status: int, answer: str) -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage, has_media=True)
        callee.reply(200, body=AUDIO)
        await connected(call)
        sent = update_by_hand(call, audio("sendonly"))
        callee.reply(status, body=answer, to=await peer.hear("UPDATE"))
        await sent.done.wait()
        assert (direction_of(call), call.exchange.state, call.state) == ("sendrecv", AGREED, CallState.CONFIRMED)
        again = call.modify("inactive")
        callee.reply(200, body=audio("inactive"), to=await peer.hear("INVITE"))
        await again.done.wait()
        assert direction_of(call) == "inactive"
        assert len(alice.sent("UPDATE")) == 1


@virtual
async def test_description_by_hand_that_is_no_offer_goes_out_as_it_stands() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO)
        await connected(call)
        update_by_hand(call, "nonsense")
        assert (await peer.hear("UPDATE")).body == b"nonsense"
        assert call.exchange.state == AGREED
        held = call.modify("sendonly")
        reinvite = await peer.hear("INVITE")
        crossing = update_by_hand(call, audio("inactive"))
        callee.reply(491, to=await peer.hear("UPDATE"))
        await crossing.done.wait()
        assert call.exchange.state == OFFERED
        callee.reply(200, body=audio("recvonly"), to=reinvite)
        await held.done.wait()
        assert held.status == 200
