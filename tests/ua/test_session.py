"""The ports and descriptions of a call."""

from __future__ import annotations

import pytest

from sipflow.base.errors import AddressUnavailable
from sipflow.base.ids import RandomIds
from sipflow.testing.agents import Stage, connected, connected_pair, disconnected, hang_up, virtual
from sipflow.testing.clock import FakeClock
from sipflow.testing.media_ports import MemoryMediaPorts
from sipflow.testing.memory_network import MemoryNetwork
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import AgentSettings, IncomingCalls, NegotiatedSession, PreparedSession, UserAgent

CODECS = ("PCMU", "PCMA")


def session(ports: MemoryMediaPorts) -> NegotiatedSession:
    return NegotiatedSession(ports, "127.0.0.1", CODECS, 1)


def test_port_is_bound_with_the_first_description_and_given_back_once() -> None:
    ports = MemoryMediaPorts()
    ours = session(ports)
    assert ports.open_ports == 0
    assert b"m=audio 10000 RTP/AVP" in ours.create_offer()
    assert ports.open_ports == 1
    ours.close()
    ours.close()
    assert ports.open_ports == 0


def test_offer_is_rolled_back_and_another_made() -> None:
    ours = session(MemoryMediaPorts())
    ours.create_offer()
    ours.rollback()
    ours.create_offer()
    ours.receive_answer(AUDIO.encode())


def test_prepared_session_says_one_thing_and_reads_nothing() -> None:
    ours = PreparedSession(b"ready")
    assert (ours.create_offer(), ours.create_answer()) == (b"ready", b"ready")
    ours.receive_offer(b"nonsense")
    ours.receive_answer(b"")
    ours.rollback()
    ours.close()


@virtual
async def test_call_without_a_free_port_is_not_placed() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        alice.ports = MemoryMediaPorts(10_000, 10_001)
        outgoing, _ = await connected_pair(alice, bob)
        with pytest.raises(AddressUnavailable):
            alice.call(bob.uri)
        assert len(alice.agent.calls) == 1
        await hang_up(outgoing)
        again, _ = await connected_pair(alice, bob)
        await hang_up(again)


@virtual
async def test_call_that_can_not_be_answered_for_want_of_a_port_can_be_refused() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        bob.ports = MemoryMediaPorts(10_000, 10_001)
        await connected_pair(alice, bob)
        second = alice.call(bob.uri)
        incoming = await bob.take()
        with pytest.raises(AddressUnavailable):
            incoming.answer()
        with pytest.raises(AddressUnavailable):
            incoming.ring(183)
        incoming.reject(500)
        assert (await disconnected(second)).status == 500


@virtual
async def test_call_between_prepared_sessions_reads_no_description() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        alice.agent.new_session = bob.agent.new_session = lambda: PreparedSession(b"any bytes")
        outgoing = alice.call(bob.uri)
        incoming = await bob.take()
        incoming.answer()
        await connected(outgoing, incoming)
        assert bob.sent(200)[0].body == b"any bytes"
        assert alice.sent("INVITE")[0].body == b"any bytes"


@virtual
async def test_agent_on_a_taken_address_does_not_start() -> None:
    network, ids = MemoryNetwork(), RandomIds(1)
    agents = [
        UserAgent(
            AgentSettings(user="a", port=5060),
            network=network,
            clock=FakeClock(),
            ids=ids,
            new_session=lambda: PreparedSession(b""),
            on_incoming=IncomingCalls().put,
        )
        for _ in range(2)
    ]
    await agents[0].start()
    with pytest.raises(AddressUnavailable):
        await agents[1].start()
    for agent in agents:
        await agent.close()
    assert network.open_endpoints == []
