"""INCOMING: take an incoming call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import HeaderPairs, Kind, Text
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Event, Surroundings, event


class IncomingParams(CheckedParams):
    """Settings of INCOMING."""

    number: Annotated[Text, Field(title="Called number"), Kind.DN] = ""
    """Called number (the user part of the Request-URI) to wait for; empty takes any call."""
    match: Annotated[HeaderPairs, Field(title="Headers to match")] = ()
    """Header fields that the INVITE must have, with exactly these values."""


@event(
    "INCOMING",
    title="Wait for a call",
    icon="phone-incoming",
    group="call",
    opens=CallSide.CALLEE,
    face="[{number} ]≤ {timeout}",
)
class Incoming(Event[IncomingParams]):
    """Take the oldest incoming call of the instance, or wait for one, and bind it to the call id."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        number = self.params.number
        if not number:
            return
        owner = around.dns.get(number)
        if owner is None:
            yield Problem.warning("number", "dn-of-nobody", dn=number)
        elif around.instance_id and owner != around.instance_id:
            yield Problem.error("number", "dn-of-another", dn=number, instance=around.names[owner])

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        call = await ctx.take_incoming(params.call_id, params.number, params.timeout_ms / 1000, params.match)
        judge(params.checks, call.opening, ctx, params.call_id)
