"""SendRaw: send text or bytes as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallIdField, CallParams, Kind, Lines, TargetField
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallSide, Command, Surroundings, command
from sipflow.scenario.shown_when import shown_when

MAX_BYTES = 65_000
"""What fits into a datagram, with some room for its headers."""


class RawFormat(StrEnum):
    """How the text is read."""

    CRLF = "crlf"
    """Text, whose line breaks are sent as CRLF."""
    PLAIN = "plain"
    """Text, as it is."""
    HEX = "hex"
    """Bytes, two hexadecimal digits each."""


class SendRawParams(CallParams):
    """Settings of SendRaw."""

    text: Annotated[Lines, Field(min_length=1)]
    """What to send, with `{{ own.host }}`, `{{ own.port }}`, `{{ new.branch }}`, `{{ new.tag }}` and so on."""
    format: Annotated[RawFormat, Field(title="Send as"), Kind.CHOICE] = RawFormat.CRLF
    """How the text is read: with CRLF for its line breaks, as it is, or as hexadecimal bytes."""
    target_uri: Annotated[TargetField, Field(title="Target URI"), shown_when("callId", "")] = ""
    """Where to send it: a SIP URI, or the directory number of another instance."""
    call_id: CallIdField = ""
    """The call to whose other side it is sent, by the way of its messages; empty sends it to the target."""


@command("SendRaw", title="Send raw text", icon="code", group="message", needs=CallSide.EITHER, face="[→ {targetUri}]")
class SendRaw(Command[SendRawParams]):
    """Send a text or bytes as they stand, right or wrong. What is answered can be taken with RESPONSE."""

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - its own settings say it all
        if not self.params.call_id and not self.params.target_uri:
            yield Problem.error("targetUri", "missing")

    async def run(self, ctx: NodeContext) -> None:
        data = self._data()
        if len(data) > MAX_BYTES:
            raise NodeFailed(Saying.of("bytes-at-most", limit=f"{MAX_BYTES:,}"), f"{len(data):,}")
        ctx.send_raw(data, self.params.target_uri, self.params.call_id)

    def _data(self) -> bytes:
        text = self.params.text
        match self.params.format:
            case RawFormat.HEX:
                try:
                    return bytes.fromhex(text)
                except ValueError as error:
                    raise NodeFailed(Saying.of("hex-pairs"), str(error)) from error
            case RawFormat.CRLF:
                text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        return text.encode("utf-8", "replace")
