"""DTMFReceived: wait for digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sipflow.base.call_events import CallEvent, DigitReceived
from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying
from sipflow.scenario.checks import Pattern, matches_whole
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import DigitField, EventParams, Kind, VariableName
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Event, Surroundings, event


class DtmfReceivedEventParams(EventParams):
    """Settings of DTMFReceived."""

    expected_digit: DigitField = ""
    """The digit to wait for; others stay for other nodes. Empty, and without a pattern: any digit."""
    pattern: Annotated[Pattern, Field(title="Pattern"), Kind.TEXT] = ""
    """Regular expression that all digits together must match, from the oldest that no node has taken, such as
    `[0-9]{4}#`. The node ends with the first digit that makes it fit."""
    variable: Annotated[VariableName, Field(title="Variable")] = ""
    """Variable that gets the digits."""


@event(
    "DTMFReceived",
    title="Wait for DTMF",
    icon="grid-3x3",
    group="media",
    needs=CallSide.EITHER,
    face="[{expectedDigit} ][{pattern} ]≤ {timeout}",
)
class DtmfReceivedEvent(Event[DtmfReceivedEventParams]):
    """Wait for DTMF digits from the other side, in the stream, by INFO, or as tones where the instance hears them."""

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - its own settings say it all
        if self.params.expected_digit and self.params.pattern:
            yield Problem.error("pattern", "digit-and-pattern")

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        try:
            digits = await (self._collect(ctx) if params.pattern else self._take(ctx, params.timeout_ms / 1000))
        except NodeFailed as error:
            call = ctx.find_call(params.call_id)
            if call is None or not (why := call.media.why_no_digits()):
                raise
            got = Saying.of("beside", one=error.got, other=why)
            raise NodeFailed(error.expected, got, call_id=params.call_id) from None
        if params.variable:
            ctx.set_variable(params.variable, digits)

    async def _take(self, ctx: NodeContext, timeout_s: float) -> str:
        wanted = self.params.expected_digit

        def matches(event: CallEvent) -> bool:
            return isinstance(event, DigitReceived) and wanted in ("", event.digit)

        expected = Saying.of("digit-of", digit=wanted) if wanted else Saying.of("any-digit")
        event = await ctx.wait(self.params.call_id, matches, timeout_s, expected)
        assert isinstance(event, DigitReceived)
        return event.digit

    async def _collect(self, ctx: NodeContext) -> str:
        params, digits = self.params, ""
        ends_at = ctx.now() + params.timeout_ms / 1000
        while True:
            try:
                digits += await self._take(ctx, max(ends_at - ctx.now(), 0.0))
            except NodeFailed as error:
                seconds = f"{params.timeout_ms / 1000:g}"
                got = Saying.of("within", what=digits, seconds=seconds) if digits else error.got
                raise NodeFailed(
                    Saying.of("digits-like", pattern=params.pattern), got, call_id=params.call_id
                ) from None
            if matches_whole(params.pattern, digits):
                return digits
