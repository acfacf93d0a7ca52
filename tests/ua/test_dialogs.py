"""Route sets, targets and re-INVITEs of standing calls. Source: RFC 3261 §12, §14."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause
from sipflow.sip.message import Request
from sipflow.testing.agents import Stage, connected, disconnected, rest, virtual
from sipflow.testing.memory_peer import Callee
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.descriptions import audio
from tests.ua.scenes import call_to_peer, connect_to_bob, invite_bob, let_alice_call, meet_bob

NO_CODEC = AUDIO.replace("RTP/AVP 0 8 101", "RTP/AVP 3")


@pytest.mark.conformance(67)
@pytest.mark.parametrize("lr", ["lr", "lr=on"])
@virtual
async def test_caller_routes_by_the_reversed_record_route(lr: str) -> None:
    async with Stage() as stage:
        near = await stage.peer(name="near")
        hops = (f"<sip:far@192.0.2.1;{lr}>", f"<sip:near@{near.address};{lr}>;hop=1")
        peer, _, call = await call_to_peer(stage, Record_Route=", ".join(hops), Contact="<sip:bob@192.0.2.7:5070>")
        ack = await near.hear("ACK")
        call.release()
        bye = await near.hear("BYE")
        for request in (ack, bye):
            assert request.headers("Route") == [hops[1], hops[0]]
            assert request.start_line == f"{request.method} sip:bob@192.0.2.7:5070 SIP/2.0"
        assert (peer.count("ACK"), peer.count("BYE")) == (0, 0)
        near_answer = Callee(near, bye)
        near_answer.reply(200)
        await call.ended.wait()


@pytest.mark.conformance(67)
@virtual
async def test_callee_routes_by_the_record_route_in_order_and_copies_it_into_its_responses() -> None:
    async with Stage() as stage:
        bob, peer, near = await stage.agent("bob"), await stage.peer(), await stage.peer(name="near")
        hops = (f"<sip:near@{near.address};lr>", "<sip:far@192.0.2.1;lr>")
        caller = peer.caller(bob.agent.local)
        caller.invite(Record_Route=", ".join(hops), Contact="<sip:alice@192.0.2.8>")
        incoming = await bob.take()
        incoming.ring()
        incoming.answer()
        for status in (180, 200):
            assert ", ".join((await caller.hear(status)).headers("Record-Route")) == ", ".join(hops)
        caller.ask("ACK")
        await connected(incoming)
        incoming.release()
        bye = await near.hear("BYE")
        assert bye.headers("Route") == list(hops)
        assert bye.start_line == "BYE sip:alice@192.0.2.8 SIP/2.0"
        assert bye.header("To") == f"<sip:peer@{peer.address}>;tag={caller.tag}"


@pytest.mark.conformance(67)
@virtual
async def test_route_given_for_a_call_is_followed_by_all_of_its_transaction() -> None:
    async with Stage() as stage:
        alice, proxy = await stage.agent("alice"), await stage.peer(name="proxy")
        route = f"<sip:{proxy.address};lr>"
        call = alice.call("sip:bob@192.0.2.1", Route=f"{route}, <sip:next@192.0.2.2;lr>")
        callee = await proxy.expect_call()
        callee.reply(180)
        await rest(0.1)
        call.release()
        callee.reply(200, to=await proxy.hear("CANCEL"))
        callee.reply(487)
        await proxy.hear("ACK")
        for method in ("INVITE", "CANCEL", "ACK"):
            (request,) = alice.sent(method)
            assert isinstance(request, Request)
            assert request.uri == "sip:bob@192.0.2.1"
            assert request.route == [route, "<sip:next@192.0.2.2;lr>"]


@pytest.mark.conformance(66, 67)
@virtual
async def test_route_set_of_an_early_dialog_is_computed_anew_from_its_success() -> None:
    async with Stage() as stage:
        alice, peer, near = await stage.agent("alice"), await stage.peer(), await stage.peer(name="near")
        call = alice.call(peer.uri)
        callee = await peer.expect_call()
        callee.reply(180, Record_Route="<sip:early@192.0.2.1;lr>", Contact="<sip:early@192.0.2.2>")
        callee.reply(200, body=AUDIO, Record_Route=f"<sip:{near.address};lr>")
        ack = await near.hear("ACK")
        assert ack.headers("Route") == [f"<sip:{near.address};lr>"]
        assert ack.start_line == f"ACK sip:callee@{peer.address} SIP/2.0"
        await connected(call)


@pytest.mark.conformance(69)
@virtual
async def test_reinvite_moves_the_target_but_not_the_route_set() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        moved = await stage.peer(name="moved")
        caller.invite(Contact=f"<sip:moved@{moved.address}>", Record_Route="<sip:new@192.0.2.1;lr>")
        await caller.hear(200)
        caller.ask("ACK")
        await rest(0.1)
        incoming.release()
        bye = await moved.hear("BYE")
        assert bye.start_line == f"BYE sip:moved@{moved.address} SIP/2.0"
        assert bye.headers("Route") == []
        assert peer.count("BYE") == 0


@pytest.mark.conformance(69, 80)
@virtual
async def test_refused_reinvite_leaves_session_and_target_as_they_were() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        caller.invite(NO_CODEC, Contact="<sip:elsewhere@192.0.2.1>")
        refusal = await caller.hear(488)
        assert refusal.header("Warning").startswith("305 ")
        caller.ask("ACK", branch=caller.branch)
        await rest(1)
        assert incoming.state is CallState.CONFIRMED
        assert stage.parties[0].ports.open_ports == 1
        caller.invite(AUDIO.replace("o=peer 1 1", "o=peer 1 2"))
        assert b"m=audio" in (await caller.hear(200)).body
        caller.ask("ACK")
        incoming.release()
        await peer.hear("BYE")


@pytest.mark.conformance(80)
@virtual
async def test_answer_keeps_its_version_until_something_changes() -> None:
    async with Stage() as stage:
        _, _, caller, _ = await connect_to_bob(stage)
        caller.invite()
        first = await caller.hear(200)
        caller.ask("ACK")
        caller.invite()
        second = await caller.hear(200)
        caller.ask("ACK")
        origins = [line for answer in (first, second) for line in answer.body.splitlines() if line.startswith(b"o=")]
        assert origins[0] == origins[1]


@pytest.mark.conformance(76)
@virtual
async def test_reinvite_without_offer_is_offered_to_and_answered_in_the_ack() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        caller.invite("")
        assert b"m=audio" in (await caller.hear(200)).body
        caller.ask("ACK", AUDIO)
        await rest(1)
        assert incoming.state is CallState.CONFIRMED


@pytest.mark.conformance(76)
@virtual
async def test_invite_without_offer_is_offered_to_and_answered_in_the_ack() -> None:
    async with Stage() as stage:
        _, peer, _, incoming = await connect_to_bob(stage, body="")
        assert incoming.state is CallState.CONFIRMED
        assert stage.parties[0].ports.open_ports == 1
        assert b"m=audio" in next(message.body for message in peer.heard if message.is_a(200))


@pytest.mark.conformance(76, 111)
@pytest.mark.parametrize("answer", ["", NO_CODEC, "nonsense"], ids=["none", "no-codec", "nonsense"])
@virtual
async def test_unusable_answer_in_the_ack_ends_the_call(answer: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        caller.invite("")
        incoming = await bob.take()
        incoming.answer()
        await caller.hear(200)
        caller.ask("ACK", answer)
        event = await disconnected(incoming)
        assert (event.cause, event.status) == (Cause.REJECTED, 488)
        await peer.hear("BYE")


@pytest.mark.conformance(79)
@virtual
async def test_second_invite_while_the_first_is_unanswered_gets_500_with_retry_after() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_bob(stage)
        incoming.ring()
        await caller.hear(180)
        caller.invite()
        refusal = await caller.hear(500)
        assert 0 <= int(refusal.header("Retry-After")) <= 10
        caller.ask("ACK", branch=caller.branch)
        incoming.answer()
        assert (await caller.hear(200)).header("CSeq") == "1 INVITE"
        caller.ask("ACK", cseq=1)
        await connected(incoming)


@virtual
async def test_reinvite_before_the_ack_gets_491() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_bob(stage)
        incoming.answer()
        await caller.hear(200)
        caller.invite()
        await caller.hear(491)
        caller.ask("ACK", cseq=1)
        await connected(incoming)


@virtual
async def test_invite_within_our_own_early_dialog_gets_491() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180)
        await rest(0.1)
        callee.ask("INVITE", body=AUDIO)
        await peer.hear(491)
        callee.reply(200, body=AUDIO)
        await connected(call)


@virtual
async def test_reinvite_to_the_caller_is_answered_too() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        callee.ask("INVITE", body=AUDIO)
        assert b"m=audio" in (await peer.hear(200)).body
        callee.ask("ACK", cseq=101)
        await rest(60)
        assert peer.count(200) == 1
        assert call.state is CallState.CONFIRMED


@pytest.mark.conformance(28)
@virtual
async def test_reinvite_whose_ack_never_comes_ends_the_call() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        callee.ask("INVITE", body=AUDIO)
        await peer.hear("BYE")
        event = await disconnected(call)
        assert (event.cause, str(event.reason)) == (Cause.TIMEOUT, "no ACK")
        assert peer.count(200) == 11


@virtual
async def test_reinvite_after_our_bye_gets_481() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        call.release()
        await peer.hear("BYE")
        callee.ask("INVITE", body=AUDIO)
        await peer.hear(481)


@virtual
async def test_call_whose_peer_has_moved_out_of_reach_is_ended_the_way_it_began() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        callee.ask("INVITE", body=AUDIO, Contact="<sip:bob@127.0.0.1;transport=sctp>")
        await rest(0.1)
        call.release()
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()


@pytest.mark.parametrize(("contact", "status"), [("<tel:+1234>", 500), ("<sip:bob@nowhere.example>", 200)])
@virtual
async def test_answer_that_moves_the_peer_out_of_reach_ends_the_call(contact: str, status: int) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly")
        callee.reply(200, to=await peer.hear("INVITE"), body=audio("recvonly"), Contact=contact)
        event = await disconnected(call)
        assert (event.cause, hold.status) == (Cause.TRANSPORT, status)
        callee.reply(200, to=await peer.hear("BYE"))
        assert peer.count("ACK") == 2
        await call.ended.wait()


@pytest.mark.conformance(82)
@virtual
async def test_bye_after_our_bye_gets_200_and_ends_the_call() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        call.release()
        bye = await peer.hear("BYE")
        callee.ask("BYE")
        await peer.hear(200)
        assert not call.is_live
        callee.reply(481, to=bye)
        await rest(1)
        assert call.mailbox.untaken == []
