"""Whole calls between two user agents, or with a scripted peer, on a network in memory."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sipflow.base.call_events import Cause, Connected, Disconnected, Progressed
from sipflow.base.errors import LocalProtocolError
from sipflow.sip.message import Request, Response
from sipflow.testing.agents import (
    Stage,
    connected,
    connected_pair,
    disconnected,
    hang_up,
    happens,
    rest,
    ringing,
    virtual,
)
from sipflow.testing.memory_network import Weather
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.scenes import invite_bob, let_alice_call, meet_bob

REPEATED = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
both_transports = pytest.mark.parametrize("transport", ["UDP", "TCP"])


def since(start: float, times: list[float]) -> list[float]:
    return [round(at - start, 3) for at in times]


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
            assert party.agent._dialogs == {}


@pytest.mark.conformance(1, 3, 10)
@virtual
async def test_every_request_carries_what_it_must() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", display_name='A "B" \\C'), await stage.agent("bob")
        outgoing, _ = await connected_pair(alice, bob)
        await hang_up(outgoing)
        for method in ("INVITE", "ACK", "BYE"):
            (request,) = alice.sent(method)
            assert isinstance(request, Request)
            assert request.branch.startswith("z9hG4bK")
            assert request.max_forwards == 70
            assert re.fullmatch(r"[0-9a-f]{16}", request.from_tag)
            assert request.from_.display_name == 'A "B" \\C'
            assert request.header("To")
            assert re.fullmatch(r"[0-9a-f]{32}", request.call_id)
            assert request.cseq_method == method
            assert (request.via.wants_rport, request.via.rport) == (True, None)
            assert (request.via.host, request.via.port) == alice.agent.local
            assert request.content_length == len(request.body)
        (invite,) = alice.sent("INVITE")
        assert [str(contact.uri) for contact in invite.contacts] == [alice.agent.address]
        assert {seen.flow.local for seen in alice.log} == {alice.agent.local}


@pytest.mark.conformance(2)
@virtual
async def test_branches_are_new_for_each_transaction_and_for_the_ack_to_a_success() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        for _ in range(3):
            outgoing, _ = await connected_pair(alice, bob)
            await hang_up(outgoing)
        branches = [request.branch for method in ("INVITE", "ACK", "BYE") for request in alice.sent(method)]
        assert len(set(branches)) == len(branches) == 9
        assert len({invite.call_id for invite in alice.sent("INVITE")}) == 3
        assert len({invite.from_tag for invite in alice.sent("INVITE")}) == 3


@pytest.mark.conformance(2, 23)
@virtual
async def test_cancel_and_the_ack_to_a_refusal_have_the_branch_of_their_invite() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring()
        await ringing(outgoing)
        await hang_up(outgoing)
        assert (await disconnected(incoming)).cause is Cause.CANCEL
        await rest(1)
        invite, cancel, ack = (alice.sent(method)[0] for method in ("INVITE", "CANCEL", "ACK"))
        assert invite.branch == cancel.branch == ack.branch
        assert invite.header("CSeq") == "1 INVITE"
        assert (cancel.header("CSeq"), ack.header("CSeq")) == ("1 CANCEL", "1 ACK")
        assert isinstance(invite, Request)
        assert isinstance(cancel, Request)
        assert (cancel.uri, cancel.header("From"), cancel.header("To")) == (
            invite.uri,
            invite.header("From"),
            invite.header("To"),
        )
        assert len(cancel.vias) == 1


@pytest.mark.conformance(35)
@virtual
async def test_responses_copy_what_identifies_the_request_and_share_one_to_tag() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        branch = peer.new_branch()
        vias = f"{peer.via(branch)}, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa"
        caller.invite(branch=branch, Via=vias, From="Alice <sip:a@x>;x=1;tag=t1", To='"B" <sip:b@y>', Subject="s")
        incoming = await bob.take()
        await rest(1)
        incoming.ring()
        incoming.ring(183)
        incoming.answer()
        responses = [await peer.hear(status) for status in (100, 180, 183, 200)]
        for response in responses:
            assert response.header("From") == "Alice <sip:a@x>;x=1;tag=t1"
            assert response.header("Call-ID") == caller.call_id
            assert response.header("CSeq") == "1 INVITE"
            received = f";rport={peer.address.port};branch={branch};received=127.0.0.1"
            assert response.headers("Via") == [
                f"SIP/2.0/UDP {peer.address}{received}",
                "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa",
            ]
        assert responses[0].header("To") == '"B" <sip:b@y>'
        tags = {response.to_tag for response in responses[1:]}
        assert len(tags) == 1
        assert re.fullmatch("[0-9a-f]{16}", tags.pop())


@pytest.mark.conformance(9, 11)
@virtual
async def test_response_goes_back_to_where_the_request_came_from_with_rport() -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer()
        caller = peer.caller(bob.agent.local, Via="SIP/2.0/UDP 192.0.2.9:4444;rport;branch=z9hG4bKnat")
        caller.ask("OPTIONS")
        answer = await peer.hear(200)
        via = f"SIP/2.0/UDP 192.0.2.9:4444;rport={peer.address.port};branch=z9hG4bKnat;received=127.0.0.1"
        assert answer.header("Via") == via
        assert answer.source == bob.agent.local


@pytest.mark.conformance(9)
@virtual
async def test_response_goes_to_the_sent_by_port_without_rport() -> None:
    async with Stage() as stage:
        bob, peer, other = await stage.agent("bob"), await stage.peer(), await stage.peer()
        via = f"SIP/2.0/UDP 192.0.2.9:{other.address.port};branch=z9hG4bKold"
        peer.caller(bob.agent.local, Via=via).ask("OPTIONS")
        answer = await other.hear(200)
        assert answer.header("Via") == f"{via};received=127.0.0.1"
        assert peer.heard == []


@pytest.mark.conformance(9)
@virtual
async def test_received_is_left_out_where_the_sent_by_host_is_the_source() -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer()
        via = f"SIP/2.0/UDP {peer.address};branch=z9hG4bKold"
        peer.caller(bob.agent.local, Via=via).ask("OPTIONS")
        assert (await peer.hear(200)).header("Via") == via


@pytest.mark.conformance(8)
@virtual
async def test_response_over_tcp_goes_back_on_its_connection() -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer("TCP")
        peer.caller(bob.agent.local).ask("OPTIONS")
        assert (await peer.hear(200)).flow.transport == "TCP"
        assert stage.network.open_connections == 2


@pytest.mark.conformance(20)
@virtual
async def test_silent_peer_ends_the_call_with_408_after_32_s() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.call(peer.uri)
        start = alice.agent.clock.now()
        event = await disconnected(call)
        assert (event.cause, event.status, round(event.at - start, 3)) == (Cause.TIMEOUT, 408, 32.0)
        assert since(start, peer.times("INVITE")) == [0.001, 0.501, 1.501, 3.501, 7.501, 15.501, 31.501]
        assert alice.ports.open_ports == 0


@pytest.mark.conformance(21)
@virtual
async def test_silent_peer_ends_the_call_with_408_after_32_s_on_tcp() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice", transport="TCP"), await stage.peer("TCP")
        event = await disconnected(alice.call(peer.uri))
        assert (event.cause, event.status) == (Cause.TIMEOUT, 408)
        assert peer.count("INVITE") == 1


@pytest.mark.conformance(22)
@virtual
async def test_call_that_rings_for_ever_is_ended_by_nobody_but_its_caller() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180)
        await rest(3600)
        assert call.is_live
        assert peer.count("INVITE") == 1
        call.release()
        callee.reply(200, to=await peer.hear("CANCEL"))
        callee.reply(487)
        await peer.hear("ACK")
        assert not call.is_live


@pytest.mark.conformance(13)
@both_transports
@virtual
async def test_nobody_there_ends_the_call_at_once(transport: str) -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice", transport=transport)
        start = alice.agent.clock.now()
        event = await disconnected(alice.call("sip:bob@127.0.0.1:9"))
        assert (event.cause, event.status, event.reason) == (Cause.TRANSPORT, 503, "connection refused")
        assert event.at - start < 0.1
        assert len(alice.agent.layer) == 0


@pytest.mark.conformance(44)
@pytest.mark.parametrize("status", [302, 404, 480, 486, 500, 503, 600, 603])
@virtual
async def test_refusals_are_told_apart_by_their_status(status: int) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        call = alice.call(bob.uri)
        (await bob.take()).reject(status, "My Reason", (("Retry-After", "7"),))
        event = await disconnected(call)
        assert (event.cause, event.status, event.reason) == (Cause.REJECTED, status, "My Reason")
        assert b"\r\nRetry-After: 7\r\n" in event.message
        assert not bob.agent.calls


@virtual
async def test_refusal_has_the_registered_reason_by_default() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        call = alice.call(bob.uri)
        (await bob.take()).reject(486)
        assert (await disconnected(call)).reason == "Busy Here"


@virtual
async def test_408_from_the_far_end_is_a_timeout() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        call = alice.call(bob.uri)
        (await bob.take()).reject(408)
        assert (await disconnected(call)).cause is Cause.TIMEOUT


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
        assert (event.cause, event.reason) == (Cause.TIMEOUT, "no ACK")
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
