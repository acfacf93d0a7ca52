"""Where scenarios are kept: one Protocol, over a single file and over a database (`repository.sql`).

Importing this imports no database.
"""

from sipflow.scenario.repository.file import FileRepository
from sipflow.scenario.repository.protocol import (
    Draft,
    Project,
    ScenarioRepository,
    ScenarioSource,
    ScenarioSummary,
    StoredScenario,
    StoredVersion,
    Version,
)

__all__ = [
    "Draft",
    "FileRepository",
    "Project",
    "ScenarioRepository",
    "ScenarioSource",
    "ScenarioSummary",
    "StoredScenario",
    "StoredVersion",
    "Version",
]
