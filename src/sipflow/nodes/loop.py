"""Loop: run some steps several times."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.base.sayings import Saying
from sipflow.scenario.context import NodeContext
from sipflow.scenario.document import Branch
from sipflow.scenario.expressions import evaluate_or_fail
from sipflow.scenario.fields import Expression, Kind, Params, VariableName
from sipflow.scenario.node_api import Command, Steering, command

MAX_ROUNDS = 10_000


class LoopParams(Params):
    """Settings of Loop."""

    count: Annotated[int, Field(ge=1, le=MAX_ROUNDS), Kind.INTEGER] = 2
    """How many rounds there are at most."""
    condition: Expression = ""
    """A condition in CEL that is asked before each round: once it is false, there are no more. Empty asks nothing."""
    variable: VariableName = ""
    """A variable that gets the number of the round, from 1."""


@command(
    "Loop",
    title="Repeat",
    icon="repeat",
    group="flow",
    steers=Steering.LOOP,
    face="{count}×[ while {condition}]",
    ways={Branch.SUCCESS: "each round", Branch.FAILURE: "after the last"},
)
class Loop(Command[LoopParams]):
    """Run the steps behind its success edge several times: the last of them leads back here.

    After the last round the chain goes on at the failure edge, or ends where there is none; the node itself has not
    failed then. Ways back are allowed to a Loop alone.
    """

    async def run(self, ctx: NodeContext) -> Branch:
        params = self.params
        if ctx.rounds >= params.count:
            return Branch.FAILURE
        if params.condition:
            goes_on = evaluate_or_fail(params.condition, Saying.of("true-or-false"), ctx.variables, ctx.call_facts)
            if goes_on is not True:
                return Branch.FAILURE
        if params.variable:
            ctx.set_variable(params.variable, str(ctx.rounds + 1))
        return Branch.SUCCESS
