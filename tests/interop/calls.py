"""What a caller does and waits for."""

from __future__ import annotations

import asyncio

from sipflow.base.call_events import Connected
from sipflow.testing.agents import hang_up, happens
from sipflow.ua import UserAgent

LIMIT_S = 20


async def call_briefly(agent: UserAgent, target: str, talk_s: float = 0.2) -> None:
    """Call, talk for a moment, hang up, and wait for the answer to that."""
    call = agent.call(target)
    await happens(call, Connected, LIMIT_S)
    await asyncio.sleep(talk_s)
    await hang_up(call, LIMIT_S)
