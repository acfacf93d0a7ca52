"""Tells whoever watches how loud the calls of the run are, beside its events: nothing of it is recorded."""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from typing import Final

from sipflow.engine import Engine
from sipflow.engine.levels import StreamLevel
from sipflow.server.hub import EventHub, Frame

logger = logging.getLogger(__name__)

PERIOD_S: Final = 0.2


async def tell_levels(engine: Engine, hub: EventHub) -> None:
    """Read them five times a second while a page watches, and never else; until cancelled."""
    try:
        while True:
            await hub.until_watched()
            await asyncio.to_thread(import_module, "sipflow.media.meter")  # numpy takes a while, and a run goes on
            while hub.is_watched:
                hub.tell_levels([_told(level) for level in engine.read_levels()])
                await asyncio.sleep(PERIOD_S)
            engine.forget_levels()
    except Exception:
        logger.exception("levels are told no more")


def _told(level: StreamLevel) -> Frame:
    heard, sent = level.heard_dbfs, level.sent_dbfs
    return {
        "instanceId": level.instance_id,
        "callId": level.call_id,
        "heardDbfs": None if heard is None else round(heard),
        "sentDbfs": None if sent is None else round(sent),
    }
