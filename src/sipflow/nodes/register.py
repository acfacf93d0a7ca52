"""Register: register an instance with its PBX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import Kind, Params
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import Command, Surroundings, command


class RegisterParams(Params):
    """Settings of Register."""

    expires_s: Annotated[int | None, Field(alias="expires", ge=1, le=604_800), Kind.SECONDS] = None
    """How long the registration should last, in seconds. Left open: the instance's own interval."""


@command("Register", title="Register", icon="log-in", group="registration", face="[{expires} s]")
class Register(Command[RegisterParams]):
    """Register with the PBX, and stay registered (REGISTER); done when that is granted."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        if around.instance_id and not around.uses_pbx:
            yield Problem.error("", "registers-nowhere")

    async def run(self, ctx: NodeContext) -> None:
        await ctx.register(self.params.expires_s)
