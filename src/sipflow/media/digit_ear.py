"""Hears digits that come as tones in the sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from sipflow.media.hearing import DtmfDetector
from sipflow.media.listening import WAITS_S, Listening
from sipflow.media.samples import Samples
from sipflow.rtp import RtpPacket

RATE_HZ: Final = 8_000
"""Enough for the highest tone, of 1,633 Hz."""
QUIET_S: Final = WAITS_S + 0.2
"""After so long without a packet all that came has been heard; the pause itself is not listened to."""


class DigitEar:
    """The `Sink` that tells each digit once."""

    def __init__(self, on_digit: Callable[[str], None]) -> None:
        self._on_digit = on_digit
        self._listening: Listening[_Teller] | None = None
        self._came_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:
        if self._listening is None:
            self._listening = Listening(lambda rate: _Teller(rate, self._on_digit), RATE_HZ, now)
        self._came_at = now
        self._listening.receive(codec, packet, now)
        self._listening.listen(now)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(now + QUIET_S, self._look)

    def sent(self, codec: str, payload: bytes, due: float) -> None:
        """What we send is not listened to."""

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._listening = None

    def _look(self) -> None:
        """Where nothing came for a while, hear what is left and begin anew with the next packet."""
        loop, due = asyncio.get_running_loop(), self._came_at + QUIET_S
        self._timer = None
        if due > loop.time():
            self._timer = loop.call_at(due, self._look)
        elif self._listening is not None:
            self._listening.listen(loop.time())
            self._listening = None


class _Teller:
    """The detector that tells."""

    def __init__(self, rate: int, on_digit: Callable[[str], None]) -> None:
        self._detector = DtmfDetector(rate)
        self._on_digit = on_digit

    def feed(self, samples: Samples) -> None:
        for digit in self._detector.feed(samples):
            self._on_digit(digit)
