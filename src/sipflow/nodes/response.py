"""Response: refuse or redirect an incoming call."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, ExtraHeaders, Kind, Text
from sipflow.scenario.node_api import CallSide, Command, command


class ResponseParams(CallParams):
    """Settings of Response."""

    status_code: Annotated[int, Field(ge=300, le=699), Kind.STATUS_CODE] = 486
    """The final response to send, 300 to 699."""
    reason: Annotated[Text, Kind.TEXT] = ""
    """Reason phrase; empty for the usual one."""
    headers: ExtraHeaders = ()
    """Further header fields of the response, such as Contact in a 3xx."""


@command("Response", icon="phone-off", group="call", needs=CallSide.CALLEE)
class Response(Command[ResponseParams]):
    """Refuse or redirect the call with a final response."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        ctx.call(params.call_id).reject(params.status_code, params.reason, params.headers)
