"""BlindTransfer: hand a call over to somebody who is not asked before."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sipflow.base.errors import SipParseError
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, Kind, TargetField, Text, WaitMs
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallChange, CallSide, Command, Surroundings, command
from sipflow.scenario.shown_when import shown_when
from sipflow.sip.uri import Uri


class TransferDone(StrEnum):
    """When a BlindTransfer has done its work."""

    FINAL = "final"
    ACCEPTED = "accepted"


class BlindTransferParams(CallParams):
    """Settings of BlindTransfer."""

    target_uri: TargetField = ""
    """Who gets the call: a SIP URI, or the directory number of another instance."""
    target_user: Annotated[Text, Kind.TEXT, shown_when("targetUri", "")] = ""
    """User part of that address, where no URI is given."""
    target_host: Annotated[Text, Kind.TEXT, shown_when("targetUri", "")] = ""
    """Host of that address, with a port if need be; empty: the user is a directory number."""
    complete_on: Annotated[TransferDone, Field(title="Done when"), Kind.CHOICE] = TransferDone.FINAL
    """When the node is done: when the new call is answered, after which we hang up, or once the REFER is accepted."""
    timeout_ms: WaitMs = 30_000
    """How long to wait for that before the node fails, in milliseconds."""
    told: Annotated[bool, Field(title="Be told"), Kind.BOOLEAN] = True
    """Whether to be told what becomes of the new call (NOTIFY); else an accepted REFER is all that will be known."""

    @property
    def target(self) -> str:
        """Who gets the call, as people write it."""
        if self.target_uri or not self.target_host:
            return self.target_uri or self.target_user
        return f"sip:{self.target_user}@{self.target_host}" if self.target_user else f"sip:{self.target_host}"


@command(
    "BlindTransfer",
    title="Transfer call",
    icon="phone-forwarded",
    group="call",
    needs=CallSide.EITHER,
    causes=CallChange.TRANSFERS,
    face="→ {targetUri}{targetUser}[@{targetHost}]",
)
class BlindTransfer(Command[BlindTransferParams]):
    """Ask the other side to call somebody else (REFER), and hang up once that call is answered.

    Where it is not, the node fails and the call stays as it was.
    """

    def check(self, around: Surroundings) -> Iterator[Problem]:
        target = self.params.target
        if around.unsettled & {"targetUri", "targetUser", "targetHost"}:
            return
        if not target:
            yield Problem.error("targetUri", "missing")
        elif ":" in target and not self.params.target_uri:
            try:
                Uri.parse(target)
            except SipParseError:
                yield Problem.error("targetHost", "target")

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        call = ctx.call(params.call_id)
        is_final = params.complete_on is TransferDone.FINAL
        target = ctx.address_of(params.target)
        await call.transfer(target, params.timeout_ms / 1000, until_answered=is_final, is_told=params.told)
        if is_final:
            call.release()
            await call.released()
