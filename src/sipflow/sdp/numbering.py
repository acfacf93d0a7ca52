"""Payload type numbers: which codec each one means, all dialog long. Source: RFC 3264 §8.3.2."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.sdp.codec import (
    BESIDE,
    CODECS,
    FIRST_DYNAMIC_PAYLOAD_TYPE,
    LAST_PAYLOAD_TYPE,
    TELEPHONE_EVENT,
    TELEPHONE_EVENTS,
    Codec,
    fitting,
    payload_type,
)
from sipflow.sdp.description import MediaDescription


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


class Numbering:
    """Our codecs, and what the dynamic payload types of one dialog mean."""

    __slots__ = ("_bound", "codecs")

    def __init__(self, names: tuple[str, ...]) -> None:
        """`names` are in order of preference. Raises LocalProtocolError for one that we do not have."""
        self.codecs = codecs_by_encoding(names)
        """By encoding in lower case."""
        self._bound: dict[int, str] = {}

    def fork(self) -> Numbering:
        """An independent copy, for another dialog."""
        twin = copy.copy(self)
        twin._bound = dict(self._bound)
        return twin

    @property
    def bound(self) -> Mapping[int, str]:
        """The encodings by number, as they stand."""
        return dict(self._bound)

    def bind(self, encodings: Mapping[int, str]) -> None:
        """These numbers mean this from here on; of several for one encoding the last one counts."""
        for number, encoding in encodings.items():
            self._bound.pop(number, None)
            self._bound[number] = encoding

    def to_offer(self) -> list[Codec]:
        """Our codecs under numbers that mean the same all dialog long; one for which none is left is not offered."""
        if not self._bound:
            return list(self.codecs.values())
        bound = dict(self._bound)
        codecs = []
        for encoding, codec in self.codecs.items():
            if codec.is_dynamic:
                number = _free_number(encoding, codec.payload_type, bound)
                if number is None:
                    continue
                bound[number] = encoding
                codec = replace(codec, payload_type=number)
            codecs.append(codec)
        return codecs

    def common_with(self, stream: MediaDescription, encodings: Mapping[str, str]) -> list[Codec]:
        """The codecs of a peer's stream that are ours too and fit together."""
        return fitting(self.named_in(stream, encodings))

    def named_in(self, stream: MediaDescription, encodings: Mapping[str, str]) -> list[Codec]:
        """Our codecs that a stream names, in its order and under its numbers. Source: RFC 3264 §6.1."""
        common: dict[str, Codec] = {}
        for fmt in stream.formats:
            encoding = encodings.get(fmt, "")
            codec = self.codecs.get(encoding) or BESIDE.get(encoding)
            number = payload_type(fmt)
            if codec is not None and number is not None and encoding not in common:
                common[encoding] = codec if codec.payload_type == number else replace(codec, payload_type=number)
        return list(common.values())


def _free_number(encoding: str, proposed: int, bound: Mapping[int, str]) -> int | None:
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
