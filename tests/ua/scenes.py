"""How tests of calls begin: an agent and a scripted peer, and what lies between the two."""

from __future__ import annotations

from sipflow.testing.agents import Party, Stage, connected
from sipflow.testing.memory_peer import Callee, Caller, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import IncomingCall, OutgoingCall


async def meet_bob(stage: Stage, transport: str = "UDP") -> tuple[Party, MemoryPeer, Caller]:
    """Bob, and a peer that has not called him yet."""
    bob, peer = await stage.agent("bob"), await stage.peer(transport)
    return bob, peer, peer.caller(bob.agent.local)


async def invite_bob(
    stage: Stage, transport: str = "UDP", body: str = AUDIO
) -> tuple[Party, MemoryPeer, Caller, IncomingCall]:
    """Bob, and a peer whose call waits for an answer."""
    bob, peer, caller = await meet_bob(stage, transport)
    caller.invite(body)
    return bob, peer, caller, await bob.take()


async def connect_to_bob(stage: Stage, body: str = AUDIO) -> tuple[Party, MemoryPeer, Caller, IncomingCall]:
    """Bob, and a peer whose call stands; without a body in its INVITE it answers Bob's offer in the ACK."""
    bob, peer, caller, incoming = await invite_bob(stage, body=body)
    incoming.answer()
    await caller.hear(200)
    caller.ask("ACK", "" if body else AUDIO)
    await connected(incoming)
    return bob, peer, caller, incoming


async def let_alice_call(stage: Stage) -> tuple[Party, MemoryPeer, OutgoingCall, Callee]:
    """Alice, and a peer that has her INVITE and has said nothing yet."""
    alice, peer = await stage.agent("alice"), await stage.peer()
    call = alice.call(peer.uri)
    return alice, peer, call, await peer.expect_call()
