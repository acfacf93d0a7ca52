"""Set: give variables their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.base.sayings import Saying
from sipflow.scenario.context import NodeContext
from sipflow.scenario.expressions import as_text, evaluate_or_fail
from sipflow.scenario.fields import Expression, Params, VariableName, VariableRows
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import Command, Surroundings, command


class SetParams(Params):
    """Settings of Set."""

    values: VariableRows = ()
    """Variables and their values: texts, in which `{{ … }}` is replaced."""
    variable: VariableName = ""
    """A variable that gets the value of the expression."""
    expression: Annotated[Expression, Field(title="Expression")] = ""
    """The value of the variable above, in CEL: `string(int(var.count) + 1)`."""


@command("Set", title="Set variables", icon="variable", group="flow", face="{variable}")
class Set(Command[SetParams]):
    """Give variables of the run their values. All instances see them."""

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - its own settings say it all
        if self.params.expression and not self.params.variable:
            yield Problem.error("variable", "missing")
        elif self.params.variable and not self.params.expression:
            yield Problem.error("expression", "missing")

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        for name, value in params.values:
            ctx.set_variable(name, value)
        if params.variable:
            expected = Saying.of("value-for", name=params.variable)
            found = evaluate_or_fail(params.expression, expected, ctx.variables, ctx.call_facts)
            ctx.set_variable(params.variable, as_text(found))
