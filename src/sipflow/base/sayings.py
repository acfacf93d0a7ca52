"""What people are told, apart from the language it is told in: a code, and what it is about."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER = Path(__file__).parent / "texts"
LANGUAGES: Final = ("en", "ko")


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing to tell, with what it is about. A file of `base/texts` has its text in every language."""

    code: str
    """For programs."""
    values: tuple[tuple[str, Value], ...] = ()
    """What stands in the text, by name. With `got`, what stood there instead is told after the text."""

    @classmethod
    def of(cls, code: str, **values: Value) -> Saying:
        """A saying with the values that its text names."""
        return cls(code, tuple(values.items()))

    def with_got(self, got: str) -> Saying:
        """The same, with what stood there instead."""
        return Saying(self.code, (*self.values, ("got", got)))

    def text(self, language: str = "en") -> str:
        """What it says. Raises KeyError for a code or a value that the texts do not know."""
        texts = load_texts()
        values = {name: value.text(language) if isinstance(value, Saying) else value for name, value in self.values}
        said = texts[self.code][language].format_map(values)
        return texts["with-got"][language].format(said=said, got=values["got"]) if "got" in values else said

    def to_json(self, mask: Callable[[str], str]) -> dict[str, Any]:
        """The saying as a JSON object, with every text in it masked; nested sayings are objects too."""
        return {
            "code": self.code,
            "values": {
                name: value.to_json(mask)
                if isinstance(value, Saying)
                else mask(value)
                if isinstance(value, str)
                else value
                for name, value in self.values
            },
        }

    def __str__(self) -> str:
        return self.text()


Value = str | int | float | Saying
Told = str | Saying
"""What is told: a saying, or words that have no language or that a user has written."""


def status_and_reason(status: int, reason: Told) -> Told:
    """A response as its first line tells it; what never came has no status, and a reason alone."""
    if not status:
        return reason
    if isinstance(reason, Saying):
        return Saying.of("status-and-reason", status=status, reason=reason)
    return f"{status} {reason}".strip()


def in_language(told: Told, language: str) -> str:
    """What is told, in this language; plain words stay as they are."""
    return told.text(language) if isinstance(told, Saying) else told


@cache
def load_texts() -> Mapping[str, Mapping[str, str]]:
    """The texts of all sayings, by code and language."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        texts |= tomllib.loads(path.read_text(encoding="utf-8"))
    return texts
