"""CONNECTED: wait until a call is answered."""

from __future__ import annotations

from sipflow.base.call_events import Connected
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import EventParams
from sipflow.scenario.node_api import CallSide, Event, event


class ConnectedEventParams(EventParams):
    """Settings of CONNECTED."""


@event("CONNECTED", icon="link", group="call", needs=CallSide.EITHER)
class ConnectedEvent(Event[ConnectedEventParams]):
    """Wait until the call stands: 200 and ACK, on either side."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.wait(
            params.call_id, lambda event: isinstance(event, Connected), params.timeout_ms / 1000, "connected"
        )
