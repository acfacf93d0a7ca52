"""What may be tried after a failure: one list for the command line and for the editor."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "hints.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What to try after failures of one kind."""

    statuses: tuple[int, ...]
    """The responses that it is about."""
    codes: tuple[str, ...]
    """Else codes of `base/texts`, one of which stands in what the error says."""
    rfc: str
    """The section that says what came, such as `RFC 3261 §21.4.24`; may be empty."""
    texts: Mapping[str, str]
    """The advice, by language."""


def hint_for(statuses: Iterable[int], said: Mapping[str, Any] | None) -> Hint | None:
    """What fits a failure: by the responses that came, the first ones first, else by what its error says."""
    told = codes_of(said or {})
    hints = load_hints()
    by_status = (hint for status in statuses for hint in hints if status in hint.statuses)
    return next(by_status, None) or next((hint for hint in hints if not told.isdisjoint(hint.codes)), None)


def codes_of(said: Mapping[str, Any]) -> set[str]:
    """The codes in a saying as an event carries it, those of the sayings within it included."""
    within = (codes_of(value) for value in said.get("values", {}).values() if isinstance(value, Mapping))
    return {said["code"]}.union(*within) if said else set()


@cache
def load_hints() -> tuple[Hint, ...]:
    """All hints, the first ones first to be tried."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))["hint"]
    return tuple(
        Hint(
            statuses=tuple(raw.get("status", ())),
            codes=tuple(raw.get("codes", ())),
            rfc=raw.get("rfc", ""),
            texts={language: raw[language] for language in ("en", "ko")},
        )
        for raw in found
    )
