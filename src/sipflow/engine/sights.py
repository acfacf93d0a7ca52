"""Which sights are of the same message: sent here, received there, sent again."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

MAX_REMEMBERED = 4_096
"""Messages that are known again; older ones are forgotten."""


class Sights:
    """Tells messages apart by their bytes: a branch makes them unique. What it remembers of one has a fixed size."""

    def __init__(self) -> None:
        self._first: OrderedDict[bytes, int] = OrderedDict()

    def first_seq(self, data: bytes, seq: int) -> int:
        """The number of the event in which these bytes were first seen; `seq`, that of this one, if it is now."""
        first = self._first.setdefault(_key(data), seq)
        if len(self._first) > MAX_REMEMBERED:
            self._first.popitem(last=False)
        return first

    def find(self, data: bytes) -> int | None:
        """The number of the event in which these bytes were first seen; None where none is remembered."""
        return self._first.get(_key(data))


def _key(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
