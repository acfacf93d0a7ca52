"""AssertMedia: expect the media of a call to be good enough."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import reduce
from typing import Annotated

from pydantic import Field

from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying, Told
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, Kind, Text
from sipflow.scenario.measured import Measured
from sipflow.scenario.node_api import CallSide, Command, command


class Judged(StrEnum):
    """Which media is judged."""

    RECEIVED = "received"
    SENT = "sent"
    BOTH = "both"


class AssertMediaParams(CallParams):
    """Settings of AssertMedia."""

    direction: Annotated[Judged, Kind.CHOICE] = Judged.RECEIVED
    """What is judged: what is received is counted here, what is sent is what the other side reports by RTCP. Its
    reports come every 5 seconds, the first after some 2.5; loss, jitter and MOS fail without one."""
    min_mos: Annotated[float | None, Field(title="Least MOS", ge=1, le=4.4), Kind.TEXT] = None
    """The least MOS, estimated by the E-model: 1 to 4.4, which a call without loss and delay has."""
    max_loss_percent: Annotated[float | None, Field(title="Most loss, %", ge=0, le=100), Kind.TEXT] = None
    """How much may be lost, in percent."""
    max_jitter_ms: Annotated[int | None, Field(title="Most jitter", ge=0, le=10_000), Kind.MILLISECONDS] = None
    """The most jitter, in milliseconds, as it is now."""
    min_packets: Annotated[int, Field(title="Least packets", ge=1, le=100_000_000), Kind.INTEGER] = 1
    """How many packets must have gone that way."""
    codec: Annotated[Text, Kind.TEXT] = ""
    """The codec that must be agreed on, such as `PCMU`; empty takes any."""


@command(
    "AssertMedia",
    title="Assert media",
    icon="activity",
    group="media",
    needs=CallSide.EITHER,
    face="{direction}[, MOS ≥ {minMos}][, {codec}]",
)
class AssertMedia(Command[AssertMediaParams]):
    """Go on where the media of a call, so far, is good enough, and fail where it is not. No media at all fails."""

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        media = ctx.call(params.call_id).media
        for is_received in (True, False):
            if params.direction is (Judged.SENT if is_received else Judged.RECEIVED):
                continue
            measured = media.measured(is_received=is_received)
            failed = [(limit, got) for limit, got, holds in self._judge(measured) if not holds]
            if failed:
                expected = Saying.of(
                    "media-received" if is_received else "media-sent", limits=_listed(limit for limit, _ in failed)
                )
                got = Saying.of("measured-by", what=_listed(got for _, got in failed), basis=measured.basis)
                raise NodeFailed(expected, got, call_id=params.call_id)

    def _judge(self, measured: Measured) -> Iterator[tuple[Told, Told, bool]]:
        """Every limit, what was measured, and whether it holds."""
        of, params = Saying.of, self.params
        least = params.min_packets
        yield of("packets-at-least", limit=least), of("packet-count", count=measured.packets), measured.packets >= least
        if params.codec:
            is_it = measured.codec.upper() == params.codec.upper()
            yield of("with-codec", codec=params.codec), of("with-codec", codec=measured.codec or "-"), is_it
        if params.min_mos is not None:
            mos = measured.mos
            is_enough = mos is not None and mos >= params.min_mos
            yield of("at-least", what="MOS", limit=f"{params.min_mos:g}"), _measured("MOS", mos, ""), is_enough
        for what, value, most, unit in (
            (of("a-loss"), measured.loss_percent, params.max_loss_percent, " %"),
            (of("a-jitter"), measured.jitter_ms, params.max_jitter_ms, " ms"),
        ):
            if most is not None:
                limit = of("at-most", what=what, limit=f"{most:g}{unit}")
                yield limit, _measured(what, value, unit), value is not None and value <= most


def _measured(what: Told, value: float | None, unit: str) -> Saying:
    if value is None:
        return Saying.of("is-unknown", what=what)
    return Saying.of("measured-as", what=what, value=f"{value:.2f}{unit}")


def _listed(parts: Iterator[Told]) -> Told:
    return reduce(lambda one, other: Saying.of("listed", one=one, other=other), parts)
