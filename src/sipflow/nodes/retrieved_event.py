"""RETRIEVED: wait until the other side takes a call back from hold."""

from __future__ import annotations

from sipflow.base.call_events import Retrieved
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.node_api import CallChange, CallSide, Event, event


class RetrievedEventParams(CheckedParams):
    """Settings of RETRIEVED."""


@event(
    "RETRIEVED",
    title="Wait for retrieval",
    icon="circle-play",
    group="call",
    needs=CallSide.EITHER,
    awaits=CallChange.RETRIEVES,
    face="≤ {timeout}",
)
class RetrievedEvent(Event[RetrievedEventParams]):
    """Wait until the other side takes the call back from hold by a re-INVITE or UPDATE, and has our 2xx to it."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        event = await ctx.wait(
            params.call_id, lambda event: isinstance(event, Retrieved), params.timeout_ms / 1000, Saying.of("retrieved")
        )
        judge(params.checks, event.message, ctx, params.call_id)
