"""A scenario that meets a scripted peer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sipflow.sip.flow import Address
from tests.documents import Json
from tests.engine.peer import Peer
from tests.engine.stage import Stage, Step, lane, on_stage, step

PEER = "sip:x@127.0.0.1:6000"
A = Address("127.0.0.1", 5060)


def calls(*rest: Step, **data: Any) -> Json:
    """One caller, whose MakeCall goes to the peer on port 6000."""
    return lane("a", "1001", step("MakeCall", targetUri=PEER, **data), *rest)


def meets(
    document: Json,
    scene: Callable[[Stage, Peer], Coroutine[Any, Any, None]] | None = None,
    *,
    fails: bool = False,
    **answers: tuple[int, ...],
) -> tuple[Stage, Peer]:
    """Run a scenario against a peer on port 6000 beside which `scene` plays."""

    async def play(stage: Stage) -> tuple[Stage, Peer]:
        peer = await Peer.bind(stage.network, 6000, **answers)
        await stage.start()
        playing = asyncio.create_task(scene(stage, peer)) if scene else None
        end = await stage.engine.wait_ended()
        if playing is not None:
            await playing
        stage.expect_sound_stream()
        await asyncio.sleep(0.01)  # what is under way arrives
        await peer.close()
        stage.expect_nothing_left()
        assert end.kind == ("scenario:failed" if fails else "scenario:completed"), end
        return stage, peer

    return on_stage(document, play)
