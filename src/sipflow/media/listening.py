"""Listens to a stream for what a detector hears: the sum of all its sources (RFC 3550 §7.1).

Usually there is one; after a change another; and two at once where somebody mixes nothing, as an announcement beside
a tone. Time in which nothing came at all counts as silence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from sipflow.media.decoder import clock_of
from sipflow.media.hearing import level_dbfs
from sipflow.media.samples import Samples, mixed
from sipflow.media.voice import Voice
from sipflow.rtp import RtpPacket

WAITS_S: Final = 0.3
"""What may still be under way, or wait for what is late; time beyond it in which nothing came was silent."""
MAX_VOICES: Final = 8
"""As many sources are heard at once; of more, those that have been silent for longest are not."""
FORGET_S: Final = 1.0
"""A source that is silent for so long while there are others has gone."""
_OWN: Final = -1


class Detector(Protocol):
    """What hears samples."""

    def feed(self, samples: Samples) -> None: ...


D = TypeVar("D", bound=Detector)


class Listening(Generic[D]):
    """The `Sink` of somebody who listens. `listen` is to be called again and again."""

    def __init__(self, make: Callable[[int], D], sample_rate_hz: int, now: float) -> None:
        """`make` gives the detector at a sample rate."""
        self._rate = sample_rate_hz
        self.detector = make(sample_rate_hz)
        self._voices: dict[int, Voice] = {}
        """By SSRC."""
        self._began = now
        self._fed = 0
        self._last = np.zeros(0, np.int16)
        self.packets = 0
        """How many have come."""

    @property
    def level_dbfs(self) -> float:
        """Of the last second."""
        return level_dbfs(self._last)

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:
        clock_hz = clock_of(codec)
        if clock_hz is not None:
            self.packets += 1
            self._voice(packet.ssrc).receive(codec, clock_hz, packet, now)

    def sent(self, codec: str, payload: bytes, due: float) -> None:
        """What we send is not listened to."""

    def end(self) -> None:
        """Nothing more comes."""

    def hear(self, codec: str, payload: bytes) -> None:
        """Hear a payload whose turn it is, which comes from nowhere."""
        self._voice(_OWN).hear(codec, payload)

    def listen(self, now: float) -> None:
        """Hear what is due by now."""
        until = int((now - self._began - WAITS_S) * self._rate)
        voices = self._voices
        for voice in voices.values():
            voice.listen(now, until)
        end = max(min((voice.end for voice in voices.values()), default=until), self._fed)
        if end > self._fed:
            parts = [voice.take(end) for voice in voices.values()]
            self._feed(mixed(parts) if parts else np.zeros(end - self._fed, np.int16))
        if len(voices) > 1:
            self._voices = {ssrc: one for ssrc, one in voices.items() if now - one.came_at < FORGET_S} or voices

    def _voice(self, ssrc: int) -> Voice:
        voices = self._voices
        if ssrc not in voices:
            if len(voices) >= MAX_VOICES:
                del voices[min(voices, key=lambda one: voices[one].came_at)]
            voices[ssrc] = Voice(self._rate, self._fed)
        return voices[ssrc]

    def _feed(self, samples: Samples) -> None:
        self._fed += len(samples)
        self.detector.feed(samples)
        self._last = np.concatenate([self._last, samples])[-self._rate :]
