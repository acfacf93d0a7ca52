"""What a library says in English, told as a saying of ours: the words that people meet by rules, the rest in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sipflow.base.sayings import Saying

MAX_QUOTED_CHARS: Final = 200

Rules = tuple[tuple[re.Pattern[str], str], ...]
"""Patterns, the first that is found counts, each with its code. Named groups are the values of the saying."""


def rules(*pairs: tuple[str, str]) -> Rules:
    """Patterns without regard to case, with the code of what each means."""
    return tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in pairs)


def told_by(words: str, known: Iterable[tuple[re.Pattern[str], str]], otherwise: str) -> Saying:
    """What the words mean; where no rule knows, the saying `otherwise` with the first line of them as `words`."""
    for pattern, code in known:
        if found := pattern.search(words):
            return Saying.of(code, **{name: text[:MAX_QUOTED_CHARS] for name, text in found.groupdict("").items()})
    first = next(iter(words.strip().splitlines()), "")
    return Saying.of(otherwise, words=first[:MAX_QUOTED_CHARS])
