"""Hold: put a call on hold."""

from __future__ import annotations

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import ModifyParams
from sipflow.scenario.node_api import CallChange, CallSide, Command, command


class HoldParams(ModifyParams):
    """Settings of Hold."""


@command(
    "Hold",
    title="Hold call",
    icon="pause",
    group="call",
    needs=CallSide.EITHER,
    causes=CallChange.HOLDS,
    face="→ {method}",
)
class Hold(Command[HoldParams]):
    """Hold the call: `sendonly`, or `inactive` where the other side holds too. Refused, all stays as it was."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.call(params.call_id).hold(params.method.value, params.timeout_ms / 1000)
