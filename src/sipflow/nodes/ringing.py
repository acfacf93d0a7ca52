"""Ringing: answer an INVITE provisionally."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, Kind
from sipflow.scenario.node_api import CallChange, CallSide, Command, command


class RingingParams(CallParams):
    """Settings of Ringing."""

    status_code: Annotated[int, Field(ge=101, le=199), Kind.STATUS_CODE] = 180
    """The provisional response to send; 183 carries a session description."""
    reliable: Annotated[bool | None, Kind.BOOLEAN] = None
    """Whether to send it reliably (100rel, PRACK). Left open: where the caller demands it, or the instance does."""


@command(
    "Ringing",
    title="Ring",
    icon="bell-ring",
    group="call",
    needs=CallSide.CALLEE,
    causes=CallChange.RINGS,
    face="→ {statusCode}",
)
class Ringing(Command[RingingParams]):
    """Tell the caller that the call is ringing (180), or progressing with early media (183)."""

    async def run(self, ctx: NodeContext) -> None:
        ctx.call(self.params.call_id).ring(self.params.status_code, reliable=self.params.reliable)
