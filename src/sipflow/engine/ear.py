"""Waits for something to be heard on a call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying
from sipflow.media import MediaStream
from sipflow.media.codecs import find_kind
from sipflow.ua import Call

if TYPE_CHECKING:
    from sipflow.media.hearing import Holding
    from sipflow.media.listening import Listening

STEP_S: Final = 0.05
"""How often it is looked whether enough was heard."""


class Ear:
    """Somebody who waits for a sound."""

    def __init__(self, call_id: str, kind: str, frequency_hz: int, duration_ms: int) -> None:
        self._call_id = call_id
        self._duration_ms = duration_ms
        self._frequency_hz = frequency_hz
        self._kind = kind
        self._listening: Listening[Holding] | None = None
        what = {"any": "sound", "silence": "silence"}.get(kind, f"a tone of {frequency_hz} Hz")
        self.expected = f"{what} for {duration_ms} ms"

    async def hear(self, call: Call) -> None:
        """Return once it was heard for so long. Raises NodeFailed at the call's end."""
        stream: MediaStream | None = None
        clock = call.agent.clock
        try:
            while call.is_live:
                if self._listening is not None:
                    self._listening.listen(clock.now())
                    if self._listening.detector.longest_ms >= self._duration_ms:
                        return
                elif call.stream is not None and call.stream.session is not None:
                    stream, self._listening = call.stream, self._begin(call.stream, clock.now())
                await asyncio.sleep(STEP_S)
        finally:
            if stream is not None and self._listening is not None:
                stream.remove_sink(self._listening)
        raise NodeFailed(
            self.expected, Saying.of("then", one=self.told, other=Saying.of("end-of-call")), call_id=self._call_id
        )

    def _begin(self, stream: MediaStream, now: float) -> Listening[Holding]:
        from sipflow.media.listening import Listening, detector  # numpy is imported where it is needed

        codec = None if stream.session is None else stream.session.codec
        kind = None if codec is None else find_kind(codec.name)
        rate = 8_000 if kind is None else kind.sample_rate_hz
        listening = Listening(detector(self._kind, self._frequency_hz), rate, now)
        stream.add_sink(listening)
        return listening

    @property
    def told(self) -> Saying:
        """What was heard instead, for people."""
        listening = self._listening
        if listening is None:
            return Saying.of("no-media")
        if not listening.packets:
            return Saying.of("no-packet")
        return Saying.of("heard-for", longest=listening.detector.longest_ms, level=f"{listening.level_dbfs:.0f}")
