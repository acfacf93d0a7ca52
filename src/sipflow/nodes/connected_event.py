"""CONNECTED: wait until a call is answered."""

from __future__ import annotations

from sipflow.base.call_events import Connected
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.node_api import CallChange, CallSide, Event, event


class ConnectedEventParams(CheckedParams):
    """Settings of CONNECTED."""


@event(
    "CONNECTED",
    title="Wait for the answer",
    icon="link",
    group="call",
    needs=CallSide.EITHER,
    awaits=CallChange.ANSWERS,
    face="≤ {timeout}",
)
class ConnectedEvent(Event[ConnectedEventParams]):
    """Wait until the call stands: 200 and ACK, on either side."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        event = await ctx.wait(
            params.call_id, lambda event: isinstance(event, Connected), params.timeout_ms / 1000, Saying.of("connected")
        )
        judge(params.checks, event.message, ctx, params.call_id)
