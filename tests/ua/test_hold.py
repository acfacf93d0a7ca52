"""Hold and retrieval of standing calls. Source: RFC 3264 §8.4, RFC 3261 §14."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause, Held, Retrieved
from sipflow.base.errors import LocalProtocolError
from sipflow.testing.agents import Stage, connected, connected_pair, disconnected, happens, rest, virtual
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState, Credentials
from tests.ua.descriptions import audio, direction_in, version_in
from tests.ua.scenes import call_to_peer, connect_to_bob, let_alice_call

by_either_method = pytest.mark.parametrize("method", ["INVITE", "UPDATE"])


@pytest.mark.conformance(110)
@by_either_method
@pytest.mark.parametrize("caller_holds", [True, False], ids=["caller-holds", "callee-holds"])
@virtual
async def test_call_is_held_and_retrieved(method: str, caller_holds: bool) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, incoming = await connected_pair(alice, bob)
        holder, held, party = (outgoing, incoming, alice) if caller_holds else (incoming, outgoing, bob)
        hold = holder.modify("sendonly", method)
        await happens(held, Held)
        await hold.done.wait()
        assert hold.status == 200
        retrieval = holder.modify("sendrecv", method)
        await happens(held, Retrieved)
        await retrieval.done.wait()
        assert retrieval.status == 200
        requests = [request for request in party.sent(method) if request.to_tag]
        assert [direction_in(request.body) for request in requests] == ["sendonly", "sendrecv"]
        answers = [direction_in(answer.body) for answer in party.received(200) if answer.cseq_method == method]
        assert answers[-2:] == ["recvonly", "sendrecv"]
        assert not [event for event in holder.mailbox.history if isinstance(event, Held | Retrieved)]


@pytest.mark.conformance(110)
@virtual
async def test_call_that_both_hold_is_inactive_until_one_retrieves_it() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, incoming = await connected_pair(alice, bob)
        for call, direction in ((outgoing, "sendonly"), (incoming, "sendonly"), (outgoing, "sendrecv")):
            await call.modify(direction).done.wait()
        offers = [direction_in(seen.message.body) for seen in alice.log if seen.is_a("INVITE")]
        assert offers == ["sendrecv", "sendonly", "inactive", "sendrecv"]
        answers = [direction_in(seen.message.body) for seen in alice.log if seen.is_a(200)]
        assert answers == ["sendrecv", "recvonly", "inactive", "sendonly"]
        await incoming.modify("sendrecv").done.wait()
        assert direction_in(alice.sent(200)[-1].body) == "sendrecv"
        kinds = [type(event) for event in outgoing.mailbox.untaken]
        assert kinds == [Held, Retrieved]


@pytest.mark.conformance(108, 110)
@pytest.mark.parametrize(
    ("held", "answer"),
    [
        (audio("sendonly"), "recvonly"),
        (audio("inactive"), "inactive"),
        (audio().replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"), "recvonly"),
    ],
    ids=["sendonly", "inactive", "null-address"],
)
@by_either_method
@virtual
async def test_every_way_to_hold_is_recognised(method: str, held: str, answer: str) -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        for version, (body, kind, expected) in enumerate(
            [(held, Held, answer), (audio(), Retrieved, "sendrecv")], start=2
        ):
            caller.ask(method, body.replace("o=peer 1 2", f"o=peer 1 {version}"))
            assert direction_in((await caller.hear(200)).body) == expected
            if method == "INVITE":
                caller.ask("ACK")
            await happens(incoming, kind)


@pytest.mark.conformance(110)
@virtual
async def test_hold_that_is_repeated_is_told_once() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        for _ in range(2):
            caller.invite(audio("sendonly"))
            await caller.hear(200)
            caller.ask("ACK")
        await rest(1)
        assert [type(event) for event in incoming.mailbox.untaken] == [Held]


@pytest.mark.conformance(110)
@virtual
async def test_stream_that_the_peer_holds_is_held_by_inactive_and_stays_held_by_us() -> None:
    async with Stage() as stage:
        _, peer, caller, incoming = await connect_to_bob(stage)
        caller.invite(audio("sendonly"))
        await caller.hear(200)
        caller.ask("ACK")
        hold = incoming.modify("sendonly")
        invite = await peer.hear("INVITE")
        assert direction_in(invite.body) == "inactive"
        caller.reply(200, audio("inactive", 3), to=invite)
        await hold.done.wait()
        caller.invite(audio("sendrecv", 4))
        assert direction_in((await caller.hear(200)).body) == "sendonly"
        caller.ask("ACK")


@pytest.mark.conformance(80, 110)
@by_either_method
@virtual
async def test_refused_hold_leaves_all_as_it_was(method: str) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly", method)
        callee.reply(488, to=await peer.hear(method))
        await hold.done.wait()
        assert (hold.status, hold.reason) == (488, "Because")
        assert call.state is CallState.CONFIRMED
        callee.ask(method, body=audio("sendrecv"))
        answer = await peer.hear(200)
        assert direction_in(answer.body) == "sendrecv"
        if method == "INVITE":
            callee.ask("ACK", cseq=101)


@pytest.mark.conformance(80)
@virtual
async def test_hold_whose_answer_does_not_fit_ends_the_call() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly")
        callee.reply(200, body=AUDIO.replace("RTP/AVP 0 8 101", "RTP/AVP 3"), to=await peer.hear("INVITE"))
        await peer.hear("ACK")
        await peer.hear("BYE")
        assert hold.status == 488
        assert (await disconnected(call)).cause is Cause.REJECTED


@pytest.mark.conformance(75)
@pytest.mark.parametrize(("status", "cause"), [(408, Cause.TIMEOUT), (481, Cause.REJECTED)])
@by_either_method
@virtual
async def test_dialog_that_the_peer_has_lost_is_ended(method: str, status: int, cause: Cause) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly", method)
        callee.reply(status, to=await peer.hear(method))
        await peer.hear("BYE")
        event = await disconnected(call)
        assert (event.cause, event.status, hold.status) == (cause, status, status)


@pytest.mark.conformance(75)
@by_either_method
@virtual
async def test_silence_to_a_request_within_the_dialog_ends_it(method: str) -> None:
    async with Stage() as stage:
        peer, _, call = await call_to_peer(stage)
        hold = call.modify("sendonly", method)
        event = await disconnected(call)
        assert (event.cause, event.status, hold.status) == (Cause.TIMEOUT, 408, 408)
        await peer.hear("BYE")


@pytest.mark.conformance(75)
@pytest.mark.parametrize("status", [403, 405, 480, 486, 488, 500, 503, 603])
@virtual
async def test_other_failures_within_the_dialog_keep_the_call(status: int) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly")
        callee.reply(status, to=await peer.hear("INVITE"))
        await hold.done.wait()
        await rest(60)
        assert (hold.status, call.state, peer.count("BYE")) == (status, CallState.CONFIRMED, 0)


@pytest.mark.conformance(29)
@virtual
async def test_repeated_success_of_our_reinvite_is_acknowledged_again() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        call.modify("sendonly")
        invite = await peer.hear("INVITE")
        for _ in range(3):
            callee.reply(200, body=audio("recvonly"), to=invite)
            await rest(0.5)
        acks = [message for message in peer.heard if message.is_a("ACK")][1:]
        assert len(acks) == 3
        assert len({ack.data for ack in acks}) == 1
        assert acks[0].header("CSeq") == "2 ACK"
        assert acks[0].branch != invite.branch


@pytest.mark.conformance(69)
@by_either_method
@virtual
async def test_success_of_our_request_moves_the_target(method: str) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        moved = await stage.peer(name="moved")
        hold = call.modify("sendonly", method)
        request = await peer.hear(method)
        assert request.header("Contact") == f"<{stage.parties[0].agent.address}>"
        callee.reply(200, body=audio("recvonly"), to=request, Contact=f"<sip:moved@{moved.address}>")
        await hold.done.wait()
        call.release()
        assert (await moved.hear("BYE")).start_line == f"BYE sip:moved@{moved.address} SIP/2.0"


@virtual
async def test_changes_of_ours_go_out_one_after_another() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        first, second = call.modify("sendonly"), call.modify("sendrecv")
        invite = await peer.hear("INVITE")
        await rest(1)
        assert peer.count("INVITE") == 2 + 1  # it is repeated
        callee.reply(200, body=audio("recvonly"), to=invite)
        await first.done.wait()
        while (invite := await peer.hear("INVITE")).header("CSeq") != "3 INVITE":
            pass
        callee.reply(200, body=audio("sendrecv", 3), to=invite)
        await second.done.wait()
        assert (first.status, second.status) == (200, 200)


@virtual
async def test_hold_of_a_call_that_is_not_answered_is_refused_here() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        for call in (outgoing, incoming):
            for method in ("INVITE", "UPDATE"):
                with pytest.raises(LocalProtocolError, match="no session to change"):
                    call.modify("sendonly", method)
        assert len(alice.sent("INVITE")) == 1


@virtual
async def test_hold_that_nobody_answers_can_be_given_up_and_is_cancelled() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        hold = call.modify("sendonly")
        invite = await peer.hear("INVITE")
        callee.reply(100, to=invite)
        await rest(1)
        hold.give_up(call.agent.clock.now())
        cancel = await peer.hear("CANCEL")
        callee.reply(200, to=cancel)
        callee.reply(487, to=invite)
        await hold.done.wait()
        assert (hold.status, call.state) == (487, CallState.CONFIRMED)


@virtual
async def test_call_that_ends_takes_its_changes_along() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        first, second = call.modify("sendonly"), call.modify("sendrecv")
        invite = await peer.hear("INVITE")
        callee.ask("BYE")
        await disconnected(call)
        assert first.done.is_set
        assert second.done.is_set
        assert (first.status, second.status) == (0, 0)
        callee.reply(487, to=invite)
        await rest(1)


@pytest.mark.conformance(109)
@virtual
async def test_version_rises_with_every_change_of_the_description_alone() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, incoming = await connected_pair(alice, bob)
        for direction in ("sendonly", "sendonly", "sendrecv"):
            await outgoing.modify(direction).done.wait()
        assert [version_in(invite.body) for invite in alice.sent("INVITE")] == [1, 2, 2, 3]
        assert [version_in(answer.body) for answer in bob.sent(200)] == [1, 2, 2, 3]
        assert incoming.is_live


@pytest.mark.conformance(60, 61, 62)
@by_either_method
@virtual
async def test_challenged_hold_is_sent_again_with_credentials(method: str) -> None:
    async with Stage() as stage:
        asks = 'Digest realm="pbx", nonce="{}", qop="auth"'
        _, peer, call, callee = await let_alice_call(stage, credentials=Credentials(password="wonderland"))
        callee.reply(401, tag="first", WWW_Authenticate=asks.format(1))
        callee = await peer.expect_call()
        callee.reply(200, body=AUDIO)
        await connected(call)
        await rest(0.1)
        acks = peer.count("ACK")
        hold = call.modify("sendonly", method)
        first = await peer.hear(method)
        callee.reply(401, to=first, WWW_Authenticate=asks.format(2) + ", stale=true")
        again = await peer.hear(method)
        assert 'nonce="2"' in again.header("Authorization")
        assert (first.header("CSeq"), again.header("CSeq")) == (f"3 {method}", f"4 {method}")
        assert again.body == first.body
        callee.reply(200, body=audio("recvonly"), to=again)
        await hold.done.wait()
        assert hold.status == 200
        await rest(0.1)
        if method == "INVITE":
            refused, accepted = [message for message in peer.heard if message.is_a("ACK")][acks:]
            assert (refused.header("CSeq"), accepted.header("CSeq")) == ("3 ACK", "4 ACK")
            assert accepted.header("Authorization") == again.header("Authorization")
