"""Response: refuse or redirect an incoming call, or answer a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, ExtraHeaders, Kind, Text
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallChange, CallSide, Command, Surroundings, command


class ResponseParams(CallParams):
    """Settings of Response."""

    status_code: Annotated[int, Field(ge=200, le=699), Kind.STATUS_CODE] = 486
    """The final response to send: 300 to 699, to a request that a node has taken also 200 to 299."""
    reason: Annotated[Text, Kind.TEXT] = ""
    """Reason phrase; empty for the usual one."""
    headers: ExtraHeaders = ()
    """Further header fields of the response, such as Contact in a 3xx."""
    request: Annotated[Text, Kind.NODE] = ""
    """The REQUEST node whose request is answered; empty answers the INVITE of the call."""


@command(
    "Response",
    title="Refuse or redirect",
    icon="phone-off",
    group="call",
    needs=CallSide.CALLEE,
    needs_unless="request",
    causes=CallChange.ENDS,
    face="→ {statusCode}[ {reason}]",
)
class Response(Command[ResponseParams]):
    """Refuse or redirect the call with a final response, or answer the request that a REQUEST node has taken."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        params = self.params
        if not params.request:
            if params.status_code < 300:
                yield Problem.error("statusCode", "greater-than-equal", ge=300)
            return
        if params.request not in around.request_waits:
            yield Problem.error("request", "request-unknown", id=params.request)
        elif method := around.request_waits[params.request]:
            yield Problem.error("request", "request-of-the-stack", method=method)

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        if params.request:
            ctx.answer_request(params.request, params.status_code, params.reason, params.headers)
        else:
            ctx.call(params.call_id).reject(params.status_code, params.reason, params.headers)
