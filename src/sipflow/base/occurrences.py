"""Which of many occurrences are meant: all, some by their number, or a share of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_TEXT = re.compile(r"(?:([1-9][0-9]{0,8})(-)?([1-9][0-9]{0,8})?|([0-9]{1,3})[ ]?%)?", re.ASCII)


class Occurrences(NamedTuple):
    """A range of numbers, counted from 1, or a share by chance."""

    first: int = 1
    last: int | None = None
    """None: to the end."""
    percent: int = 100
    """How many of them, by chance."""

    @staticmethod
    def parse(text: str) -> Occurrences:
        """Read `3`, `1-2`, `4-` or `25%`; nothing means all. Raises ValueError."""
        match = _TEXT.fullmatch(text.replace(" ", ""))
        if match is None:
            raise ValueError(f"expected a number, a range or a percentage, got {text!r}")
        first, dash, last, percent = match.groups()
        if percent is not None:
            if int(percent) > 100:
                raise ValueError(f"expected at most 100 %, got {text!r}")
            return Occurrences(percent=int(percent))
        if first is None:
            return Occurrences()
        if last is not None and (not dash or int(last) < int(first)):
            raise ValueError(f"expected a range that goes up, got {text!r}")
        return Occurrences(int(first), int(last) if last else None if dash else int(first))

    def has(self, number: int, chance: Callable[[int], int]) -> bool:
        """Whether the occurrence of this number is meant; `chance` gives a random number below its argument."""
        if number < self.first or (self.last is not None and number > self.last):
            return False
        return self.percent >= 100 or chance(100) < self.percent


ALL = Occurrences()
