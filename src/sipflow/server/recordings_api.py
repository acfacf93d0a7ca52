"""What a run has recorded: listed, downloaded, and how loud it is where."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import FileResponse

from sipflow.server.parts import Parts, UsedParts
from sipflow.server.recordings import RecordingFile, find_recording, list_recordings
from sipflow.server.schemas import Json

router = APIRouter(prefix="/api/runs/{run_id}/recordings", tags=["runs"])

MAX_POINTS = 2_000


class RecordingOut(Json):
    """A recording of a run: what was heard on the left, what was sent on the right."""

    id: str
    name: str
    size_bytes: int
    duration_ms: int


class WaveformOut(Json):
    """The loudest sample of each equal part of a recording, for each channel, from 0 to 1."""

    duration_ms: int
    sample_rate: int
    peaks: list[list[float]]


@router.get("")
async def list_run_recordings(run_id: str, parts: UsedParts) -> list[RecordingOut]:
    """All recordings of a run, by name; those of one under way as far as they have come."""
    files = await asyncio.to_thread(list_recordings, await _folder(run_id, parts))
    return [recording_out(file) for file in files]


def recording_out(file: RecordingFile) -> RecordingOut:
    """A recording as the API tells of it."""
    return RecordingOut(id=file.id, name=file.name, size_bytes=file.size_bytes, duration_ms=file.duration_ms)


@router.get("/{recording_id}", response_class=FileResponse)
async def load_run_recording(run_id: str, recording_id: str, parts: UsedParts) -> FileResponse:
    """The file itself, a WAV; parts of it where a player asks for them."""
    path = await asyncio.to_thread(find_recording, await _folder(run_id, parts), recording_id)
    return FileResponse(path, filename=path.name.encode("utf-8", "replace").decode(), media_type="audio/wav")


@router.get("/{recording_id}/waveform")
async def load_waveform(
    run_id: str,
    recording_id: str,
    parts: UsedParts,
    points: Annotated[int, Query(ge=1, le=MAX_POINTS)] = 400,
) -> WaveformOut:
    """How loud a recording is where, in so many parts."""
    from sipflow.media.waveform import read_waveform  # numpy is imported where it is needed

    path = await asyncio.to_thread(find_recording, await _folder(run_id, parts), recording_id)
    wave = await asyncio.to_thread(read_waveform, path, points)
    return WaveformOut(
        duration_ms=wave.duration_ms,
        sample_rate=wave.sample_rate_hz,
        peaks=[list(channel) for channel in wave.peaks],
    )


async def _folder(run_id: str, parts: Parts) -> Path:
    """Where the recordings of a run are. Raises RunNotFound."""
    await asyncio.to_thread(parts.archive.find, run_id)
    return parts.archive.recordings(run_id)
