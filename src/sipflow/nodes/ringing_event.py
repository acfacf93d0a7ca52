"""RINGING: wait for a provisional response."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.base.call_events import CallEvent, Progressed
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import Kind
from sipflow.scenario.node_api import CallChange, CallSide, Event, event


class RingingEventParams(CheckedParams):
    """Settings of RINGING."""

    status_code: Annotated[int | None, Field(ge=101, le=199), Kind.STATUS_CODE] = None
    """The provisional response to wait for; empty for any 18x."""


@event(
    "RINGING",
    title="Wait for ringing",
    icon="bell",
    group="call",
    needs=CallSide.CALLER,
    awaits=CallChange.RINGS,
    face="[{statusCode} ]≤ {timeout}",
)
class RingingEvent(Event[RingingEventParams]):
    """Wait until the other side rings: a provisional response to our INVITE."""

    async def run(self, ctx: NodeContext) -> None:
        expected = Saying.of("response-of", status=self.params.status_code or "18x")
        event = await ctx.wait(self.params.call_id, self._matches, self.params.timeout_ms / 1000, expected)
        judge(self.params.checks, event.message, ctx, self.params.call_id)

    def _matches(self, event: CallEvent) -> bool:
        if not isinstance(event, Progressed):
            return False
        wanted = self.params.status_code
        return 180 <= event.status <= 189 if wanted is None else event.status == wanted
