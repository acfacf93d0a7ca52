"""What the messages of a call carry, and where responses go. Source: RFC 3261 §8.1, §8.2.6, §18.2."""

from __future__ import annotations

import re

import pytest

from sipflow.base.call_events import Cause
from sipflow.sip.message import Request
from sipflow.testing.agents import (
    Stage,
    connected_pair,
    disconnected,
    hang_up,
    rest,
    ringing,
    virtual,
)
from tests.ua.scenes import meet_bob


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
