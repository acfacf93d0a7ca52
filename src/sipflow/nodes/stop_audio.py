"""StopAudio: end a recording, or all that is recorded and played on a call."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams, Kind, Text
from sipflow.scenario.node_api import CallSide, Command, command


class StopAudioParams(CallParams):
    """Settings of StopAudio."""

    file_path: Annotated[Text, Field(title="File"), Kind.TEXT] = ""
    """File whose recording ends. Empty: all recordings of the call, and what plays on it."""


@command("StopAudio", title="Stop audio", icon="square", group="media", needs=CallSide.EITHER, face="[{filePath}]")
class StopAudio(Command[StopAudioParams]):
    """End a recording, or all recordings of a call and what plays on it. Fails where a recording is not whole."""

    async def run(self, ctx: NodeContext) -> None:
        ctx.call(self.params.call_id).media.stop(self.params.file_path)
