"""PlayAudio: play a file or a built-in sound on a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, Kind, Text
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Command, Surroundings, command
from sipflow.scenario.shown_when import shown_when


def _with_sounds(schema: dict[str, Any]) -> None:
    """Let the schema name the built-in sounds."""
    from sipflow.media.sounds import PREFIX, SOUND_NAMES  # the types of nodes are loaded without media

    schema["examples"] = [PREFIX + name for name in SOUND_NAMES]


class PlayAudioParams(CallParams):
    """Settings of PlayAudio."""

    file_path: Annotated[Text, Field(title="Audio", json_schema_extra=_with_sounds), Kind.AUDIO]
    """Audio file of the scenario's folder or of the audio library, such as `hello.wav`; or a built-in sound:
    `sound:tone-1000`, `sound:tone-440+480`, `sound:silence`, `sound:noise`, `sound:speech`, `sound:dtmf-159`,
    `sound:dial`, `sound:ring-back`, `sound:busy`, `sound:congestion`, with `:2.5` behind it for 2.5 seconds."""
    repeats: Annotated[bool, Field(alias="loop", title="Repeat"), Kind.BOOLEAN] = False
    """Whether it is played again and again, until StopAudio, another sound or the end of the call. The node ends at
    once then."""
    waits: Annotated[bool, Field(alias="wait", title="Wait for its end"), Kind.BOOLEAN, shown_when("loop", False)] = (
        True
    )
    """Whether the node ends when the sound does; else at once."""


@command(
    "PlayAudio",
    title="Play audio",
    icon="volume-2",
    group="media",
    needs=CallSide.EITHER,
    uses_audio=True,
    face="{filePath}",
)
class PlayAudio(Command[PlayAudioParams]):
    """Play audio to the other side, in place of what plays already.

    Who holds is heard, as music on hold is. Who is held sends nothing: the time of the sound passes unheard.
    """

    def check(self, around: Surroundings) -> Iterator[Problem]:
        if around.audio_fault is not None and "filePath" not in around.unsettled:
            reason = around.audio_fault(self.params.file_path)
            if reason:
                yield Problem.error("filePath", "audio-unusable", reason=reason)

    async def run(self, ctx: NodeContext) -> None:
        params = self.params
        await ctx.call(params.call_id).media.play(params.file_path, repeats=params.repeats, waits=params.waits)
