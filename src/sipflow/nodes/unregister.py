"""Unregister: take a registration back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import Kind, Params
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import Command, Surroundings, command


class UnregisterParams(Params):
    """Settings of Unregister."""

    everyone: Annotated[bool, Field(alias="all", title="All contacts"), Kind.BOOLEAN] = False
    """Whether to remove every contact of the address, those of other devices too (`Contact: *`)."""


@command("Unregister", title="Unregister", icon="log-out", group="registration")
class Unregister(Command[UnregisterParams]):
    """Take the registration with the PBX back (REGISTER that expires at once)."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        if around.instance_id and not around.uses_pbx:
            yield Problem.error("", "registers-nowhere")

    async def run(self, ctx: NodeContext) -> None:
        await ctx.unregister(everyone=self.params.everyone)
