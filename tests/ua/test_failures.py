"""Calls that are refused or never answered. Source: RFC 3261 §13.2.2, §17.1.1."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause
from sipflow.testing.agents import (
    Stage,
    disconnected,
    rest,
    virtual,
)
from tests.ua.scenes import both_transports, let_alice_call, since


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
        assert (event.cause, event.status, str(event.reason)) == (Cause.TRANSPORT, 503, "connection refused")
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
        assert (event.cause, event.status, str(event.reason)) == (Cause.REJECTED, status, "My Reason")
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
