"""Runs: start, stop, and everything that has been recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints
from starlette.responses import StreamingResponse

from sipflow.engine.run_info import RunInfo, RunResult
from sipflow.report import Names
from sipflow.report.pcapng import capture
from sipflow.scenario import Document
from sipflow.server.hub import run_json
from sipflow.server.parts import UsedParts
from sipflow.server.schemas import Count, FlowData, Json

MAX_EVENTS: Final = 5_000
MAX_VARIABLES: Final = 200
CHUNK_BYTES: Final = 256 * 1024

router = APIRouter(prefix="/api/runs", tags=["runs"])


class RunOut(Json):
    """A run without its events. Times are milliseconds since the epoch."""

    id: str
    scenario_id: str
    scenario_name: str
    name: str | None
    started_at: int
    ended_at: int | None
    result: RunResult
    error: str | None
    said: dict[str, Any] | None = None
    """The error as code and values, by its name, for those who tell it in another language (`/api/texts`)."""
    error_node_id: str | None
    last_seq: int
    messages: int
    variables: dict[str, str]

    @classmethod
    def of(cls, info: RunInfo) -> RunOut:
        return cls.model_validate(run_json(info))


class StoredRunOut(RunOut):
    """A run with the scenario as it was run."""

    flow_data: FlowData


class StartIn(Json):
    """What is to be run."""

    scenario_id: str
    variables: Annotated[
        dict[Annotated[str, StringConstraints(max_length=100)], Annotated[str, StringConstraints(max_length=10_000)]],
        Field(default_factory=dict, max_length=MAX_VARIABLES),
    ]


class StartedOut(Json):
    """The run that has begun."""

    run_id: str


class NameIn(Json):
    """A run's new name; none takes it away."""

    name: Annotated[str, StringConstraints(max_length=200)] | None


class EventsOut(Json):
    """A page of a run's events."""

    events: list[dict[str, Any]]
    last_seq: int
    """The number of the last event there is so far."""


@router.post("", status_code=201)
async def start_run(body: StartIn, parts: UsedParts) -> StartedOut:
    """Run a scenario: its draft where it has one. One at a time: a second start is refused."""
    return StartedOut(run_id=await parts.desk.start(parts.engine, body.scenario_id, body.variables))


@router.post("/current/stop", status_code=204)
async def stop_run(parts: UsedParts) -> None:
    """End the run under way through its cleanup; answers once the next one can be started."""
    await parts.engine.stop_scenario()


@router.get("/current")
async def current_run(parts: UsedParts) -> RunOut | None:
    """The run under way; null where there is none."""
    run = parts.hub.run
    return RunOut.of(run) if run is not None and run.ended_at is None else None


@router.get("")
async def list_runs(
    parts: UsedParts,
    scenario_id: Annotated[str, Query(alias="scenarioId")] = "",
    result: RunResult | None = None,
    text: Annotated[str, Query(max_length=200)] = "",
) -> list[RunOut]:
    """Every run kept, the newest first."""
    wanted = text.casefold()
    return [
        RunOut.of(info)
        for info in await asyncio.to_thread(parts.archive.all)
        if (not scenario_id or info.scenario_id == scenario_id)
        and (result is None or info.result is result)
        and wanted in f"{info.name or ''}\n{info.scenario_name}\n{info.error or ''}".casefold()
    ]


@router.get("/{run_id}")
async def load_run(run_id: str, parts: UsedParts) -> StoredRunOut:
    """A run, with the scenario as it was run."""
    info = await asyncio.to_thread(parts.archive.find, run_id)
    flow_data = await asyncio.to_thread(parts.archive.scenario, run_id)
    return StoredRunOut.model_validate(run_json(info) | {"flowData": flow_data})


@router.patch("/{run_id}")
async def rename_run(run_id: str, body: NameIn, parts: UsedParts) -> RunOut:
    """Give a run a name."""
    info = await asyncio.to_thread(parts.archive.rename, run_id, body.name)
    parts.hub.run_changed(info)
    return RunOut.of(info)


@router.delete("/{run_id}", status_code=204)
async def delete_run(run_id: str, parts: UsedParts) -> None:
    """Delete what was recorded of a run that has ended."""
    await asyncio.to_thread(parts.archive.delete, run_id)
    parts.hub.run_deleted(run_id)


@router.get("/{run_id}/events", response_model=EventsOut)
async def load_events(
    run_id: str,
    parts: UsedParts,
    after: Annotated[Count, Query()] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = MAX_EVENTS,
) -> Response:
    """The events that follow number `after`, as they were recorded."""
    lines, last_seq = await asyncio.to_thread(parts.archive.events, run_id, after, limit)
    events = b",".join(line.rstrip(b"\n") for line in lines)
    return Response(b'{"events":[%b],"lastSeq":%d}' % (events, last_seq), media_type="application/json")


@router.get("/{run_id}/events.ndjson", response_class=StreamingResponse)
async def download_events(run_id: str, parts: UsedParts) -> StreamingResponse:
    """All events as a file, one line of JSON each, as `sipflow run --json` writes them."""
    lines = await asyncio.to_thread(parts.archive.all_events, run_id)
    return StreamingResponse(
        _in_chunks(lines),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{run_id}.ndjson"'},
    )


@router.get("/{run_id}/capture.pcapng", response_class=StreamingResponse)
async def download_capture(run_id: str, parts: UsedParts) -> StreamingResponse:
    """Every message as a packet, in a capture file for Wireshark; credentials are masked."""
    archive = parts.archive
    info = await asyncio.to_thread(archive.find, run_id)
    document = Document.parse(await asyncio.to_thread(archive.scenario, run_id))
    names = Names(
        {node.id: node.label or node.id for node in document.nodes}, {node.id: node.name for node in document.nodes}
    )
    return StreamingResponse(
        _in_chunks(capture(lambda: archive.all_events(run_id), names, info.name or info.scenario_name)),
        media_type="application/x-pcapng",
        headers={"Content-Disposition": f'attachment; filename="{run_id}.pcapng"'},
    )


def _in_chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Many lines at a time: each piece of an answer is a turn of the event loop."""
    chunk = bytearray()
    for line in lines:
        chunk += line
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)
