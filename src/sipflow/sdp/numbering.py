"""Payload type numbers: which codec each one means, all dialog long. Source: RFC 3264 §8.3.2."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.sdp.codec import (
    CODECS,
    FIRST_DYNAMIC_PAYLOAD_TYPE,
    LAST_PAYLOAD_TYPE,
    TELEPHONE_EVENT,
    TELEPHONE_EVENTS,
    Codec,
    payload_type,
)


@lru_cache(maxsize=64)
def codecs_by_encoding(names: tuple[str, ...]) -> Mapping[str, Codec]:
    """Encoding in lower case to codec, in order of preference, with telephone-events on the clock that every peer knows
    and on those of the codecs. Raises LocalProtocolError for an unknown name.
    """
    unknown = [name for name in names if name not in CODECS]
    if unknown or not names:
        came = ", ".join(unknown) or Saying.of("none")
        raise LocalProtocolError(Saying.of("codecs-out-of", known=", ".join(CODECS), came=came))
    audio = [CODECS[name] for name in names]
    clocks = {TELEPHONE_EVENT.clock_hz, *(codec.clock_hz for codec in audio)}
    chosen = (*audio, *(TELEPHONE_EVENTS[clock_hz] for clock_hz in sorted(clocks)))
    return MappingProxyType({codec.encoding.lower(): codec for codec in chosen})


def free_number(encoding: str, proposed: int, bound: Mapping[int, str]) -> int | None:
    """The number last bound to the encoding, else the proposed one, else a free one, else None."""
    known = [number for number, other in bound.items() if other == encoding]
    if known:
        return known[-1]
    free = (number for number in range(FIRST_DYNAMIC_PAYLOAD_TYPE, LAST_PAYLOAD_TYPE + 1) if number not in bound)
    return proposed if proposed not in bound else next(free, None)


def dynamic_numbers(encodings: Mapping[str, str], codecs: list[Codec]) -> dict[int, str]:
    """The dynamic payload types that an offer binds, those that we take last."""
    bound = {}
    for fmt, encoding in encodings.items():
        number = payload_type(fmt)
        if number is not None and number >= FIRST_DYNAMIC_PAYLOAD_TYPE:
            bound[number] = encoding
    for codec in codecs:
        if codec.payload_type >= FIRST_DYNAMIC_PAYLOAD_TYPE:
            bound.pop(codec.payload_type, None)
            bound[codec.payload_type] = codec.encoding.lower()
    return bound
