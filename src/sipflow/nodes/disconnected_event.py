"""DISCONNECTED: wait until the other side, the clock or the network ends a call."""

from __future__ import annotations

from typing import Annotated

from sipflow.base.call_events import CallEvent, Cause, Disconnected
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import Kind
from sipflow.scenario.node_api import CallChange, CallSide, Event, event


class DisconnectedEventParams(CheckedParams):
    """Settings of DISCONNECTED."""

    cause: Annotated[Cause | None, Kind.CHOICE] = None
    """Why the call must have ended; empty for any cause."""


@event(
    "DISCONNECTED",
    title="Wait for the end",
    icon="unlink",
    group="call",
    needs=CallSide.EITHER,
    awaits=CallChange.ENDS,
    face="[({cause}) ]≤ {timeout}",
)
class DisconnectedEvent(Event[DisconnectedEventParams]):
    """Wait until the call is ended by the other side, refused, or lost. Our own Release does not count."""

    async def run(self, ctx: NodeContext) -> None:
        cause = self.params.cause
        expected = Saying.of("ended-by", cause=cause.value) if cause else Saying.of("ended")
        event = await ctx.wait(self.params.call_id, self._matches, self.params.timeout_ms / 1000, expected)
        judge(self.params.checks, event.message, ctx, self.params.call_id)

    def _matches(self, event: CallEvent) -> bool:
        return isinstance(event, Disconnected) and self.params.cause in (None, event.cause)
