"""Register: register an instance with its PBX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from sipflow.base.errors import SipParseError
from sipflow.scenario.checks import HeaderChecks, judge
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import Kind, Params, Text, unfit
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import Command, Surroundings, command
from sipflow.scenario.shown_when import shown_when
from sipflow.sip.uri import Uri


def _parts(value: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in value.split(","))))


def _addresses(value: str) -> str:
    for part in _parts(value):
        try:
            Uri.parse(part)
        except SipParseError as error:
            raise unfit("contact-address", text=part) from error
    return value


class RegisterParams(Params):
    """Settings of Register."""

    expires_s: Annotated[
        int | None, Field(alias="expires", ge=1, le=604_800), Kind.SECONDS, shown_when("onlyAsk", False)
    ] = None
    """How long the registration should last, in seconds. Left open: the instance's own interval."""
    further_contacts: Annotated[Text, AfterValidator(_addresses), Kind.TEXT, shown_when("onlyAsk", False)] = ""
    """Addresses to bind beside the instance's own, with commas between; they are renewed and taken back with it."""
    only_ask: Annotated[bool, Kind.BOOLEAN] = False
    """Whether to ask which contacts are bound, and to change nothing."""
    checks: HeaderChecks = ()
    """What the answer must have, such as Contact, and what of it goes into variables; the node fails where it does not
    fit."""


@command("Register", title="Register", icon="log-in", group="registration", face="[{expires} s]")
class Register(Command[RegisterParams]):
    """Register with the PBX, and stay registered (REGISTER); done when that is granted."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        if around.instance_id and not around.uses_pbx:
            yield Problem.error("", "registers-nowhere")

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        if params.only_ask:
            answer = await ctx.ask_bindings()
        else:
            answer = await ctx.register(params.expires_s, _parts(params.further_contacts))
        judge(params.checks, answer, ctx, "")
