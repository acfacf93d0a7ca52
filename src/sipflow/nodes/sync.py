"""Sync: wait for other instances."""

from __future__ import annotations

from typing import Annotated

from sipflow.scenario.context import NodeContext
from sipflow.scenario.document import Branch
from sipflow.scenario.fields import Kind, Params, Text, WaitMs
from sipflow.scenario.node_api import Command, command


class SyncParams(Params):
    """Settings of Sync."""

    meeting: Annotated[Text, Kind.TEXT] = "sync-1"
    """The name of the meeting: every instance with a Sync of this name takes part."""
    timeout_ms: WaitMs = 10_000
    """How long to wait for the others before the node fails, in milliseconds."""


@command(
    "Sync",
    title="Wait for instances",
    icon="users",
    group="flow",
    meets="meeting",
    face="{meeting} ≤ {timeout}",
    ways={Branch.SUCCESS: "all are here", Branch.FAILURE: "not in time"},
)
class Sync(Command[SyncParams]):
    """Wait until every instance with a Sync of the same name has come to it; then all go on."""

    async def run(self, ctx: NodeContext) -> None:
        await ctx.meet(self.params.meeting, self.params.timeout_ms / 1000)
