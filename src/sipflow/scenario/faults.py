"""What is wrong, apart from the language it is said in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE = Path(__file__).parent / "faults.toml"
LANGUAGES: Final = ("en", "ko")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong, with what it is about. `faults.toml` has its text in every language."""

    code: str
    """For programs."""
    values: tuple[tuple[str, Value], ...] = ()
    """What stands in the text, by name. With `got`, what stood there instead is told after the text."""

    @classmethod
    def of(cls, code: str, **values: Value) -> Fault:
        """A fault with the values that its text names."""
        return cls(code, tuple(values.items()))

    def with_got(self, got: str) -> Fault:
        """The same, with what stood there instead."""
        return Fault(self.code, (*self.values, ("got", got)))

    def text(self, language: str = "en") -> str:
        """What it says. Raises KeyError for a code or a value that the texts do not know."""
        texts = load_texts()
        values = {name: value.text(language) if isinstance(value, Fault) else value for name, value in self.values}
        said = texts[self.code][language].format_map(values)
        return texts["with-got"][language].format(said=said, got=values["got"]) if "got" in values else said

    def __str__(self) -> str:
        return self.text()


Value = str | int | float | Fault


@cache
def load_texts() -> Mapping[str, Mapping[str, str]]:
    """The texts of all faults, by code and language."""
    texts: dict[str, dict[str, str]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return texts
