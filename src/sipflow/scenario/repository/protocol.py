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
    has_draft: bool
    """Whether there are edits that have not been saved."""


@dataclass(frozen=True, slots=True)
class StoredScenario(ScenarioSummary):
    """A scenario as it is stored."""

    flow_data: dict[str, Any]
    """The document, with every key it was saved with, in order."""


@dataclass(frozen=True, slots=True)
class Version:
    """One save."""

    version: int
    saved_at_ms: int
    """Milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class StoredVersion(Version):
    """One save with what was saved."""

    flow_data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """Edits of a scenario that have not been saved."""

    scenario_id: str
    revision: int
    """Changes with every write, and never comes again."""
    base_version: int
    """The version that was being edited."""
    updated_at_ms: int
    client: str
    """Who wrote it: an editor's own name for itself."""
    flow_data: dict[str, Any]


class ScenarioSource(Protocol):
    """Where a run gets its scenario from."""

    async def load_scenario(self, scenario_id: str) -> StoredScenario:
        """The scenario. Raises ScenarioNotFound, ScenarioInvalid, ScenarioError."""
        ...


class ScenarioRepository(ScenarioSource, Protocol):
    """Projects and scenarios. What a method has returned from is stored for good; a save is all or nothing.

    Errors: ScenarioNotFound and ProjectNotFound for an unknown id, ScenarioConflict for a name that is taken or a newer
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
        self,
        project_id: str,
        name: str,
        flow_data: dict[str, Any] | None = None,
        *,
        is_numbered: bool = False,
    ) -> StoredScenario:
        """Store a new scenario; without a document, an empty one. `is_numbered`: a taken name gets a number."""
        ...

    async def list_scenarios(self, project_id: str) -> list[ScenarioSummary]:
        """All scenarios of a project, by name."""
        ...

    async def save_scenario(self, scenario_id: str, flow_data: dict[str, Any], *, version: int) -> StoredScenario:
        """Replace the document. `version` is the one it was loaded with: ScenarioConflict if it has moved on."""
        ...

    async def change_scenario(
        self, scenario_id: str, *, name: str | None = None, project_id: str | None = None
    ) -> ScenarioSummary:
        """Rename a scenario, move it to another project, or both at once."""
        ...

    async def delete_scenario(self, scenario_id: str) -> None: ...

    async def close(self) -> None:
        """Let go of files and connections; may be called twice."""
        ...
