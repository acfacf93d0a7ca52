"""Either: wait for one of two events."""

from __future__ import annotations

from sipflow.scenario.context import NodeContext
from sipflow.scenario.document import Branch
from sipflow.scenario.fields import Params
from sipflow.scenario.node_api import Command, Steering, command


class EitherParams(Params):
    """Settings of Either: it has none."""


@command(
    "Either",
    title="Wait for either",
    icon="git-branch",
    group="flow",
    steers=Steering.EITHER,
    ways={Branch.SUCCESS: "the one", Branch.FAILURE: "the other"},
)
class Either(Command[EitherParams]):
    """Wait for the events at both its edges at once, and go on behind the one that comes first.

    The other one is left as if it had not been reached. A further Either at an edge adds two more events. It fails
    where all of them fail: then the chain goes on at the failure edge of the last one.
    """

    async def run(self, ctx: NodeContext) -> None:
        """Nothing: its chain is what it steers."""
