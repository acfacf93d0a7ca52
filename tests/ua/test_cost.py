"""What a plain call costs: features cost only when they are used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from sipflow.base.ids import RandomIds
from sipflow.testing import MemoryNetwork, VirtualClock
from sipflow.testing.agents import rest, virtual
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import AgentSettings, IncomingCall, PreparedSession, UserAgent
from tests.cost import FunctionCount

LAYERS: Final = ("sip", "ua", "sdp", "net")
CALLS: Final = 20
MOST_FUNCTIONS: Final = 335
"""Called for one call, both sides together. CPython 3.11 takes 333, later ones fewer."""


@virtual
async def test_plain_call_costs_no_more_than_before_there_were_features() -> None:
    network = MemoryNetwork()
    callee = await started("bob", network, take)
    caller = await started("alice", network, take)
    for _ in range(10):  # what calls share is found out with the first ones
        await a_call(caller, callee)
    with FunctionCount(*LAYERS) as count:
        for _ in range(CALLS):
            await a_call(caller, callee)
    await caller.close()
    await callee.close()
    assert count.called / CALLS <= MOST_FUNCTIONS


async def started(user: str, network: MemoryNetwork, on_incoming: Callable[[IncomingCall], None]) -> UserAgent:
    agent = UserAgent(
        AgentSettings(user=user),
        network=network,
        clock=VirtualClock(asyncio.get_running_loop()),
        ids=RandomIds(len(user)),
        new_session=lambda: PreparedSession(AUDIO.encode()),
        on_incoming=on_incoming,
    )
    await agent.start()
    return agent


def take(call: IncomingCall) -> None:
    call.ring()
    call.answer()


async def a_call(caller: UserAgent, callee: UserAgent) -> None:
    """INVITE, 180, 200, ACK, BYE, 200."""
    call = caller.call(callee.address)
    await rest(0.05)
    call.release()
    await rest(0.05)
    assert not callee.calls
