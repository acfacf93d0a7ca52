"""Answer: accept an incoming call."""

from __future__ import annotations

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, ExtraHeaders
from sipflow.scenario.node_api import CallChange, CallSide, Command, command


class AnswerParams(CallParams):
    """Settings of Answer."""

    headers: ExtraHeaders = ()
    """Further header fields of the 200."""


@command(
    "Answer",
    title="Answer call",
    icon="phone-call",
    group="call",
    needs=CallSide.CALLEE,
    causes=CallChange.ANSWERS,
    face="→ 200",
)
class Answer(Command[AnswerParams]):
    """Accept the call with a 200 and our session description; done when the ACK has come."""

    async def run(self, ctx: NodeContext) -> None:
        await ctx.call(self.params.call_id).answer(self.params.headers)
