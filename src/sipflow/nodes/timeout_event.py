"""TIMEOUT: let time pass."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import MAX_WAIT_MS, CallParams, Kind
from sipflow.scenario.node_api import Event, event


class TimeoutEventParams(CallParams):
    """Settings of TIMEOUT."""

    timeout_ms: Annotated[int, Field(alias="timeout", gt=0, le=MAX_WAIT_MS), Kind.MILLISECONDS] = 10_000
    """How long to wait, in milliseconds. Reaching the time is success."""


@event("TIMEOUT", title="Wait", icon="timer", group="flow", face="{timeout}")
class TimeoutEvent(Event[TimeoutEventParams]):
    """Wait for a fixed time."""

    async def run(self, ctx: NodeContext) -> None:
        await ctx.sleep(self.params.timeout_ms / 1000)
