"""How tests of calls begin: an agent and a scripted peer, and what lies between the two."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.testing.agents import Party, Stage, connected
from sipflow.testing.memory_peer import Callee, Caller, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import IncomingCall, OutgoingCall

REPEATED = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
"""When a 2xx is sent until its ACK comes, in seconds. Source: RFC 3261 §13.3.1.4."""
both_transports = pytest.mark.parametrize("transport", ["UDP", "TCP"])


def since(start: float, times: list[float]) -> list[float]:
    """Times from a start on, to the millisecond."""
    return [round(at - start, 3) for at in times]


async def meet_bob(stage: Stage, transport: str = "UDP", **settings: Any) -> tuple[Party, MemoryPeer, Caller]:
    """Bob, and a peer that has not called him yet."""
    bob, peer = await stage.agent("bob", **settings), await stage.peer(transport)
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


async def let_alice_call(stage: Stage, **settings: Any) -> tuple[Party, MemoryPeer, OutgoingCall, Callee]:
    """Alice, and a peer that has her INVITE and has said nothing yet."""
    alice, peer = await stage.agent("alice", **settings), await stage.peer()
    call = alice.call(peer.uri)
    return alice, peer, call, await peer.expect_call()


async def call_to_peer(stage: Stage, **headers: Any) -> tuple[MemoryPeer, Callee, OutgoingCall]:
    """Alice's call to a peer, which has answered; `headers` stand in its 200."""
    _, peer, call, callee = await let_alice_call(stage)
    callee.reply(200, body=AUDIO, **headers)
    await connected(call)
    return peer, callee, call
