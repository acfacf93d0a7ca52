"""AUDIO: wait until something is heard."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import EventParams, Kind
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Event, Surroundings, event
from sipflow.scenario.shown_when import shown_when

LISTENING_MS: Final = 1_000
"""One side of a conversation easily says nothing for so long."""


class Sound(StrEnum):
    """What can be waited for."""

    ANY = "any"
    SILENCE = "silence"
    TONE = "tone"
    ONE_WAY = "oneWay"


class AudioEventParams(EventParams):
    """Settings of AUDIO."""

    sound: Annotated[Sound, Field(alias="kind", title="Kind"), Kind.CHOICE] = Sound.ANY
    """What must be heard: any sound, with pauses as in speech; silence, which a stream without packets is too; a tone;
    or one-way audio: sound that is sent while nothing is heard, or heard while none is sent, which a call on hold has
    too. The log tells which direction had sound. In a conversation wait for longer than one side listens."""
    frequency_hz: Annotated[
        int,
        Field(alias="frequency", title="Frequency, Hz", ge=20, le=20_000),
        Kind.INTEGER,
        shown_when("kind", Sound.TONE),
    ] = 1_000
    """Frequency of the tone, in Hz; 2 % off is taken."""
    duration_ms: Annotated[int, Field(title="Duration", ge=20, le=600_000), Kind.MILLISECONDS] = 200
    """How long it must last without a break, in milliseconds; a tone for more than 80."""


@event(
    "AUDIO",
    title="Wait for audio",
    icon="ear",
    group="media",
    needs=CallSide.EITHER,
    uses_audio=True,
    face="{kind} {durationMs}, ≤ {timeout}",
)
class AudioEvent(Event[AudioEventParams]):
    """Wait until any sound, silence or a tone comes from the other side, or sound goes one way only.

    What came before the node is not heard.
    """

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - its own settings say it all
        if self.params.sound is Sound.ONE_WAY and self.params.duration_ms < LISTENING_MS:
            yield Problem.warning("durationMs", "one-way-is-short", least=LISTENING_MS)

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.hear(
            params.call_id, params.sound.value, params.frequency_hz, params.duration_ms, params.timeout_ms / 1000
        )
