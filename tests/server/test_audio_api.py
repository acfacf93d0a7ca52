"""The audio library over HTTP: files are looked through on arrival, and nothing leads out of their folder."""

from __future__ import annotations

import asyncio
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sipflow.base.errors import AudioRefused
from sipflow.media.audio_limits import MAX_BYTES, MAX_DURATION_S
from sipflow.server.audio import AudioLibrary
from tests.documents import Json
from tests.server.api import Api


def sound(seconds: float = 0.1, rate: int = 8_000, kind: str = "WAV", channels: int = 1) -> bytes:
    """An audio file of silence."""
    buffer = io.BytesIO()
    samples = np.zeros((int(seconds * rate), channels), dtype="int16")
    soundfile.write(buffer, samples, rate, format=kind)
    return buffer.getvalue()


def wav(
    *, riff_bytes: int, data_bytes: int, actual: int, rate: int = 8_000, channels: int = 1, bits: int = 16
) -> bytes:
    """A WAV file whose head may lie."""
    format_ = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 & 0xFFFFFFFF, 2, bits)
    head = b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVEfmt " + struct.pack("<I", len(format_)) + format_
    return head + b"data" + struct.pack("<I", data_bytes) + bytes(actual)


def upload(api: Api, content: bytes, name: str = "a.wav") -> Json:
    added: Json = api.ask("POST", "/api/audio", files={"file": (name, content)})
    return added


def refused(api: Api, content: bytes, name: str = "a.wav") -> tuple[int, str]:
    status, _, error = api.refused("POST", "/api/audio", files={"file": (name, content)})
    return status, error["message"]


def folder(api: Api) -> Path:
    return api.parts.settings.audio_folder


def test_file_is_taken_listed_given_back_and_deleted(api: Api) -> None:
    content = sound(0.5, 16_000, channels=2)

    added = upload(api, content, "인사.wav")

    assert added == added | {"name": "인사.wav", "sizeBytes": len(content), "durationMs": 500}
    assert (added["sampleRate"], added["channels"]) == (16_000, 2)
    assert api.ask("GET", "/api/audio") == [added]
    response = api.send("GET", f"/api/audio/{added['id']}")
    assert response.content == content
    assert response.headers["content-disposition"].startswith("attachment;")
    api.ask("DELETE", f"/api/audio/{added['id']}")
    assert api.ask("GET", "/api/audio") == []
    assert api.refused("GET", f"/api/audio/{added['id']}")[:2] == (404, "not-found")
    assert api.refused("DELETE", f"/api/audio/{added['id']}")[:2] == (404, "not-found")


@pytest.mark.parametrize(("kind", "name"), [("FLAC", "a.flac"), ("OGG", "a.OGG"), ("AIFF", "a.aiff"), ("MP3", "a.mp3")])
def test_common_formats_are_taken(api: Api, kind: str, name: str) -> None:
    assert upload(api, sound(1, kind=kind), name)["durationMs"] in range(1_000, 1_200)


def test_name_that_is_taken_is_numbered_and_replaces_nothing(api: Api) -> None:
    first = upload(api, sound(0.1), "a.wav")
    assert [upload(api, sound(0.2), "a.wav")["name"] for _ in range(2)] == ["a (2).wav", "a (3).wav"]
    assert api.send("GET", f"/api/audio/{first['id']}").content == sound(0.1)


def test_file_that_somebody_copied_there_is_found_once_it_is_audio(api: Api) -> None:
    folder(api).mkdir()
    (folder(api) / "mine.wav").write_bytes(sound())
    (folder(api) / "notes.txt").write_text("no audio")
    (folder(api) / "broken.wav").write_text("no audio")
    assert [file["name"] for file in api.ask("GET", "/api/audio")] == ["mine.wav"]


@pytest.mark.conformance("R4")
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../x.wav", "x.wav"),
        ("/etc/x.wav", "x.wav"),
        (r"..\..\x.wav", "x.wav"),
        (r"C:\Windows\x.wav", "x.wav"),
        (r"\\host\share\x.wav", "x.wav"),
        ("..%2f..%2fx.wav", "..%2f..%2fx.wav"),
        ("a\u202e\u200b.wav", "a.wav"),
        (".hidden.wav", "hidden.wav"),
        ("ⅹ/‥/x.wav", "x.wav"),
        ("한" * 200 + ".wav", "한" * 50 + ".wav"),
    ],
)
def test_name_leads_nowhere_but_into_the_folder(api: Api, name: str, kept: str) -> None:
    assert upload(api, sound(), name)["name"] == kept.strip(". ")
    assert [path.name for path in folder(api).iterdir()] == [kept.strip(". ")]


@pytest.mark.conformance("R4")
@pytest.mark.parametrize("name", ["..", ".", "a.wav/..", "a.wav\x00.txt", ".wav", "a.py", "a", "a.wav.exe"])
def test_name_that_is_no_audio_files_is_refused(api: Api, name: str) -> None:
    assert refused(api, sound(), name)[0] == 422
    assert not folder(api).exists() or list(folder(api).iterdir()) == []


@pytest.mark.conformance("R4")
def test_link_out_of_the_folder_is_not_followed(api: Api, tmp_path: Path) -> None:
    outside = tmp_path / "audio-of-others"
    outside.mkdir()
    (outside / "secret.wav").write_bytes(sound())
    folder(api).mkdir()
    (folder(api) / "link.wav").symlink_to(outside / "secret.wav")
    (folder(api) / "folder.wav").symlink_to(outside)

    assert api.ask("GET", "/api/audio") == []
    assert upload(api, sound(0.2), "link.wav")["name"] == "link (2).wav"
    assert (outside / "secret.wav").read_bytes() == sound()


@pytest.mark.conformance("R4")
@pytest.mark.parametrize(
    "path",
    ["../sipflow.db", "..%2fsipflow.db", "%2e%2e%2fsipflow.db", "..%5csipflow.db", "%2fetc%2fpasswd", "a.wav", "%00"],
)
def test_file_is_asked_for_by_its_id_and_never_by_a_path(api: Api, path: str) -> None:
    upload(api, sound(), "a.wav")
    for method in ("GET", "DELETE"):
        assert api.send(method, f"/api/audio/{path}").status_code in (404, 405)
    assert len(api.ask("GET", "/api/audio")) == 1


@pytest.mark.conformance("R5")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"not audio at all" * 100,
        wav(riff_bytes=36, data_bytes=0, actual=0),
        wav(riff_bytes=1_636, data_bytes=1_600, actual=1_600, channels=0),
        wav(riff_bytes=1_636, data_bytes=1_600, actual=1_600, channels=60_000),
        wav(riff_bytes=1_636, data_bytes=1_600, actual=1_600, rate=0),
        wav(riff_bytes=1_636, data_bytes=1_600, actual=1_600, rate=4_000_000_000),
        wav(riff_bytes=1_636, data_bytes=1_600, actual=1_600, bits=0),
        sound(1, kind="FLAC")[:-20],
    ],
)
def test_file_that_is_no_whole_audio_is_refused_and_leaves_nothing(api: Api, content: bytes) -> None:
    status, message = refused(api, content)
    assert status == 422
    assert message.startswith("the audio file can't be taken: ")
    assert list(folder(api).iterdir()) == []


@pytest.mark.conformance("R5")
@pytest.mark.parametrize("claimed", [0, 7, 2**31 - 1, 2**32 - 1])
def test_head_that_lies_about_its_length_is_not_believed(api: Api, claimed: int) -> None:
    content = wav(riff_bytes=claimed, data_bytes=claimed, actual=1_600)
    response = api.send("POST", "/api/audio", files={"file": ("a.wav", content)})
    assert response.status_code in (201, 422)
    if response.status_code == 201:
        assert response.json()["durationMs"] <= 100


@pytest.mark.conformance("R5")
def test_file_that_is_too_long_in_time_is_refused(api: Api) -> None:
    long_ = sound((MAX_DURATION_S + 1), rate=1_000, kind="FLAC")
    assert len(long_) < 100_000
    assert refused(api, long_, "a.flac")[0] == 422


@pytest.mark.conformance("R5")
def test_file_that_is_too_large_is_refused(api: Api) -> None:
    size = MAX_BYTES + 1
    assert refused(api, wav(riff_bytes=size, data_bytes=size, actual=size))[0] == 422
    assert list(folder(api).iterdir()) == []
    assert refused(api, bytes(MAX_BYTES + 100_000))[0] == 413


def test_library_that_is_full_is_said_so(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path / "audio", max_files=1)

    async def fill() -> None:
        await library.add("a.wav", io.BytesIO(sound()))
        with pytest.raises(AudioRefused, match="full: it holds 1 files"):
            await library.add("b.wav", io.BytesIO(sound()))

    asyncio.run(fill())
    assert [path.name for path in (tmp_path / "audio").iterdir()] == ["a.wav"]


@pytest.mark.parametrize("options", [{"content": b"x"}, {"files": {"other": ("a.wav", b"x")}}, {"data": {"file": "x"}}])
def test_upload_without_a_file_is_refused(api: Api, options: dict[str, Any]) -> None:
    assert api.refused("POST", "/api/audio", **options)[:2] == (422, "invalid")


@pytest.mark.conformance("R12")
def test_folder_that_cannot_be_written_is_a_clear_error(api: Api) -> None:
    folder(api).write_text("a file in the folder's place")
    status, code, error = api.refused("POST", "/api/audio", files={"file": ("a.wav", sound())})
    assert (status, code) == (503, "storage")
    assert "audio library" in error["message"]
    assert api.ask("GET", "/api/audio") == []
