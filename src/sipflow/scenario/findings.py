"""What is wrong, or doubtful, in a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


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
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a scenario, with the place where it was found."""

    severity: Severity
    node_id: str | None
    """The node concerned; None for the document as a whole."""
    field: str
    """JSON name of the field concerned, empty for the node as a whole."""
    message: str
    node_name: str = ""
    """What people call the node: its type, and its label where it has one."""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def to_json(self) -> dict[str, str | None]:
        """The finding as a JSON object."""
        return {
            "severity": self.severity.value,
            "nodeId": self.node_id,
            "field": self.field or None,
            "message": self.message,
            "nodeName": self.node_name or None,
        }

    @property
    def text(self) -> str:
        """Where it is and what it is, without the severity."""
        name = f"{self.node_name} ({self.node_id})" if self.node_name else f"node {self.node_id!r}"
        place = " ".join(part for part in (name if self.node_id is not None else "", self.field) if part)
        return f"{place}: {self.message}" if place else self.message

    def __str__(self) -> str:
        return f"{self.severity}: {self.text}"


def errors_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """All findings without repetitions, errors before warnings, otherwise in the order in which they came."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: not finding.is_error))
