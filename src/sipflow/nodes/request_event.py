"""REQUEST: wait for any request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.base.call_events import CallEvent, Requested
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import CheckedParams, has_headers, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallIdField, HeaderPairs, MethodField
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Event, Hearing, Surroundings, event


class RequestEventParams(CheckedParams):
    """Settings of REQUEST."""

    method: MethodField = ""
    """The request to wait for; empty takes any."""
    call_id: CallIdField = ""
    """The call within which it comes; empty waits for one outside of any call."""
    match: Annotated[HeaderPairs, Field(title="Headers to match")] = ()
    """Header fields that the request must have, with exactly these values; others are left for other nodes."""


@event(
    "REQUEST",
    title="Wait for a request",
    icon="mail",
    group="message",
    needs=CallSide.EITHER,
    hears=Hearing.REQUESTS,
    face="[{method} ]≤ {timeout}",
)
class RequestEvent(Event[RequestEventParams]):
    """Take the oldest request of this method, or wait for one. It is answered with 200.

    Where a Response names this node, that Response answers it; without one it gets a 500 after 20 s. BYE, CANCEL, ACK,
    INVITE, UPDATE, PRACK, and REFER within a call are always answered by the stack. A REFER outside of calls gets 202:
    the new call is for MakeCall, and SendRequest tells of it by NOTIFY with `Event: refer`.
    """

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - its own settings say it all
        if self.params.method == "INVITE" and not self.params.call_id:
            yield Problem.error("method", "method-of-another", method="INVITE", other="INCOMING")

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        expected = Saying.of("request-of", method=params.method) if params.method else Saying.of("any-request")
        event = await ctx.wait_message(params.call_id, self._matches, params.timeout_ms / 1000, expected)
        judge(params.checks, event.message, ctx, params.call_id)

    def _matches(self, event: CallEvent) -> bool:
        params = self.params
        fits = isinstance(event, Requested) and params.method in ("", event.method)
        return fits and has_headers(event.message, params.match)
