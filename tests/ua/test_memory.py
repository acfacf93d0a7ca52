"""What a flood takes of memory comes back: allocations are counted, for the size of a process says too little."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from sipflow.testing.agents import Stage, rest, virtual
from sipflow.testing.memory_peer import MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import UserAgent

SIZE = 300
"""Requests of one flood, each outside of any dialog and never finished."""
OVER_S = 70.0
"""64·T1, and what a refusal takes that begins at the end of an INVITE."""


async def flood(stage: Stage, peer: MemoryPeer, agent: UserAgent) -> int:
    """Requests that nobody finishes; returns what is allocated while their transactions stand."""
    for number in range(SIZE):
        peer.caller(agent.local).ask(("INVITE", "OPTIONS", "BYE")[number % 3], AUDIO)
    await rest(0.1)
    assert len(agent.layer) >= SIZE
    return allocated(stage, peer)


def allocated(stage: Stage, peer: MemoryPeer) -> int:
    """Bytes, without what the network and the peer remember for the test."""
    stage.network.tap.clear()
    peer.forget()
    for party in stage.parties:
        party.log.clear()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.conformance("R8")
@virtual
async def test_memory_comes_back_to_within_a_tenth_after_64_t1() -> None:
    tracemalloc.start()
    try:
        async with Stage() as stage:
            bob, peer = await stage.agent("bob"), await stage.peer()
            levels, tops = [], []
            for _ in range(3):  # what is remembered for good is there after the first flood
                tops.append(await flood(stage, peer, bob.agent))
                for call in list(bob.agent.calls):
                    call.release()
                await rest(OVER_S)
                assert (len(bob.agent.layer), len(bob.agent.calls)) == (0, 0)
                levels.append(allocated(stage, peer))
    finally:
        tracemalloc.stop()
    _, before, after = levels
    assert abs(after - before) <= 0.1 * before
    assert min(tops) > 2 * before
