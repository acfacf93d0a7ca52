"""The codecs that can be named in a scenario, and how a media section numbers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from sipflow.sdp.description import MediaDescription

FIRST_DYNAMIC_PAYLOAD_TYPE: Final = 96  # RFC 3551 §3: 96 to 127 are bound by each session anew
LAST_PAYLOAD_TYPE: Final = 127


@dataclass(frozen=True, slots=True)
class Codec:
    """A way to put audio, or tones, into RTP packets."""

    name: str
    """Encoding name, such as `PCMU`; compared without regard to case."""
    payload_type: int
    """The number in the RTP header. For a dynamic one, the number we propose when we are free to."""
    clock_hz: int
    """Rate of RTP timestamps."""
    channels: int = 1
    fmtp: str = ""
    """Our own format parameters, empty when there are none."""
    ptimes_ms: tuple[int, ...] = ()
    """How long its packets can be, the shortest first; empty where any length will do."""

    @property
    def encoding(self) -> str:
        """The name as `a=rtpmap` writes it: `PCMU/8000`."""
        return f"{self.name}/{self.clock_hz}" if self.channels == 1 else f"{self.name}/{self.clock_hz}/{self.channels}"

    def ptime_ms(self, asked_ms: int) -> int:
        """The longest packets of at most the length that the peer asks for, else the shortest."""
        possible = [ms for ms in self.ptimes_ms if ms <= asked_ms]
        return possible[-1] if possible else self.ptimes_ms[0] if self.ptimes_ms else asked_ms

    @property
    def is_event(self) -> bool:
        """Whether these are telephone-events."""
        return self.name == TELEPHONE_EVENT.name

    @property
    def is_audio(self) -> bool:
        """Whether a stream can consist of it alone."""
        return not self.is_event and self.name != COMFORT_NOISE.name

    @property
    def is_dynamic(self) -> bool:
        """Whether every session gives the payload type anew."""
        return self.payload_type >= FIRST_DYNAMIC_PAYLOAD_TYPE


TELEPHONE_EVENT: Final = Codec("telephone-event", 101, 8_000, fmtp="0-15")  # RFC 4733: 0-15 are the DTMF digits
COMFORT_NOISE: Final = Codec("CN", 13, 8_000)
"""What is heard while nobody talks: taken beside codecs of the same clock, never offered. Source: RFC 3389."""
TELEPHONE_EVENTS: Final = {
    codec.clock_hz: codec
    for codec in (
        TELEPHONE_EVENT,
        *(Codec("telephone-event", 110, clock_hz, fmtp="0-15") for clock_hz in (16_000, 32_000, 48_000)),
    )
}
"""By the clock in which they tell how long they last."""

CODECS: Final[dict[str, Codec]] = {
    codec.name: codec
    for codec in (
        Codec("PCMU", 0, 8_000),
        Codec("PCMA", 8, 8_000),
        Codec("G722", 9, 8_000),  # RFC 3551 §4.5.2: the clock is 8,000 Hz, though it samples at 16,000
        Codec("opus", 111, 48_000, 2, "useinbandfec=1", (10, 20, 40, 60)),  # RFC 7587 §7: always 48,000 and 2
    )
}
"""What `codecs` of an instance may name."""

BESIDE: Final = {codec.encoding.lower(): codec for codec in (*TELEPHONE_EVENTS.values(), COMFORT_NOISE)}
"""What goes beside audio, by its encoding in lower case."""

_STATIC: Final = {
    str(codec.payload_type): codec.encoding.lower()
    for codec in (*CODECS.values(), COMFORT_NOISE)
    if not codec.is_dynamic
}


def encodings_of(media: MediaDescription) -> Mapping[str, str]:
    """Format to encoding in lower case, such as `0` to `pcmu/8000`, as far as they are known.

    A static payload type needs no `a=rtpmap`; where one is given, it counts.
    """
    return _encodings(media.formats, media.attributes)


@lru_cache(64)
def _encodings(formats: tuple[str, ...], attributes: tuple[str, ...]) -> Mapping[str, str]:
    """A peer's streams mostly differ in nothing but their ports, so what they say is read once."""
    encodings = {fmt: _STATIC[fmt] for fmt in formats if fmt in _STATIC}
    for attribute in attributes:
        if attribute.startswith("rtpmap:"):
            fmt, _, encoding = attribute[7:].partition(" ")
            encodings[fmt] = encoding.strip(" ").lower().removesuffix("/1")
    return MappingProxyType(encodings)


def fitting(named: Iterable[Codec]) -> list[Codec]:
    """These without comfort noise and events on a clock that none of the audio has.

    Where no events have the clock of the audio, the others stay: they tell their durations on their own clock, and
    begin on that of the audio, as RFC 4733 §2.1 wants of all of them.
    """
    codecs = list(named)
    for codec in codecs:
        if codec.clock_hz != codecs[0].clock_hz:
            break
    else:
        return codecs  # as mostly
    clocks = {codec.clock_hz for codec in codecs if codec.is_audio}
    has_events = any(codec.is_event and codec.clock_hz in clocks for codec in codecs)
    return [codec for codec in codecs if codec.clock_hz in clocks or (codec.is_event and not has_events)]


def events_beside(codec: Codec, common: Iterable[Codec]) -> Codec | None:
    """The events of a stream of this codec, out of those that both sides have: on its clock, or else on another."""
    found = None
    for other in common:
        if other.name == TELEPHONE_EVENT.name:
            if other.clock_hz == codec.clock_hz:
                return other
            found = found or other
    return found


def payload_type(fmt: str) -> int | None:
    """A format as an RTP payload type, or None when it is none."""
    if len(fmt) > 3 or not (fmt.isascii() and fmt.isdigit()):
        return None
    number = int(fmt)
    return number if number <= LAST_PAYLOAD_TYPE else None
