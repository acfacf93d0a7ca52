"""INCOMING: take an incoming call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import EventParams, HeaderPairs, Kind, Text
from sipflow.scenario.findings import Problem, Severity
from sipflow.scenario.node_api import CallSide, Event, Surroundings, event


class IncomingParams(EventParams):
    """Settings of INCOMING."""

    number: Annotated[Text, Kind.DN] = ""
    """Called number (the user part of the Request-URI) to wait for; empty takes any call."""
    match: HeaderPairs = ()
    """Header fields that the INVITE must have, with exactly these values."""


@event("INCOMING", icon="phone-incoming", group="call", opens=CallSide.CALLEE)
class Incoming(Event[IncomingParams]):
    """Take the oldest incoming call of the instance, or wait for one, and bind it to the call id."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        number = self.params.number
        if not number:
            return
        owner = around.dns.get(number)
        if owner is None:
            yield Problem(Severity.WARNING, "number", f"{number!r} is the dn of no instance")
        elif around.instance_id and owner != around.instance_id:
            yield Problem(
                Severity.ERROR, "number", f"{number!r} is the dn of another instance ({owner}): its calls arrive there"
            )

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.take_incoming(params.call_id, params.number, params.timeout_ms / 1000, params.match)
