"""Calls when the wire is not as usual: IPv6, both transports at once, broken connections, nobody there any more."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import Cause, Connected, Disconnected
from sipflow.sip.message import Request
from sipflow.testing.agents import Stage, connected, connected_pair, disconnected, hang_up, rest, ringing, virtual
from sipflow.testing.wire_text import AUDIO


@virtual
async def test_call_over_ipv6() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", host="::1"), await stage.agent("bob", host="::1")
        outgoing, incoming = await connected_pair(alice, bob)
        (invite,) = bob.received("INVITE")
        assert isinstance(invite, Request)
        assert invite.header("Via") == f"SIP/2.0/UDP [::1]:{alice.agent.local.port};rport;branch={invite.branch}"
        assert invite.uri == f"sip:bob@[::1]:{bob.agent.local.port}"
        assert b"c=IN IP6 ::1\r\n" in invite.body
        await hang_up(outgoing)
        await disconnected(incoming)


@virtual
async def test_transport_of_the_target_wins_over_that_of_the_agent() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(f"{bob.uri};transport=TCP")
        (await bob.take()).answer()
        await connected(outgoing)
        await hang_up(outgoing)
        assert {seen.flow.transport for seen in alice.log} == {"TCP"}
        (invite,) = alice.sent("INVITE")
        assert ";transport=tcp>" in (invite.header("Contact") or "")
        assert invite.header("To") == f"<{bob.agent.address}>"


@virtual
async def test_one_agent_is_called_by_both_transports() -> None:
    async with Stage() as stage:
        bob = await stage.agent("bob")
        by_udp, by_tcp = await stage.agent("u"), await stage.agent("t", transport="TCP")
        one, _ = await connected_pair(by_udp, bob)
        other, _ = await connected_pair(by_tcp, bob)
        await hang_up(one)
        await hang_up(other)


@pytest.mark.conformance(8)
@pytest.mark.parametrize("reset", [True, False])
@virtual
async def test_call_outlives_its_connection(reset: bool) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", transport="TCP"), await stage.agent("bob", transport="TCP")
        outgoing, incoming = await connected_pair(alice, bob)
        stage.network.break_connections(alice.agent.local, reset=reset)
        await rest(1)
        await hang_up(incoming)
        assert (await disconnected(outgoing)).cause is Cause.BYE


@pytest.mark.conformance(8)
@virtual
async def test_response_opens_a_connection_to_the_sent_by_address_where_its_own_is_gone() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice", transport="TCP"), await stage.agent("bob", transport="TCP")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.ring()
        await ringing(outgoing)
        stage.network.break_connections(alice.agent.local, reset=False)
        await rest(1)
        incoming.answer()
        await connected(outgoing, incoming)


@pytest.mark.conformance(13)
@virtual
async def test_caller_that_vanishes_while_we_ring_ends_the_call() -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer()
        peer.caller(bob.agent.local).invite()
        incoming = await bob.take()
        await peer.close()
        incoming.ring()
        event = await disconnected(incoming)
        assert (event.cause, str(event.reason)) == (Cause.TRANSPORT, "connection refused")
        assert len(bob.agent.layer) == 0


@pytest.mark.conformance(13)
@virtual
async def test_bye_that_can_not_be_delivered_ends_the_call_at_once() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing, _ = await connected_pair(alice, bob)
        await bob.agent.close()
        start = alice.agent.clock.now()
        await hang_up(outgoing)
        assert alice.agent.clock.now() - start < 0.1
        assert len(outgoing.mailbox.history) == 2


@pytest.mark.conformance(13)
@virtual
async def test_cancel_that_can_not_be_delivered_ends_the_call_at_once() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.call(peer.uri)
        (await peer.expect_call()).reply(180)
        await ringing(call)
        await peer.close()
        await hang_up(call)
        assert not call.is_live
        assert not [event for event in call.mailbox.history if isinstance(event, Disconnected)]


@pytest.mark.conformance(13)
@virtual
async def test_failure_of_one_address_leaves_calls_to_others_alone() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        dead, alive = alice.call("sip:x@127.0.0.1:9"), alice.call(bob.uri)
        assert (await disconnected(dead)).cause is Cause.TRANSPORT
        (await bob.take()).answer()
        await connected(alive)


@virtual
async def test_black_hole_on_tcp_is_told_by_the_connect() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice", transport="TCP"), await stage.peer("TCP")
        stage.network.black_holes.add(peer.address)
        event = await disconnected(alice.call(peer.uri))
        assert (event.cause, str(event.reason)) == (Cause.TRANSPORT, "connect timed out")


@pytest.mark.conformance(25)
@virtual
async def test_response_from_elsewhere_is_taken_by_its_branch() -> None:
    async with Stage() as stage:
        alice, peer, other = await stage.agent("alice"), await stage.peer(), await stage.peer()
        call = alice.call(peer.uri)
        callee = await peer.expect_call()
        callee.peer = other
        callee.reply(200, body=AUDIO)
        await connected(call)
        assert (await other.hear("ACK")).to_tag == "callee"
        assert [type(event) for event in call.mailbox.history] == [Connected]


@pytest.mark.conformance(1)
@pytest.mark.parametrize(("uri", "by"), [("{}", "TLS"), ("{};transport=tcp", "TLS"), ("{};transport=ws", "WSS")])
@virtual
async def test_both_sides_of_a_call_to_a_sips_uri_say_sips(uri: str, by: str) -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(uri.format(f"sips:bob@{bob.agent.local}"))
        incoming = await bob.take()
        incoming.answer()
        await connected(outgoing)
        await connected(incoming)
        more = ";transport=ws" if by == "WSS" else ""
        ours, theirs = (f"sips:{party.agent.address.removeprefix('sip:')}{more}" for party in (alice, bob))
        assert [message.header("Contact") for message in alice.sent("INVITE")] == [f"<{ours}>"]
        assert [message.header("Contact") for message in bob.sent(200)] == [f"<{theirs}>"]
        changed = incoming.modify("sendonly")
        await changed.done.wait()
        (again,) = bob.sent("INVITE")
        assert isinstance(again, Request)
        assert (again.uri, again.header("Contact")) == (ours, f"<{theirs}>")
        assert [message.header("Contact") for message in alice.sent(200)] == [f"<{ours}>"]
        await hang_up(outgoing)
        (bye,) = alice.sent("BYE")
        assert isinstance(bye, Request)
        assert bye.uri == theirs
        assert {seen.flow.transport for seen in (*alice.log, *bob.log)} == {by}


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({}, "sip"),
        ({"Record_Route": "<sips:127.0.0.1:9;lr>"}, "sips"),
        ({"Record_Route": '"a <b" <SIPS:127.0.0.1:9;lr>', "Contact": "<sip:peer@127.0.0.1:9>"}, "sips"),
        ({"Contact": "<sips:peer@127.0.0.1:9>"}, "sips"),
        ({"Contact": "<sips:peer@127.0.0.1:9>", "Record_Route": "<sip:127.0.0.1:9;lr>"}, "sip"),
    ],
)
@virtual
async def test_answer_says_sips_where_the_route_back_does(headers: dict[str, Any], scheme: str) -> None:
    async with Stage() as stage:
        bob, peer = await stage.agent("bob"), await stage.peer("TLS")
        caller = peer.caller(bob.agent.local)
        caller.invite(AUDIO, **headers)
        (await bob.take()).ring()
        ringing_180 = await caller.hear(180)
        assert ringing_180.header("Contact").startswith(f"<{scheme}:bob@")
