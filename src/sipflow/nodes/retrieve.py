"""Retrieve: take a call back from hold."""

from __future__ import annotations

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import ModifyParams
from sipflow.scenario.node_api import CallChange, CallSide, Command, command


class RetrieveParams(ModifyParams):
    """Settings of Retrieve."""


@command(
    "Retrieve",
    title="Retrieve call",
    icon="play",
    group="call",
    needs=CallSide.EITHER,
    causes=CallChange.RETRIEVES,
    face="→ {method}",
)
class Retrieve(Command[RetrieveParams]):
    """Take the call back from hold: `sendrecv`. Refused, all stays as it was."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.call(params.call_id).retrieve(params.method.value, params.timeout_ms / 1000)
