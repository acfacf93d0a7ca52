"""RecordAudio: record a call into a file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, Kind, WaveName
from sipflow.scenario.node_api import CallSide, Command, command


class RecordAudioParams(CallParams):
    """Settings of RecordAudio."""

    file_path: Annotated[WaveName, Field(title="File"), Kind.TEXT]
    """WAV file to record into, such as `call.wav`, in the folder of the run's results. What is heard is on the left,
    what is sent on the right."""


@command(
    "RecordAudio",
    title="Record audio",
    icon="mic",
    group="media",
    needs=CallSide.EITHER,
    uses_audio=True,
    face="{filePath}",
)
class RecordAudio(Command[RecordAudioParams]):
    """Begin to record both sides of a call. It ends with StopAudio or the call.

    Where its file can't be written to the end and no StopAudio tells so, this step and the run fail after all.
    """

    async def run(self, ctx: NodeContext) -> None:
        ctx.call(self.params.call_id).media.record(self.params.file_path)
