"""What the editor draws with: node types, templates, findings; and what is serving."""

from __future__ import annotations

import asyncio
import platform
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from sipflow import __version__
from sipflow.media.playing import audio_faults
from sipflow.nodes import load_texts
from sipflow.scenario import NodeKind, NodeType, validate_scenario
from sipflow.scenario.document import read_json
from sipflow.scenario.examples import example_files
from sipflow.scenario.node_api import CallChange
from sipflow.scenario.wording import Texts, word
from sipflow.server.parts import UsedParts
from sipflow.server.schemas import (
    FindingOut,
    FindingsOut,
    Language,
    NodeTypeOut,
    PingOut,
    TemplateOut,
    ValidateIn,
    VersionInfoOut,
)

_TEMPLATE_TEXTS = Path(__file__).parent / "templates.toml"

router = APIRouter(prefix="/api", tags=["catalogue"])
Lang = Annotated[Language, Query()]


@router.get("/ping")
async def ping() -> PingOut:
    """Tell that the server is there. Needs no token."""
    return PingOut()


@router.get("/version")
async def version() -> VersionInfoOut:
    """Tell what is serving."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return VersionInfoOut(version=__version__, python=platform.python_version(), platform=system)


@router.get("/node-types")
async def list_node_types(parts: UsedParts, lang: Lang = "en") -> list[NodeTypeOut]:
    """All node types, in the palette's order."""
    return [_described(node_type, load_texts(lang)) for node_type in sorted(parts.node_types, key=_place)]


@router.get("/templates")
async def list_templates(lang: Lang = "en") -> list[TemplateOut]:
    """Scenarios to start from, the plainest first."""
    return await asyncio.to_thread(_templates, lang)


@router.post("/validate")
async def validate(body: ValidateIn, parts: UsedParts, lang: Lang = "en") -> FindingsOut:
    """Look through a document, as a run would."""
    findings = await asyncio.to_thread(
        validate_scenario,
        body.flow_data,
        parts.node_types,
        variables=body.variables,
        environment=parts.settings.environment,
        audio_fault=audio_faults((parts.settings.audio_folder,)),
    )
    return FindingsOut(findings=[FindingOut.model_validate(finding.to_json(lang)) for finding in findings])


def _place(node_type: NodeType) -> tuple[int, bool, bool, int, bool, str]:
    """Where the palette shows a type: by group, commands before events, and then as a call goes; the plain instance
    before all others.
    """
    groups = list(load_texts("en")["groups"])
    group = groups.index(node_type.group) if node_type.group in groups else len(groups)
    change = node_type.causes or node_type.awaits
    stage = len(CallChange) if change is None else list(CallChange).index(change)
    is_special = node_type.name != node_type.kind
    return group, node_type.kind is NodeKind.EVENT, node_type.opens is None, stage, is_special, node_type.name


def _described(node_type: NodeType, texts: Texts) -> NodeTypeOut:
    wording = word(node_type, texts)
    return NodeTypeOut(
        kind=node_type.kind,
        name=node_type.name,
        title=wording.title,
        icon=node_type.icon,
        group=node_type.group,
        group_title=wording.group_title,
        doc=wording.doc,
        opens=node_type.opens,
        needs=None if node_type.works_without_call else node_type.needs,
        steers=node_type.steers,
        face=wording.face or None,
        ways=wording.ways,
        params_schema=wording.schema,
    )


@cache
def _templates(lang: Language) -> list[TemplateOut]:
    texts: dict[str, Any] = tomllib.loads(_TEMPLATE_TEXTS.read_text(encoding="utf-8"))
    files = example_files()
    return [
        TemplateOut(id=name, **text[lang], flow_data=read_json(files[name].read_bytes(), name))
        for name, text in texts.items()
        if name in files
    ]
