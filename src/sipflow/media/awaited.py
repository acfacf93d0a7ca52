"""What somebody waits to hear in a stream: any sound, silence, a tone, or sound in one direction only."""

from __future__ import annotations

from typing import Final, Protocol

from sipflow.base.sayings import Saying
from sipflow.media.hearing import Holding, any_sound, silence, tone
from sipflow.media.listening import Listening
from sipflow.media.samples import Samples
from sipflow.media.sink import Sink
from sipflow.rtp import RtpPacket

TOLERANCE: Final = 0.02
"""How far off a tone may be, of its frequency."""
MIN_TOLERANCE_HZ: Final = 10.0


class Awaited(Sink, Protocol):
    """Listens until it is heard for long enough. `listen` is to be called again and again."""

    def listen(self, now: float) -> None:
        """Hear what is due by now."""
        ...

    @property
    def longest_ms(self) -> int:
        """How long it has been heard at most."""
        ...

    @property
    def found(self) -> Saying | None:
        """What was heard, where more can be told than that it is what was awaited."""
        ...

    @property
    def told(self) -> Saying:
        """What was heard instead."""
        ...


def awaited(kind: str, frequency_hz: int, sample_rate_hz: int, now: float) -> Awaited:
    """`any` sound, `silence`, a `tone` of this frequency, or sound `oneWay` only."""
    if kind == "oneWay":
        return _OneWay(sample_rate_hz, now)
    if kind == "tone":
        return _Sound(_tone(sample_rate_hz, frequency_hz), sample_rate_hz, now)
    return _Sound(silence(sample_rate_hz) if kind == "silence" else any_sound(sample_rate_hz), sample_rate_hz, now)


def _tone(sample_rate_hz: int, frequency_hz: int) -> Holding:
    return tone(sample_rate_hz, frequency_hz, max(TOLERANCE * frequency_hz, MIN_TOLERANCE_HZ))


class _Sound(Listening[Holding]):
    """One kind of sound from the other side."""

    def __init__(self, detector: Holding, sample_rate_hz: int, now: float) -> None:
        super().__init__(lambda _: detector, sample_rate_hz, now)

    @property
    def longest_ms(self) -> int:
        return self.detector.longest_ms

    @property
    def found(self) -> Saying | None:
        return None

    @property
    def told(self) -> Saying:
        if not self.packets:
            return Saying.of("no-packet")
        return Saying.of("heard-for", longest=self.longest_ms, packets=self.packets, level=f"{self.level_dbfs:.0f}")


class _Presence:
    """The detector of whether there is sound, and whether there is none."""

    def __init__(self, sample_rate_hz: int) -> None:
        self.sound = any_sound(sample_rate_hz)
        self.silence = silence(sample_rate_hz)

    def feed(self, samples: Samples) -> None:
        self.sound.feed(samples)
        self.silence.feed(samples)


class _OneWay:
    """Sound in one direction while the other one is silent, whatever packets there are in either."""

    def __init__(self, sample_rate_hz: int, now: float) -> None:
        self._sent = Listening(_Presence, sample_rate_hz, now)
        self._heard = Listening(_Presence, sample_rate_hz, now)
        self._longest_ms = {"sound-sent-only": 0, "sound-heard-only": 0}

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:
        self._heard.receive(codec, packet, now)

    def sent(self, codec: str, payload: bytes, due: float) -> None:  # noqa: ARG002 - frames come when they are due
        self._sent.hear(codec, payload)

    def end(self) -> None:
        """Nothing more comes."""

    def listen(self, now: float) -> None:
        self._sent.listen(now)
        self._heard.listen(now)
        sent, heard = self._sent.detector, self._heard.detector
        for which, alive, other in (("sound-sent-only", sent, heard), ("sound-heard-only", heard, sent)):
            self._longest_ms[which] = max(self._longest_ms[which], alive.sound.held_with_ms(other.silence))

    @property
    def longest_ms(self) -> int:
        return max(self._longest_ms.values())

    @property
    def found(self) -> Saying | None:
        which = max(self._longest_ms, key=lambda which: self._longest_ms[which])
        return Saying.of("one-way-found", which=Saying.of(which), longest=self.longest_ms)

    @property
    def told(self) -> Saying:
        sent_ms, heard_ms = self._sent.detector.sound.longest_ms, self._heard.detector.sound.longest_ms
        if sent_ms and heard_ms:
            which = "sound-both-ways"
        else:
            which = "sound-sent-only" if sent_ms else "sound-heard-only" if heard_ms else "silent-both-ways"
        return Saying.of(
            "one-way-told",
            which=Saying.of(which),
            sent=sent_ms,
            heard=heard_ms,
            packets=self._heard.packets,
            longest=self.longest_ms,
        )
