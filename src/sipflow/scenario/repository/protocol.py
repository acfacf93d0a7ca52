"""What every repository of scenarios can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Project:
    """A folder of scenarios."""

    id: str
    name: str
    """Unique among projects."""


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """A scenario without its document."""

    id: str
    project_id: str
    name: str
    """Unique within the project."""
    version: int
    """Changes with every save."""
    updated_at_ms: int
    """When it was saved last, in milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class StoredScenario(ScenarioSummary):
    """A scenario as it is stored."""

    flow_data: dict[str, Any]
    """The document, with every key it was saved with, in order."""


class ScenarioRepository(Protocol):
    """Projects and scenarios. What a method has returned from is stored for good; a save is all or nothing.

    Errors: ScenarioNotFound for an unknown scenario, ScenarioConflict for a name that is taken or a newer
    version, ScenarioInvalid for a stored document that can't be read, ScenarioError for everything else.
    """

    async def create_project(self, name: str) -> Project: ...

    async def list_projects(self) -> list[Project]:
        """All projects, by name."""
        ...

    async def rename_project(self, project_id: str, name: str) -> Project: ...

    async def delete_project(self, project_id: str) -> None:
        """Delete a project with all its scenarios."""
        ...

    async def create_scenario(
        self, project_id: str, name: str, flow_data: dict[str, Any] | None = None
    ) -> StoredScenario:
        """Store a new scenario; without a document, an empty one."""
        ...

    async def list_scenarios(self, project_id: str) -> list[ScenarioSummary]:
        """All scenarios of a project, by name."""
        ...

    async def load_scenario(self, scenario_id: str) -> StoredScenario: ...

    async def save_scenario(self, scenario_id: str, flow_data: dict[str, Any], *, version: int) -> StoredScenario:
        """Replace the document. `version` is the one it was loaded with: ScenarioConflict if it has moved on."""
        ...

    async def rename_scenario(self, scenario_id: str, name: str) -> ScenarioSummary: ...

    async def delete_scenario(self, scenario_id: str) -> None: ...

    async def close(self) -> None:
        """Let go of files and connections; may be called twice."""
        ...
