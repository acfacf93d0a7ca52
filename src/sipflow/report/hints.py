"""What may be tried after a failure: one list for the command line and for the editor."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "hints.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What to try after failures of one kind."""

    statuses: tuple[int, ...]
    """The responses that it is about."""
    match: str
    """Else a regular expression that is looked for in the error, in any case of letters; may be empty."""
    rfc: str
    """The section that says what came, such as `RFC 3261 §21.4.24`; may be empty."""
    texts: Mapping[str, str]
    """The advice, by language."""


@cache
def load_hints() -> tuple[Hint, ...]:
    """All hints, the first ones first to be tried."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))["hint"]
    return tuple(
        Hint(
            statuses=tuple(raw.get("status", ())),
            match=raw.get("match", ""),
            rfc=raw.get("rfc", ""),
            texts={language: raw[language] for language in ("en", "ko")},
        )
        for raw in found
    )
