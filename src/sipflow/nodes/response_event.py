"""RESPONSE: wait for any response."""

from __future__ import annotations

from sipflow.base.call_events import CallEvent, Responded
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallIdField, MethodField, StatusPattern
from sipflow.scenario.node_api import CallSide, Event, Hearing, event
from sipflow.scenario.status_pattern import matches_status


class ResponseEventParams(CheckedParams):
    """Settings of RESPONSE."""

    status_code: StatusPattern = ""
    """The response to wait for: `486`, `4xx`, several with commas; empty takes any."""
    method: MethodField = ""
    """The request that it answers; empty takes any."""
    call_id: CallIdField = ""
    """The call to which it belongs; empty waits for one to a request outside of any call, or to a raw message."""


@event(
    "RESPONSE",
    title="Wait for a response",
    icon="inbox",
    group="message",
    needs=CallSide.EITHER,
    hears=Hearing.RESPONSES,
    face="[{statusCode} ][{method} ]≤ {timeout}",
)
class ResponseEvent(Event[ResponseEventParams]):
    """Take the oldest response of this status to a request of ours, or wait for one. Provisional ones count too."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        status = params.status_code
        response = Saying.of("response-of", status=status) if status else Saying.of("any-response")
        expected = Saying.of("response-to", what=response, method=params.method) if params.method else response
        event = await ctx.wait_message(params.call_id, self._matches, params.timeout_ms / 1000, expected)
        judge(params.checks, event.message, ctx, params.call_id)

    def _matches(self, event: CallEvent) -> bool:
        params = self.params
        fits = isinstance(event, Responded) and params.method in ("", event.method)
        return fits and isinstance(event, Responded) and matches_status(params.status_code, event.status)
