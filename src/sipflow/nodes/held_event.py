"""HELD: wait until the other side holds a call."""

from __future__ import annotations

from sipflow.base.call_events import Held
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.node_api import CallChange, CallSide, Event, event


class HeldEventParams(CheckedParams):
    """Settings of HELD."""


@event(
    "HELD",
    title="Wait for hold",
    icon="circle-pause",
    group="call",
    needs=CallSide.EITHER,
    awaits=CallChange.HOLDS,
    face="≤ {timeout}",
)
class HeldEvent(Event[HeldEventParams]):
    """Wait until the other side holds the call by a re-INVITE or UPDATE, and has our 2xx to it."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        event = await ctx.wait(
            params.call_id, lambda event: isinstance(event, Held), params.timeout_ms / 1000, Saying.of("held")
        )
        judge(params.checks, event.message, ctx, params.call_id)
