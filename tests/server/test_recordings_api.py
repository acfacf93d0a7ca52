"""What a run has recorded is found by its id, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipflow.media.recording import Recording
from sipflow.media.waveform import read_waveform
from sipflow.server.recordings import list_recordings
from tests.documents import two_party
from tests.server.api import Api


@pytest.fixture
def run(api: Api) -> tuple[str, Path]:
    """A run that has ended, and the folder of its recordings."""
    run_id: str = api.play(two_party())["id"]
    folder = api.parts.archive.recordings(run_id)
    (folder / "sub").mkdir(parents=True)
    return f"/api/runs/{run_id}/recordings", folder


def write(path: Path, *, heard: int, sent: int, frames: int = 8_000) -> None:
    """A recording of one second: silence, then each side at its own level."""
    half = np.zeros(frames // 2, np.int16)
    recording = Recording(path, 8_000)
    recording.heard(0, np.concatenate([half, half + np.int16(heard)]))
    recording.sent(0, np.concatenate([half, half + np.int16(sent)]))
    recording.close()


def test_recordings_are_listed_downloaded_and_drawn(api: Api, run: tuple[str, Path]) -> None:
    url, folder = run
    write(folder / "통화.wav", heard=16_384, sent=-8_192)
    write(folder / "sub" / "other.wav", heard=0, sent=0, frames=4_000)

    listed = api.ask("GET", url)
    assert [(file["name"], file["durationMs"]) for file in listed] == [("sub/other.wav", 500), ("통화.wav", 1_000)]
    file = f"{url}/{listed[1]['id']}"
    assert api.send("GET", file).content == (folder / "통화.wav").read_bytes()
    part = api.send("GET", file, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    wave = api.ask("GET", f"{file}/waveform?points=4")
    assert wave == {"durationMs": 1_000, "sampleRate": 8_000, "peaks": [[0, 0, 0.5, 0.5], [0, 0, 0.25, 0.25]]}


def test_nothing_but_recordings_of_the_run_is_given_out(api: Api, run: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = run
    write(tmp_path / "secret.wav", heard=1, sent=1)
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "elsewhere").symlink_to(tmp_path)
    (folder / "notes.txt").write_text("no sound")
    assert api.ask("GET", url) == []
    for name in ("link.wav", "..%2F..%2Frun.json", "%2Fetc%2Fpasswd", "0" * 16):
        assert api.send("GET", f"{url}/{name}").status_code == 404
        assert api.send("GET", f"{url}/{name}/waveform").status_code == 404
    assert api.refused("GET", "/api/runs/none/recordings")[:2] == (404, "not-found")
    assert api.send("GET", url, knows_token=False).status_code == 401


def test_bounds_are_kept(api: Api, run: tuple[str, Path]) -> None:
    url, folder = run
    for number in range(3):
        write(folder / f"{number}.wav", heard=1, sent=1)
    assert [file.name for file in list_recordings(folder, most=2)] == ["0.wav", "1.wav"]
    first = f"{url}/{api.ask('GET', url)[0]['id']}/waveform"
    assert api.send("GET", f"{first}?points=1000000").status_code == 422
    assert api.send("GET", f"{first}?points=0").status_code == 422


def test_peaks_are_those_of_the_samples_whatever_the_number_of_parts(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    samples = random.uniform(-1, 1, (150_001, 2)).astype(np.float32)
    soundfile.write(tmp_path / "noise.wav", samples, 8_000, subtype="FLOAT")
    for points in (1, 7, 1_000):
        parts = np.arange(len(samples)) * points // len(samples)
        expected = [[np.abs(samples[parts == part, side]).max() for part in range(points)] for side in (0, 1)]
        assert np.allclose(read_waveform(tmp_path / "noise.wav", points).peaks, expected, atol=0.001)
