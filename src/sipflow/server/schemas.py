"""What the API takes and gives, as JSON: camelCase names, times in milliseconds since the epoch.

The editor's TypeScript types are generated from these.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel

from sipflow.scenario.document import Branch
from sipflow.scenario.fields import Kind
from sipflow.scenario.findings import Severity
from sipflow.scenario.node_api import CallSide, NodeKind, Steering
from sipflow.scenario.repository import Draft, ScenarioSummary, StoredScenario, StoredVersion
from sipflow.scenario.repository.drafts import MAX_CLIENT_CHARS

Language = Literal["en", "ko"]
FlowData = dict[str, Any]
"""A scenario document, as deep and long as `sipflow.scenario.document` allows."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A version or a revision."""


class Json(BaseModel):
    """An object of the API."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


class ErrorOut(Json):
    """Why a request was refused."""

    code: str
    """For programs: `unauthorised`, `not-found`, `conflict`, `too-large`, `invalid`, …"""
    message: str
    """For people."""
    findings: list[FindingOut] | None = None
    """With `invalid`: what is wrong in the document."""
    current: dict[str, Any] | None = None
    """With `conflict`: what is stored now."""


class ErrorBody(Json):
    """The body of every answer that is an error."""

    error: ErrorOut


class FindingOut(Json):
    """One thing that is wrong or doubtful in a scenario."""

    severity: Severity
    node_id: str | None
    """The node concerned; null for the document as a whole."""
    edge_id: str | None
    field: str | None
    code: str
    """For programs; the same in every language."""
    message: str
    """For people, in the language that was asked for."""


class ProjectOut(Json):
    """A folder of scenarios."""

    id: str
    name: str


class ProjectIn(Json):
    """What a project is made or renamed with."""

    name: Name


class SummaryOut(Json):
    """A scenario without its document."""

    id: str
    project_id: str
    name: str
    version: int
    updated_at: int
    has_draft: bool

    @classmethod
    def of(cls, stored: ScenarioSummary) -> SummaryOut:
        return cls(
            id=stored.id,
            project_id=stored.project_id,
            name=stored.name,
            version=stored.version,
            updated_at=stored.updated_at_ms,
            has_draft=stored.has_draft,
        )


class DraftOut(Json):
    """Edits that have not been saved."""

    revision: int
    base_version: int
    updated_at: int
    client: str
    flow_data: FlowData

    @classmethod
    def of(cls, draft: Draft) -> DraftOut:
        return cls(
            revision=draft.revision,
            base_version=draft.base_version,
            updated_at=draft.updated_at_ms,
            client=draft.client,
            flow_data=draft.flow_data,
        )


class ScenarioOut(Json):
    """A scenario as it was saved, with its draft."""

    id: str
    project_id: str
    name: str
    version: int
    updated_at: int
    flow_data: FlowData
    draft: DraftOut | None

    @classmethod
    def of(cls, stored: StoredScenario, draft: Draft | None) -> ScenarioOut:
        return cls(
            id=stored.id,
            project_id=stored.project_id,
            name=stored.name,
            version=stored.version,
            updated_at=stored.updated_at_ms,
            flow_data=stored.flow_data,
            draft=DraftOut.of(draft) if draft else None,
        )


class ScenarioIn(Json):
    """A new scenario; without a document, an empty one."""

    name: Name
    flow_data: FlowData | None = None


class SaveIn(Json):
    """A document to save over the version it was loaded with."""

    flow_data: FlowData
    version: Count


class ChangeIn(Json):
    """A new name, another project, or both."""

    name: Name | None = None
    project_id: str | None = None


class ImportIn(Json):
    """A scenario file as it was read."""

    file_name: Annotated[str, Field(max_length=1_000)]
    text: str


class VersionOut(Json):
    """One save."""

    version: int
    saved_at: int


class StoredVersionOut(VersionOut):
    """One save with its document."""

    flow_data: FlowData

    @classmethod
    def of(cls, stored: StoredVersion) -> StoredVersionOut:
        return cls(version=stored.version, saved_at=stored.saved_at_ms, flow_data=stored.flow_data)


class DraftIn(Json):
    """Edits to keep."""

    flow_data: FlowData
    base_version: Count
    revision: Count | None
    """The revision last seen; null for no draft."""
    client: Annotated[str, Field(max_length=MAX_CLIENT_CHARS)]
    """The writer's own name for itself, so that others can tell it from themselves."""


class RevisionOut(Json):
    """What the next write of the draft must name."""

    revision: int


class FieldSchemaOut(Json):
    """JSON Schema of one setting."""

    model_config = ConfigDict(extra="allow")

    title: str
    """What the field is called."""
    description: str = ""
    """What the setting does."""
    kind: Annotated[str, Field(alias="x-kind"), WithJsonSchema({"type": "string", "enum": [*Kind]})]
    """What the field holds: the editor has a widget for each."""


class SettingsSchemaOut(Json):
    """JSON Schema of a node type's settings."""

    model_config = ConfigDict(extra="allow")

    properties: dict[str, FieldSchemaOut]
    """The settings by their names in the document, in the order of the form."""
    required: list[str] = []


class NodeTypeOut(Json):
    """A node type, as palette and forms need it."""

    kind: NodeKind
    name: str
    title: str
    """What people call it; `name` is the document's word."""
    icon: str
    """Name of a Lucide icon."""
    group: str
    group_title: str
    doc: str
    opens: CallSide | None
    """The side of the call that it binds to its call id, if it binds one."""
    needs: CallSide | None
    """The side of an already bound call that it works on, if it works on one."""
    steers: Steering | None
    """How it steers its chain, if it does: only a loop's success edge leads into a circle."""
    face: str | None
    """What a node shows besides its title: text with `{setting}` in it, of which a part in square brackets goes where a
    setting in it is empty."""
    ways: dict[Branch, str]
    """What its edges are called, where these mean something else than that it succeeded or failed."""
    params_schema: Annotated[SettingsSchemaOut, Field(alias="schema")]


class TemplateOut(Json):
    """A scenario to start from."""

    id: str
    title: str
    summary: str
    flow_data: FlowData


class ValidateIn(Json):
    """A document to look through, with the variables it would be run with."""

    flow_data: FlowData
    variables: dict[str, str] = {}


class FindingsOut(Json):
    """Everything that was found, errors first."""

    findings: list[FindingOut]


class AudioOut(Json):
    """An audio file of the library."""

    id: str
    name: str
    size_bytes: int
    duration_ms: int
    sample_rate: int
    channels: int


class PingOut(Json):
    """The server is there."""

    status: Literal["ok"] = "ok"


class VersionInfoOut(Json):
    """What is serving."""

    version: str
    python: str
    platform: str
