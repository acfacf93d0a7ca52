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
    from sipflow.media.awaited import Awaited

STEP_S: Final = 0.05
"""How often it is looked whether enough was heard."""
_EXPECTED: Final = {"any": "sound-for", "silence": "silence-for", "tone": "tone-for", "oneWay": "one-way-for"}


class Ear:
    """Somebody who waits for a sound."""

    def __init__(self, call_id: str, kind: str, frequency_hz: int, duration_ms: int) -> None:
        self._call_id = call_id
        self._duration_ms = duration_ms
        self._frequency_hz = frequency_hz
        self._kind = kind
        self._awaited: Awaited | None = None
        self.expected = Saying.of(_EXPECTED[kind], frequency=frequency_hz, duration=duration_ms)

    async def hear(self, call: Call) -> Saying | None:
        """Return once it was heard for so long, with what there is to tell. Raises NodeFailed at the call's end."""
        stream: MediaStream | None = None
        clock = call.agent.clock
        try:
            while call.is_live:
                if self._awaited is not None:
                    self._awaited.listen(clock.now())
                    if self._awaited.longest_ms >= self._duration_ms:
                        return self._awaited.found
                elif call.stream is not None and call.stream.session is not None:
                    stream, self._awaited = call.stream, self._begin(call.stream, clock.now())
                await asyncio.sleep(STEP_S)
        finally:
            if stream is not None and self._awaited is not None:
                stream.remove_sink(self._awaited)
        raise NodeFailed(
            self.expected, Saying.of("then", one=self.told, other=Saying.of("end-of-call")), call_id=self._call_id
        )

    def _begin(self, stream: MediaStream, now: float) -> Awaited:
        from sipflow.media.awaited import awaited  # numpy is imported where it is needed

        codec = None if stream.session is None else stream.session.codec
        kind = None if codec is None else find_kind(codec.name)
        rate = 8_000 if kind is None else kind.sample_rate_hz
        listener = awaited(self._kind, self._frequency_hz, rate, now)
        stream.add_sink(listener)
        return listener

    @property
    def told(self) -> Saying:
        """What was heard instead, for people."""
        return Saying.of("no-media") if self._awaited is None else self._awaited.told
