"""Assert: expect a condition to hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.base.errors import NodeFailed
from sipflow.scenario.context import NodeContext
from sipflow.scenario.expressions import as_text, evaluate_or_fail
from sipflow.scenario.fields import Expression, Kind, Params, Text
from sipflow.scenario.node_api import Command, command


class AssertParams(Params):
    """Settings of Assert."""

    condition: Annotated[Expression, Field(min_length=1)]
    """A condition in CEL: `var.name` is a variable (a text), `call["call-1"].status` a fact of a call."""
    message: Annotated[Text, Kind.TEXT] = ""
    """What it means when it does not hold; told when the node fails."""


@command("Assert", icon="scale", group="flow", face="{condition}")
class Assert(Command[AssertParams]):
    """Go on where a condition holds, and fail where it does not."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        expected = params.message or params.condition
        value = evaluate_or_fail(params.condition, expected, ctx.variables, ctx.call_facts)
        if value is not True:
            raise NodeFailed(expected, as_text(value))
