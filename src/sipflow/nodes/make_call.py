"""MakeCall: place a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sipflow.base.call_events import CallEvent, Connected, Disconnected, Progressed
from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying, status_and_reason
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, ExtraHeaders, Kind, TargetField, WaitMs
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Command, Surroundings, command


class CompleteOn(StrEnum):
    """When a MakeCall has done its work."""

    ANSWERED = "answered"
    RINGING = "ringing"
    SENT = "sent"


class MakeCallParams(CallParams):
    """Settings of MakeCall."""

    target_uri: TargetField
    """Whom to call: a SIP URI, or the directory number of another instance."""
    timeout_ms: WaitMs = 30_000
    """How long to wait before the call is cancelled and the node fails, in milliseconds."""
    headers: ExtraHeaders = ()
    """Further header fields of the INVITE."""
    follow_redirects: Annotated[bool, Kind.BOOLEAN] = False
    """Whether to call the addresses that a redirection (300, 301, 302) names; else it is how the call ends."""
    late_offer: Annotated[bool, Kind.BOOLEAN] = False
    """Whether to call without an offer: the other side offers in its 2xx, and our ACK answers."""
    complete_on: Annotated[CompleteOn, Field(title="Done when"), Kind.CHOICE] = CompleteOn.ANSWERED
    """When the node is done: at the answer, at the first ringing (or answer), or once the INVITE is sent."""


@command(
    "MakeCall", title="Make call", icon="phone-outgoing", group="call", opens=CallSide.CALLER, face="→ {targetUri}"
)
class MakeCall(Command[MakeCallParams]):
    """Place a call and bind it to the call id (INVITE … ACK)."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        target = self.params.target_uri
        if not target or not around.instance_id:
            return
        if (problem := self._unanswered(target, around)) is not None:
            yield problem
            return
        called = around.reached(target)
        if called and not around.has_failure_branch and (fault := around.media_fault(called)) is not None:
            yield Problem.warning("targetUri", "no-common-media", instance=around.names[called], reason=fault)

    def _unanswered(self, target: str, around: Surroundings) -> Problem | None:
        """Why nobody answers the call to a number."""
        if ":" in target or around.uses_pbx:
            return None
        called = around.dns.get(target)
        if called is None:
            return Problem.warning("targetUri", "target-of-nobody", dn=target)
        if called not in around.takes_calls:
            return Problem.warning("targetUri", "nobody-takes-the-call", instance=around.names[called])
        is_meant = (
            around.has_failure_branch
            or self.params.follow_redirects
            or self.params.complete_on is not CompleteOn.ANSWERED
        )
        if called in around.answers_calls or is_meant:
            return None
        return Problem.warning("targetUri", "nobody-answers-the-call", instance=around.names[called])

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        call = ctx.make_call(
            params.target_uri,
            params.call_id,
            params.headers,
            follow_redirects=params.follow_redirects,
            offers=not params.late_offer,
        )
        if params.complete_on is CompleteOn.SENT:
            return
        expected = Saying.of(params.complete_on.value)
        try:
            # Looked at, not taken: RINGING, CONNECTED and DISCONNECTED nodes behind this one want them.
            event = await ctx.wait(params.call_id, self._decides, params.timeout_ms / 1000, expected, take=False)
        except NodeFailed:
            with suppress(NodeFailed):
                call.release()
            raise
        if isinstance(event, Disconnected):
            got = status_and_reason(event.status, event.reason) if event.status else event.told()
            raise NodeFailed(expected, got, call_id=params.call_id)

    def _decides(self, event: CallEvent) -> bool:
        if isinstance(event, Progressed):
            return self.params.complete_on is CompleteOn.RINGING
        return isinstance(event, Connected | Disconnected)
