"""The one WebSocket: everything that happens, as it happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Annotated, Final

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from sipflow.server.parts import Parts

MAX_CLIENTS: Final = 64
MAX_WISH: Final = 100
"""Characters of what a client says."""
TRY_AGAIN_LATER: Final = 1013  # registered with IANA for RFC 6455 §7.4

router = APIRouter()


@router.websocket("/api/events")
async def follow_events(
    socket: WebSocket,
    run_id: Annotated[str, Query(alias="runId", max_length=100)] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> None:
    """Tell every event of the runs from now on; with `runId` and `after`, what has been missed first.

    A client may say `{"watchLevels": true}`, and later `false`: meanwhile it is told how loud calls are, too.
    """
    parts: Parts = socket.app.state.parts
    await socket.accept()
    if parts.hub.listeners >= MAX_CLIENTS:
        await socket.close(TRY_AGAIN_LATER)
        return
    listener = parts.hub.listen(run_id, after)

    async def send() -> None:
        async for frame in listener.frames():
            await socket.send_text(frame)

    async def hear() -> None:
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            is_wanted = _wish(message.get("text"))
            if is_wanted is not None:
                parts.hub.watch(listener, is_wanted=is_wanted)

    tasks = {asyncio.create_task(send()), asyncio.create_task(hear())}
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


def _wish(text: object) -> bool | None:
    """Whether a client wants to watch levels; None where it says something else, which means nothing."""
    if not isinstance(text, str) or len(text) > MAX_WISH:
        return None
    try:
        said = json.loads(text)
    except ValueError:
        return None
    wish = said.get("watchLevels") if isinstance(said, dict) else None
    return wish if isinstance(wish, bool) else None
