"""The names of built-in sounds: what is written behind `sound:` in a scenario. No numpy is imported here.

    tone-1000   tone-440+480   silence   noise   speech   dtmf-159   fingerprint-3
    dial   ring-back   busy   congestion   and these with a region: ring-back-us

Behind a second colon stands how long it lasts, in seconds: `tone-1000:2.5`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sipflow.base.errors import SoundUnknown
from sipflow.base.sayings import Saying
from sipflow.media.fingerprints import FINGERPRINTS_HZ

PREFIX: Final = "sound:"
DEFAULT_DURATION_S: Final = Fraction(5)
MAX_DURATION_S: Final = 3_600
MAX_TONES: Final = 4
MIN_TONE_HZ: Final = 20
MAX_TONE_HZ: Final = 20_000
MAX_DIGITS: Final = 64

Cadence = tuple[float, ...]
"""Seconds of sound and of pause in turn; empty for a sound without a pause."""


@dataclass(frozen=True, slots=True)
class Tones:
    """Some tones at once, in a cadence."""

    frequencies_hz: tuple[Fraction, ...]
    cadence_s: Cadence = ()


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise: white, or in the spectrum and the rhythm of speech."""

    is_speech: bool = False


@dataclass(frozen=True, slots=True)
class Digits:
    """DTMF digits as tones, 100 ms each, with pauses of 100 ms."""

    digits: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The sound by which one of several senders is told from the others, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class SoundName:
    """A name, understood."""

    text: str
    sound: Tones | Noise | Digits | Fingerprint
    duration_s: Fraction | None
    """None where the name does not say it."""


def _tones(*frequencies_hz: int, cadence_s: Cadence = ()) -> Tones:
    return Tones(tuple(Fraction(frequency) for frequency in frequencies_hz), cadence_s)


_CALL_PROGRESS: Final = {
    # As commonly listed after ITU-T E.180 and its Supplement 2; not checked against their text.
    "dial-eu": _tones(425),
    "ring-back-eu": _tones(425, cadence_s=(1.0, 4.0)),
    "busy-eu": _tones(425, cadence_s=(0.5, 0.5)),
    "congestion-eu": _tones(425, cadence_s=(0.25, 0.25)),
    "dial-us": _tones(350, 440),
    "ring-back-us": _tones(440, 480, cadence_s=(2.0, 4.0)),
    "busy-us": _tones(480, 620, cadence_s=(0.5, 0.5)),
    "congestion-us": _tones(480, 620, cadence_s=(0.25, 0.25)),
    "dial-uk": _tones(350, 440),
    "ring-back-uk": _tones(400, 450, cadence_s=(0.4, 0.2, 0.4, 2.0)),
    "busy-uk": _tones(400, cadence_s=(0.375, 0.375)),
    "congestion-uk": _tones(400, cadence_s=(0.4, 0.35, 0.225, 0.525)),
    "dial-kr": _tones(350, 440),
    "ring-back-kr": _tones(440, 480, cadence_s=(1.0, 2.0)),
    "busy-kr": _tones(480, 620, cadence_s=(0.5, 0.5)),
    "congestion-kr": _tones(480, 620, cadence_s=(0.3, 0.2)),
}
_DEFAULT_REGION: Final = "-eu"

SOUND_NAMES: Final = (
    *("tone-1000", "silence", "noise", "speech", "dtmf-1", "fingerprint-1"),
    *(name.removesuffix(_DEFAULT_REGION) for name in _CALL_PROGRESS),
)
"""What can be offered for choice; the numbers in the first row stand for any."""


def parse_sound(text: str) -> SoundName:
    """Read what is written behind `sound:`. Raises SoundUnknown, which says what is wrong."""
    name, colon, duration = text.partition(":")
    return SoundName(text, _sound(name), _duration(text, duration) if colon else None)


def _sound(name: str) -> Tones | Noise | Digits | Fingerprint:
    if found := _CALL_PROGRESS.get(name) or _CALL_PROGRESS.get(name + _DEFAULT_REGION):
        return found
    kind, _, detail = name.partition("-")
    match kind, detail:
        case "tone", _:
            return Tones(_frequencies(name, detail))
        case "silence", "":
            return Tones(())
        case "noise" | "speech", "":
            return Noise(is_speech=kind == "speech")
        case "fingerprint", _:
            if not re.fullmatch(r"[0-9]{1,2}", detail) or not 1 <= int(detail) <= len(FINGERPRINTS_HZ):
                raise SoundUnknown(name, _form("sound-fingerprint", len(FINGERPRINTS_HZ)))
            return Fingerprint(int(detail))
        case "dtmf", _:
            if not re.fullmatch(rf"[0-9A-D*#]{{1,{MAX_DIGITS}}}", detail):
                raise SoundUnknown(name, _form("sound-digits", MAX_DIGITS))
            return Digits(detail)
    raise SoundUnknown(name, Saying.of("sounds-there-are", names=", ".join(SOUND_NAMES)))


def _form(code: str, limit: int) -> Saying:
    """How the name of a sound should look."""
    return Saying.of("sound-form", form=Saying.of(code, limit=limit))


def _frequencies(name: str, detail: str) -> tuple[Fraction, ...]:
    parts = detail.split("+")
    if len(parts) > MAX_TONES or not all(re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", part) for part in parts):
        raise SoundUnknown(name, _form("sound-tone", MAX_TONES))
    frequencies = tuple(Fraction(part) for part in parts)
    if not all(MIN_TONE_HZ <= frequency <= MAX_TONE_HZ for frequency in frequencies):
        raise SoundUnknown(name, Saying.of("tone-range", least=MIN_TONE_HZ, most=MAX_TONE_HZ))
    return frequencies


def _duration(name: str, text: str) -> Fraction:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or not 0 < Fraction(text) <= MAX_DURATION_S:
        raise SoundUnknown(name, Saying.of("sound-length", limit=MAX_DURATION_S))
    return Fraction(text)
