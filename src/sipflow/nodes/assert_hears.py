"""AssertHears: expect everybody to hear whom they should, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import Kind, Params, Text
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import Command, Surroundings, command
from sipflow.scenario.shown_when import shown_when
from sipflow.scenario.who_hears import read_pairs


class AssertHearsParams(Params):
    """Settings of AssertHears."""

    expected: Annotated[Text, Field(title="Who hears whom"), Kind.TEXT] = ""
    """Who should hear whom; nobody else may: `1001 <-> 1002, 1003 <- 1001` lets 1001 and 1002 hear each other and 1003
    hear 1001. Instances go by number, label or id. Empty: the two parties of every answered call hear each other."""
    duration_ms: Annotated[int, Field(title="Duration", ge=1_500, le=60_000), Kind.MILLISECONDS] = 2_000
    """How long is measured, in milliseconds; of more than 2,500 the last 2,500 count. The node takes 0.8 s longer."""
    respects_hold: Annotated[bool, Field(title="Hold is silent"), Kind.BOOLEAN, shown_when("expected", "")] = False
    """Whether, where it is not said who hears whom, somebody on hold, or with another direction that forbids it, is not
    to be heard. Else both parties of a held call should hear each other too."""


@command(
    "AssertHears",
    title="Assert who hears whom",
    icon="grid-3x3",
    group="media",
    uses_audio=True,
    face="[{expected}, ]{durationMs}",
)
class AssertHears(Command[AssertHearsParams]):
    """Let every instance send a sound of its own on all its calls, and fail unless each is heard where it should be.

    It must be heard nowhere else. What plays meanwhile waits. One node in one chain measures all instances of the
    scenario; others just carry media.
    """

    def check(self, around: Surroundings) -> Iterator[Problem]:
        if "expected" not in around.unsettled:
            fault = read_pairs(self.params.expected, around.dns, around.names).fault
            if fault is not None:
                yield Problem.error("expected", fault.code, **dict(fault.values))

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.expect_hearing(params.expected, params.duration_ms / 1000, respects_hold=params.respects_hold)
