"""When a form shows a field: what the editor is told of fields that mean nothing beside certain values of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

KEY: Final = "x-shown-when"
"""Where a field's JSON Schema says it."""


@dataclass(frozen=True, slots=True)
class _Condition:
    field: str
    word: str
    values: tuple[object, ...]

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        json_schema: dict[str, Any] = handler(schema)
        json_schema[KEY] = self.told
        return json_schema

    @property
    def told(self) -> dict[str, object]:
        """The condition as the schema has it: `{"field": "kind", "is": ["tone"]}`."""
        return {"field": self.field, self.word: list(self.values)}


def shown_when(field: str, *values: object) -> _Condition:
    """The annotation of a field that means something only where another one, by its JSON name, has one of these values.

    An empty text stands for nothing at all. A form may leave the field out otherwise, as long as it is at its default
    and nothing is found about it; the run reads it all the same.
    """
    return _Condition(field, "is", values)


def shown_unless(field: str, *values: object) -> _Condition:
    """The annotation of a field that means nothing where another one has one of these values."""
    return _Condition(field, "not", values)
