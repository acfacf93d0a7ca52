"""Both: wait for two events in any order."""

from __future__ import annotations

from sipflow.scenario.context import NodeContext
from sipflow.scenario.document import Branch
from sipflow.scenario.fields import Params
from sipflow.scenario.node_api import Command, Steering, command


class BothParams(Params):
    """Settings of Both: it has none."""


@command(
    "Both",
    title="Wait for both",
    icon="git-merge",
    group="flow",
    steers=Steering.BOTH,
    ways={Branch.SUCCESS: "the one", Branch.FAILURE: "the other"},
)
class Both(Command[BothParams]):
    """Wait for the events at both its edges at once, and go on when both have come, in whatever order.

    Both events lead to the same next step. A further Both at an edge adds two more events. It fails with the first
    event that fails: then the chain goes on at the failure edge of that one.
    """

    async def run(self, ctx: NodeContext) -> None:
        """Nothing: its chain is what it steers."""
