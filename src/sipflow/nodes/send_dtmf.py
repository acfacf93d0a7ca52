"""SendDTMF: send digits on a call."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, DigitsField, Kind
from sipflow.scenario.node_api import CallSide, Command, command


class DigitMethod(StrEnum):
    """How digits are sent."""

    RFC4733 = "rfc4733"
    INFO = "info"
    AUTO = "auto"


class SendDtmfParams(CallParams):
    """Settings of SendDTMF."""

    digits: DigitsField
    """Digits to send: 0-9, *, #, A-D."""
    method: Annotated[DigitMethod, Kind.CHOICE] = DigitMethod.RFC4733
    """How they are sent: as telephone-events in the stream, or each in an INFO request. Where the other side has not
    agreed to telephone-events, the first fails, and the third takes INFO."""
    duration_ms: Annotated[int, Field(title="Duration", ge=40, le=60_000), Kind.MILLISECONDS] = 160
    """How long each digit lasts, in milliseconds."""
    interval_ms: Annotated[int, Field(title="Pause", ge=40, le=60_000), Kind.MILLISECONDS] = 100
    """Pause between two digits, in milliseconds."""


@command("SendDTMF", title="Send DTMF", icon="grid-3x3", group="media", needs=CallSide.EITHER, face="{digits}")
class SendDtmf(Command[SendDtmfParams]):
    """Send DTMF digits on a call; ends when the last one is sent."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        media = ctx.call(params.call_id).media
        await media.send_digits(params.digits, params.method.value, params.duration_ms, params.interval_ms)
