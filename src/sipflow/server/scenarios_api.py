"""Projects, scenarios, their versions and drafts."""

from __future__ import annotations

import json
import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from sipflow.base.errors import DocumentTooLarge, ScenarioConflict
from sipflow.base.sayings import Saying
from sipflow.engine.masking import without_secrets
from sipflow.scenario.document import MAX_BYTES, read_json
from sipflow.scenario.repository import Draft, StoredScenario
from sipflow.server.errors import refusal
from sipflow.server.parts import Parts, UsedParts
from sipflow.server.schemas import (
    ChangeIn,
    Count,
    DraftIn,
    ImportIn,
    ProjectIn,
    ProjectOut,
    RevisionOut,
    SaveIn,
    ScenarioIn,
    ScenarioOut,
    StoredVersionOut,
    SummaryOut,
    VersionOut,
)

IMPORT_BYTES = 2 * MAX_BYTES + 64 * 1024
"""A document as text within JSON: every quote in it takes two characters."""

router = APIRouter(prefix="/api", tags=["scenarios"])


@router.get("/projects")
async def list_projects(parts: UsedParts) -> list[ProjectOut]:
    """All projects, by name."""
    return [ProjectOut(id=project.id, name=project.name) for project in await parts.repository.list_projects()]


@router.post("/projects", status_code=201)
async def create_project(body: ProjectIn, parts: UsedParts) -> ProjectOut:
    """Make a project."""
    project = await parts.repository.create_project(body.name)
    return ProjectOut(id=project.id, name=project.name)


@router.patch("/projects/{project_id}")
async def rename_project(project_id: str, body: ProjectIn, parts: UsedParts) -> ProjectOut:
    """Rename a project."""
    project = await parts.repository.rename_project(project_id, body.name)
    return ProjectOut(id=project.id, name=project.name)


@router.delete("/projects/{project_id}", status_code=204)
async def delete_project(project_id: str, parts: UsedParts) -> None:
    """Delete a project with all its scenarios."""
    scenarios = await parts.repository.list_scenarios(project_id)
    await parts.repository.delete_project(project_id)
    for summary in scenarios:
        parts.hub.announce_scenario(summary.id, version=None, has_draft=False, draft_client=None)


@router.get("/projects/{project_id}/scenarios")
async def list_scenarios(project_id: str, parts: UsedParts) -> list[SummaryOut]:
    """The scenarios of a project, by name."""
    return [SummaryOut.of(summary) for summary in await parts.repository.list_scenarios(project_id)]


@router.post("/projects/{project_id}/scenarios", status_code=201)
async def create_scenario(project_id: str, body: ScenarioIn, parts: UsedParts) -> ScenarioOut:
    """Store a new scenario."""
    stored = await parts.repository.create_scenario(project_id, body.name, body.flow_data)
    return _announced(parts, stored, None)


@router.post("/projects/{project_id}/import", status_code=201, max_body_size=IMPORT_BYTES)
async def import_scenario(project_id: str, body: ImportIn, parts: UsedParts) -> ScenarioOut:
    """Store a scenario file under its file's name, numbered where that is taken."""
    if len(body.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DocumentTooLarge(Saying.of("document-too-long", mib=MAX_BYTES // 1024 // 1024))
    flow_data = read_json(body.text, body.file_name)
    stored = await parts.repository.create_scenario(project_id, _stem(body.file_name), flow_data, is_numbered=True)
    return _announced(parts, stored, None)


@router.get("/scenarios/{scenario_id}")
async def load_scenario(scenario_id: str, parts: UsedParts) -> ScenarioOut:
    """A scenario as it was saved, with its draft."""
    stored = await parts.repository.load_scenario(scenario_id)
    return ScenarioOut.of(stored, await parts.drafts.load(scenario_id))


@router.put("/scenarios/{scenario_id}", response_model=ScenarioOut)
async def save_scenario(scenario_id: str, body: SaveIn, parts: UsedParts, request: Request) -> ScenarioOut | Response:
    """Save a version; the draft is dropped. 409 where somebody else has saved meanwhile."""
    try:
        stored = await parts.repository.save_scenario(scenario_id, body.flow_data, version=body.version)
    except ScenarioConflict as error:
        current = SummaryOut.of(await parts.repository.load_summary(scenario_id))
        return refusal(request, 409, "conflict", error.said, current=current.model_dump())
    return _announced(parts, stored, None)


@router.patch("/scenarios/{scenario_id}")
async def change_scenario(scenario_id: str, body: ChangeIn, parts: UsedParts) -> SummaryOut:
    """Rename a scenario, move it to another project, or both."""
    summary = await parts.repository.change_scenario(scenario_id, name=body.name, project_id=body.project_id)
    draft = await parts.drafts.load(scenario_id)
    _announce(parts, summary.id, summary.version, draft)
    return SummaryOut.of(summary)


@router.post("/scenarios/{scenario_id}/duplicate", status_code=201)
async def duplicate_scenario(scenario_id: str, parts: UsedParts) -> ScenarioOut:
    """Store a copy of what is being edited, beside the original."""
    copied = await parts.working_copies.load_scenario(scenario_id)
    stored = await parts.repository.create_scenario(copied.project_id, copied.name, copied.flow_data, is_numbered=True)
    return _announced(parts, stored, None)


@router.delete("/scenarios/{scenario_id}", status_code=204)
async def delete_scenario(scenario_id: str, parts: UsedParts) -> None:
    """Delete a scenario with its versions and its draft; its runs stay."""
    await parts.repository.delete_scenario(scenario_id)
    parts.hub.announce_scenario(scenario_id, version=None, has_draft=False, draft_client=None)


@router.get("/scenarios/{scenario_id}/versions")
async def list_versions(scenario_id: str, parts: UsedParts) -> list[VersionOut]:
    """The saves that are kept, newest first."""
    found = await parts.repository.list_versions(scenario_id)
    return [VersionOut(version=version.version, saved_at=version.saved_at_ms) for version in found]


@router.get("/scenarios/{scenario_id}/versions/{version}")
async def load_version(scenario_id: str, version: Annotated[Count, Path()], parts: UsedParts) -> StoredVersionOut:
    """One save."""
    return StoredVersionOut.of(await parts.repository.load_version(scenario_id, version))


@router.get("/scenarios/{scenario_id}/export", response_class=Response)
async def export_scenario(scenario_id: str, parts: UsedParts) -> Response:
    """The scenario as it is being edited, as a file that may be handed on: without its passwords."""
    stored = await parts.working_copies.load_scenario(scenario_id)
    flow_data = without_secrets(stored.flow_data)
    text = json.dumps(flow_data, ensure_ascii=False, indent=2) + "\n"
    if len(text) > MAX_BYTES:  # what is exported can be imported
        text = json.dumps(flow_data, ensure_ascii=False)
    name = quote(f"{_file_name(stored.name)}.sipflow.json", safe="")
    return Response(
        text.encode("utf-8", "backslashreplace"),
        media_type="application/json",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@router.put("/scenarios/{scenario_id}/draft")
async def save_draft(scenario_id: str, body: DraftIn, parts: UsedParts) -> RevisionOut:
    """Keep edits. 409, with the draft there is, where another writer came in between."""
    draft = await parts.drafts.save(
        scenario_id, body.flow_data, base_version=body.base_version, revision=body.revision, client=body.client
    )
    summary = await parts.repository.load_summary(scenario_id)
    _announce(parts, scenario_id, summary.version, draft)
    return RevisionOut(revision=draft.revision)


@router.delete("/scenarios/{scenario_id}/draft", status_code=204)
async def delete_draft(scenario_id: str, revision: Annotated[Count, Query()], parts: UsedParts) -> None:
    """Drop edits. 409, with the draft there is, where it is another than the one last seen."""
    await parts.drafts.delete(scenario_id, revision)
    summary = await parts.repository.load_summary(scenario_id)
    _announce(parts, scenario_id, summary.version, None)


def _announced(parts: Parts, stored: StoredScenario, draft: Draft | None) -> ScenarioOut:
    """The answer, after all tabs were told."""
    _announce(parts, stored.id, stored.version, draft)
    return ScenarioOut.of(stored, draft)


def _announce(parts: Parts, scenario_id: str, version: int, draft: Draft | None) -> None:
    client = draft.client if draft else None
    parts.hub.announce_scenario(scenario_id, version=version, has_draft=draft is not None, draft_client=client)


def _stem(file_name: str) -> str:
    """A scenario's name from a file's: without folders and ending."""
    name = re.split(r"[/\\]", file_name)[-1].strip()
    name = re.sub(r"(\.sipflow)?\.json$", "", name, flags=re.IGNORECASE)
    name = "".join(character for character in name if character.isprintable()).strip()
    return name[:150].strip() or "scenario"


def _file_name(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "-", name).strip(". ") or "scenario"
