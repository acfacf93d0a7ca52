"""What is wrong, or doubtful, in a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sipflow.base.sayings import Saying, Value


class Severity(StrEnum):
    """An error stops a run, a warning never does."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding before it is known which node it belongs to."""

    severity: Severity
    field: str
    """JSON name of the field concerned, empty for the node as a whole."""
    fault: Saying

    @classmethod
    def error(cls, field: str, code: str, **values: Value) -> Self:
        """What stops a run."""
        return cls(Severity.ERROR, field, Saying.of(code, **values))

    @classmethod
    def warning(cls, field: str, code: str, **values: Value) -> Self:
        """What is doubtful."""
        return cls(Severity.WARNING, field, Saying.of(code, **values))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a scenario, with the place where it was found."""

    severity: Severity
    node_id: str | None
    """The node concerned; None for the document as a whole."""
    field: str
    """JSON name of the field concerned, empty for the node as a whole."""
    fault: Saying
    node_name: str = ""
    """What people call the node: its type, and its label where it has one."""
    edge_id: str | None = None
    """The edge concerned, if it is one."""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    @property
    def message(self) -> str:
        """What it is, in English."""
        return self.fault.text()

    def to_json(self, language: str = "en") -> dict[str, str | None]:
        """The finding as a JSON object, told in this language."""
        return {
            "severity": self.severity.value,
            "nodeId": self.node_id,
            "edgeId": self.edge_id,
            "field": self.field or None,
            "code": self.fault.code,
            "message": self.fault.text(language),
            "nodeName": self.node_name or None,
        }

    @property
    def text(self) -> str:
        """Where it is and what it is, without the severity, in English."""
        return str(self.said)

    @property
    def said(self) -> Saying:
        """The same, for all languages."""
        place = self._place
        return Saying.of("finding-at", place=place, fault=self.fault) if place else self.fault

    @property
    def _place(self) -> str:
        name = f"{self.node_name} ({self.node_id})" if self.node_name else f"node {self.node_id!r}"
        return " ".join(part for part in (name if self.node_id is not None else "", self.field) if part)

    def __str__(self) -> str:
        return f"{self.severity}: {self.text}"


def errors_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """All findings without repetitions, errors before warnings, otherwise in the order in which they came."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: not finding.is_error))
