"""What is said of a run that is over: what to try after a failure, and all of it as one file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, get_args
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from sipflow.base.errors import RunUnderWay
from sipflow.base.sayings import load_texts
from sipflow.engine.run_info import RunInfo, RunResult
from sipflow.report.hints import load_hints
from sipflow.server.catalogue_api import list_node_types
from sipflow.server.hub import run_json
from sipflow.server.parts import UsedParts
from sipflow.server.recordings import list_recordings, page_recordings
from sipflow.server.recordings_api import recording_out
from sipflow.server.run_page import read_editor, run_page
from sipflow.server.schemas import Json, Language

router = APIRouter(prefix="/api", tags=["reports"])


class HintOut(Json):
    """What to try after failures of one kind."""

    statuses: list[int]
    """The responses that it is about."""
    codes: list[str]
    """Else codes (`/api/texts`), one of which stands in `said` of the error."""
    rfc: str
    """The section that says what came, such as `RFC 3261 §21.4.24`; may be empty."""
    text: str


@router.get("/failure-hints")
async def list_hints(lang: Annotated[Language, Query()] = "en") -> list[HintOut]:
    """All hints; of several that fit, the first counts."""
    return hints_in(lang)


def hints_in(language: Language) -> list[HintOut]:
    """The hints in one language."""
    return [
        HintOut(statuses=list(hint.statuses), codes=list(hint.codes), rfc=hint.rfc, text=hint.texts[language])
        for hint in load_hints()
    ]


@router.get("/texts")
async def list_texts(lang: Annotated[Language, Query()] = "en") -> dict[str, str]:
    """What runs tell, by code: the text of `said` in an event, with the places of its values in it."""
    return texts_in(lang)


def texts_in(language: Language) -> dict[str, str]:
    """The texts in one language."""
    return {code: texts[language] for code, texts in load_texts().items()}


@router.get("/runs/{run_id}/report.html", response_class=StreamingResponse)
async def download_report(run_id: str, parts: UsedParts) -> StreamingResponse:
    """A run that has ended as one HTML file, which shows the whole monitor without a server.

    Recordings are in it up to 8 MiB together; it says which are not.
    """
    archive = parts.archive
    info = await asyncio.to_thread(archive.find, run_id)
    if info.result is RunResult.RUNNING:
        raise RunUnderWay(run_id)
    editor = await asyncio.to_thread(read_editor, parts.settings.static_folder)
    recordings = await asyncio.to_thread(list_recordings, archive.recordings(run_id))
    types = {lang: await list_node_types(parts, lang) for lang in get_args(Language)}
    run = {
        "run": run_json(info),
        "recordings": [recording_out(file).model_dump(mode="json", by_alias=True) for file in recordings],
        "flowData": await asyncio.to_thread(archive.scenario, run_id),
        "nodeTypes": {lang: [node_type.model_dump(mode="json") for node_type in own] for lang, own in types.items()},
        "texts": {lang: texts_in(lang) for lang in get_args(Language)},
        "hints": {lang: [hint.model_dump(mode="json") for hint in hints_in(lang)] for lang in get_args(Language)},
    }
    lines = await asyncio.to_thread(archive.all_events, run_id)
    return StreamingResponse(
        run_page(editor, info.name or info.scenario_name, run, lines, page_recordings(recordings)),
        media_type="text/html",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(_file_name(info), safe='')}"},
    )


def _file_name(info: RunInfo) -> str:
    at = datetime.fromtimestamp(info.started_at / 1000, UTC)
    title = (info.name or info.scenario_name).encode("utf-8", "replace").decode()
    return f"{title} {at:%Y-%m-%d %H-%M-%S}.html"
