"""Release: end a call."""

from __future__ import annotations

from sipflow.base.events import Level
from sipflow.base.sayings import Saying
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams
from sipflow.scenario.node_api import CallChange, CallSide, Command, command


class ReleaseParams(CallParams):
    """Settings of Release."""


@command("Release", title="Hang up", icon="phone-missed", group="call", needs=CallSide.EITHER, causes=CallChange.ENDS)
class Release(Command[ReleaseParams]):
    """End the call as its state asks: BYE, CANCEL or a final response. No such call is only a warning."""

    async def run(self, ctx: NodeContext) -> None:
        call = ctx.find_call(self.params.call_id)
        if call is None:
            ctx.log(Saying.of("no-call-to-release", call=self.params.call_id), Level.WARNING)
            return
        call.release()
        await call.released()
