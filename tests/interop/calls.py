"""What a caller does and waits for."""

from __future__ import annotations

import asyncio

from sipflow.base.call_events import CallEvent, Connected
from sipflow.ua import OutgoingCall, UserAgent

LIMIT_S = 10


async def event_of(call: OutgoingCall, kind: type[CallEvent]) -> CallEvent:
    """The next event of this kind. Raises TimeoutError."""
    async with asyncio.timeout(LIMIT_S):
        return await call.mailbox.wait(lambda event: isinstance(event, kind))


async def call_briefly(agent: UserAgent, target: str, talk_s: float = 0.2) -> None:
    """Call, talk for a moment, hang up, and wait for the answer to that. Raises TimeoutError."""
    call = agent.call(target)
    await event_of(call, Connected)
    await asyncio.sleep(talk_s)
    call.release()
    async with asyncio.timeout(LIMIT_S):
        await call.released.wait()
