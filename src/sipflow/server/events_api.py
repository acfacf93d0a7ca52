"""The one WebSocket: everything that happens, as it happens."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated, Final

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from sipflow.server.parts import Parts

MAX_CLIENTS: Final = 64
TRY_AGAIN_LATER: Final = 1013  # registered with IANA for RFC 6455 §7.4

router = APIRouter()


@router.websocket("/api/events")
async def follow_events(
    socket: WebSocket,
    run_id: Annotated[str, Query(alias="runId", max_length=100)] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> None:
    """Tell every event of the runs from now on; with `runId` and `after`, what has been missed first."""
    parts: Parts = socket.app.state.parts
    await socket.accept()
    if parts.hub.listeners >= MAX_CLIENTS:
        await socket.close(TRY_AGAIN_LATER)
        return
    listener = parts.hub.listen(run_id, after)

    async def send() -> None:
        async for frame in listener.frames():
            await socket.send_text(frame)

    async def wait_gone() -> None:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass  # clients have nothing to say

    tasks = {asyncio.create_task(send()), asyncio.create_task(wait_gone())}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError, OSError):
                await task
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it may have gone by itself
        await socket.close()
