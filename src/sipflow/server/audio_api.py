"""The audio library."""

from __future__ import annotations

from fastapi import APIRouter, UploadFile
from starlette.responses import FileResponse

from sipflow.media.audio_limits import MAX_BYTES
from sipflow.server.audio import AudioFile
from sipflow.server.parts import UsedParts
from sipflow.server.schemas import AudioOut

router = APIRouter(prefix="/api/audio", tags=["audio"], max_body_size=MAX_BYTES + 64 * 1024)


@router.get("")
async def list_audio(parts: UsedParts) -> list[AudioOut]:
    """All files, by name."""
    return [_out(file) for file in await parts.audio.list_files()]


@router.post("", status_code=201)
async def add_audio(file: UploadFile, parts: UsedParts) -> AudioOut:
    """Take a file, once it was read to its end. 422 for one that is no audio."""
    return _out(await parts.audio.add(file.filename or "", file.file))


@router.get("/{audio_id}", response_class=FileResponse)
async def load_audio(audio_id: str, parts: UsedParts) -> FileResponse:
    """The file itself."""
    file, path = await parts.audio.find(audio_id)
    return FileResponse(path, filename=file.name)


@router.delete("/{audio_id}", status_code=204)
async def delete_audio(audio_id: str, parts: UsedParts) -> None:
    """Delete a file."""
    await parts.audio.delete(audio_id)


def _out(file: AudioFile) -> AudioOut:
    return AudioOut(
        id=file.id,
        name=file.name,
        size_bytes=file.size_bytes,
        duration_ms=file.duration_ms,
        sample_rate=file.sample_rate,
        channels=file.channels,
    )
