"""MuteTransfer: connect the other ends of two calls with each other."""

from __future__ import annotations

from collections.abc import Iterator

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallIdField, Params, WaitMs
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallChange, Command, Surroundings, command


class MuteTransferParams(Params):
    """Settings of MuteTransfer."""

    primary_call_id: CallIdField
    """The call whose other end is to be handed over: it gets the REFER."""
    consult_call_id: CallIdField
    """The call with whom it is to be connected: it is replaced."""
    timeout_ms: WaitMs = 30_000
    """How long to wait for the answer to the new call before the node fails, in milliseconds."""


@command(
    "MuteTransfer",
    title="Connect two calls",
    icon="merge",
    group="call",
    causes=CallChange.TRANSFERS,
    face="{primaryCallId} ⇄ {consultCallId}",
)
class MuteTransfer(Command[MuteTransferParams]):
    """Connect the other ends of two calls with each other, and leave (REFER with Replaces: an attended transfer).

    Both calls are ended once the new one is answered. Where it is not, the node fails and both stay as they were.
    """

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - its own settings say it all
        params = self.params
        if params.primary_call_id and params.primary_call_id == params.consult_call_id:
            yield Problem.error("consultCallId", "same-call-twice", call=params.consult_call_id)

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        primary, consult = ctx.call(params.primary_call_id), ctx.call(params.consult_call_id)
        await primary.transfer_to(consult, params.timeout_ms / 1000)
        for call in (primary, consult):
            call.release()
        for call in (primary, consult):
            await call.released()
