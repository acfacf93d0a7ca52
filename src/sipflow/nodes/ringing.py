"""Ringing: answer an INVITE provisionally."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, Kind
from sipflow.scenario.node_api import CallSide, Command, command


class RingingParams(CallParams):
    """Settings of Ringing."""

    status_code: Annotated[int, Field(ge=101, le=199), Kind.STATUS_CODE] = 180
    """The provisional response to send; 183 carries a session description."""


@command("Ringing", icon="bell-ring", group="call", needs=CallSide.CALLEE)
class Ringing(Command[RingingParams]):
    """Tell the caller that the call is ringing (180), or progressing with early media (183)."""

    async def run(self, ctx: NodeContext) -> None:
        ctx.call(self.params.call_id).ring(self.params.status_code)
