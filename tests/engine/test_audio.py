"""Audio from one instance to another, played, recorded and kept."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sipflow.base.errors import ScenarioInvalid
from sipflow.base.events import MediaChanged, ScenarioCompleted, ScenarioFailed, ScenarioStopped
from sipflow.media.audio import open_audio
from sipflow.testing import MemoryMediaPorts, Weather
from tests.documents import Json
from tests.engine.stage import C, F, Stage, completed, failed, lane, on_stage, scenario, step

CALLS, ENDS = step("MakeCall", targetUri="1002"), step("Release")
TAKES, ANSWERS, WAITS = step("INCOMING"), step("Answer"), step("DISCONNECTED", timeout=60_000)


def likeness(recorded: NDArray[Any], played: NDArray[Any]) -> float:
    """The correlation of two sounds where they fit best."""
    a, b = recorded.astype(float), played.astype(float)
    size = 1 << (len(a) + len(b)).bit_length()
    lag = int(np.argmax(np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)))[: len(a)]))
    a = a[lag : lag + len(b)]
    return float(np.corrcoef(a, b[: len(a)])[0, 1])


def recording(path: Path) -> NDArray[Any]:
    """Left and right of a file, by channel."""
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    left_and_right: NDArray[Any] = samples.T
    return left_and_right


def sound(name: str) -> NDArray[Any]:
    return open_audio(name, (), 8000).read(10**7)


def played(name: str, *, idle: str = "silence") -> Json:
    return scenario(
        lane("a", "1001", CALLS, step("PlayAudio", filePath=name), ENDS, idleAudio=idle),
        lane("b", "1002", TAKES, ANSWERS, step("RecordAudio", filePath="b.wav"), WAITS, idleAudio=idle),
    )


@pytest.mark.conformance(123)
@pytest.mark.parametrize("name", ["sound:tone-1000:3", "sound:speech:3"])
def test_what_is_played_is_recorded_at_the_far_end(tmp_path: Path, name: str) -> None:
    completed(played(name), recordings=lambda _: tmp_path)
    heard, sent = recording(tmp_path / "b.wav")
    assert likeness(heard, sound(name)) > 0.99
    assert np.abs(sent).max() <= 8
    assert len(heard) / 8000 == pytest.approx(3, abs=0.1)


def test_loss_is_silence_and_disorder_is_put_in_order(tmp_path: Path) -> None:
    ports = MemoryMediaPorts(weather=Weather(5, 0.0, 0.05, loss=0.03, duplicate=0.05))
    stage = completed(played("sound:speech:5"), recordings=lambda _: tmp_path, ports=ports)
    assert 0.9 < likeness(recording(tmp_path / "b.wav")[0], sound("sound:speech:5")) < 0.999
    figures = [event.figures for event in stage.events.of(MediaChanged) if event.media == "statistics"]
    assert all(one is not None and (one["lost"] or 0) > 0 for one in figures)


def test_file_is_resampled_and_both_sides_stand_in_one_recording(tmp_path: Path) -> None:
    tone = np.sin(np.arange(2 * 44_100) * 2 * np.pi * 440 / 44_100) * 8000
    soundfile.write(tmp_path / "tone.wav", tone.astype(np.int16), 44_100)
    document = scenario(
        lane(
            "a",
            "1001",
            CALLS,
            step("RecordAudio", filePath="kept/a.wav"),
            step("PlayAudio", filePath="tone.wav"),
            step("StopAudio", filePath="kept/a.wav"),
            ENDS,
        ),
        lane("b", "1002", TAKES, ANSWERS, step("PlayAudio", filePath="sound:tone-1000:2"), WAITS),
    )
    completed(document, recordings=lambda _: tmp_path, audio_folders=(tmp_path,))
    heard, sent = recording(tmp_path / "kept" / "a.wav")
    assert likeness(heard, sound("sound:tone-1000:1.8")) > 0.99
    assert likeness(sent, np.sin(np.arange(14_000) * 2 * np.pi * 440 / 8000)) > 0.99


def test_sound_that_repeats_goes_on_until_it_is_stopped(tmp_path: Path) -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            CALLS,
            step("PlayAudio", filePath="sound:tone-1000:0.5", loop=True),
            step("TIMEOUT", timeout=2000),
            step("StopAudio"),
            step("TIMEOUT", "pause", timeout=1000),
            ENDS,
            idleAudio="silence",
        ),
        lane("b", "1002", TAKES, ANSWERS, step("RecordAudio", filePath="b.wav"), WAITS),
    )
    completed(document, recordings=lambda _: tmp_path)
    heard = recording(tmp_path / "b.wav")[0]
    assert likeness(heard, sound("sound:tone-1000:1.9")) > 0.99
    assert np.abs(heard[-6000:]).max() <= 8


def test_early_media_is_heard_by_the_caller(tmp_path: Path) -> None:
    rings = step("MakeCall", targetUri="1002", completeOn="ringing")
    plays = step("PlayAudio", filePath="sound:ring-back-us:3")
    document = scenario(
        lane("a", "1001", rings, step("RecordAudio", filePath="a.wav"), step("CONNECTED"), ENDS),
        lane("b", "1002", TAKES, step("Ringing", statusCode=183), plays, ANSWERS, WAITS),
    )
    completed(document, recordings=lambda _: tmp_path)
    assert likeness(recording(tmp_path / "a.wav")[0], sound("sound:ring-back-us:2")) > 0.99


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing.wav", "can't be read"),
        ("empty.wav", "no audio file"),
        ("../secret.wav", "outside of what may be used"),
        ("sound:trumpet", "no sound"),
    ],
)
def test_audio_that_can_not_be_played_is_a_finding(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / "empty.wav").touch()
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("PlayAudio", filePath=name))
    )

    async def scene(stage: Stage) -> None:
        with pytest.raises(ScenarioInvalid) as caught:
            await stage.start()
        assert "(a.PlayAudio) filePath: can't be played: " in str(caught.value)
        assert expected in str(caught.value)

    on_stage(document, scene, audio_folders=(tmp_path,))


def test_file_that_is_named_by_a_variable_and_is_not_there_fails_the_node(tmp_path: Path) -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("Set", values={"name": "gone.wav"}),
            CALLS,
            step("PlayAudio", filePath="{{ var.name }}"),
        ),
        lane("b", "1002", TAKES, ANSWERS, WAITS),
    )
    assert "expected audio to play: gone.wav, got" in failed(document, audio_folders=(tmp_path,))[1].error


def test_recording_that_can_not_be_made_fails_the_node_alone(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    document = scenario(
        lane("a", "1001", CALLS, step("RecordAudio", "", (step("Release", "instead"),), filePath="taken/a.wav")),
        lane("b", "1002", TAKES, ANSWERS, WAITS),
    )
    stage = completed(document, recordings=lambda _: tmp_path)
    assert "taken" in stage.error_of("a.RecordAudio")


@pytest.mark.parametrize("name", ["../a.wav", "/tmp/a.wav"])
def test_recording_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("RecordAudio", filePath=name)), lane("b", "1002", TAKES, ANSWERS, WAITS)
    )
    _, end = failed(document, recordings=lambda _: tmp_path / "out")
    assert "outside of what may be used" in end.error


def test_recording_may_lead_into_a_folder_that_is_allowed_beside(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    document = scenario(
        lane(
            *("a", "1001", CALLS, step("RecordAudio", filePath=str(tmp_path / "kept" / "a.wav"))),
            *(step("TIMEOUT", timeout=300), step("StopAudio"), ENDS),
        ),
        lane("b", "1002", TAKES, ANSWERS, WAITS, idleAudio="silence"),
    )
    completed(document, recordings=lambda _: tmp_path / "out", allowed_folders=(tmp_path / "kept",))
    assert recording(tmp_path / "kept" / "a.wav")[0].size > 0


def test_recording_whose_file_vanishes_fails_its_stop(tmp_path: Path) -> None:
    document = scenario(
        lane(
            "a", "1001", CALLS, step("RecordAudio", filePath="a.wav"), step("TIMEOUT", timeout=1000), step("StopAudio")
        ),
        lane("b", "1002", TAKES, ANSWERS, WAITS, idleAudio="silence"),
    )

    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.5)
        (tmp_path / "a.wav").unlink()
        end = await stage.engine.wait_ended()
        assert "expected a recording in" in str(end)

    on_stage(document, scene, recordings=lambda _: tmp_path)


@contextmanager
def full_disk(size_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond that, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def records_to_the_end(*stops: Any) -> Json:
    """A recording in a call of ten seconds, which nobody ends, or who these are."""
    return scenario(
        lane("a", "1001", CALLS, step("RecordAudio", filePath="a.wav"), step("TIMEOUT", timeout=9000), *stops, ENDS),
        lane("b", "1002", TAKES, ANSWERS, step("PlayAudio", filePath="sound:tone-1000:8"), WAITS),
    )


def test_recording_that_fills_the_disk_fails_its_node_and_the_run_but_not_the_call(tmp_path: Path) -> None:
    with full_disk(100_000):
        stage, end = failed(records_to_the_end(), recordings=lambda _: tmp_path)

    assert (end.node_id, end.instance_id) == ("a.RecordAudio", "a")
    assert "expected a recording into a.wav, got file too large" in end.error
    assert stage.error_of("a.RecordAudio") == end.error
    assert 3 < stage.at("a.RecordAudio", F) < 8  # as soon as it is so
    assert {state for node, state in stage.states().items() if node != "a.RecordAudio"} == {C}
    assert len(recording(tmp_path / "a.wav")[0]) > 8_000  # what was written can be heard


@pytest.mark.parametrize("stops", [(), (step("StopAudio", "", (step("Release", "instead"),)),)])
def test_recording_whose_file_vanishes_is_told_once_its_end_comes(tmp_path: Path, stops: tuple[Any, ...]) -> None:
    """The run fails, unless a StopAudio has failed and the scenario has a way on."""

    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(1)
        (tmp_path / "a.wav").unlink()
        end = await stage.engine.wait_ended()
        stage.expect_sound_stream()
        stage.expect_nothing_left()
        if stops:
            assert isinstance(end, ScenarioCompleted)
            assert stage.states()["a.RecordAudio"] is C
            assert "no such file" in stage.error_of("a.StopAudio")
        else:
            assert isinstance(end, ScenarioFailed)
            assert end.node_id == "a.RecordAudio"
            assert "expected a recording into a.wav, got no such file or directory" in end.error

    on_stage(records_to_the_end(*stops), scene, recordings=lambda _: tmp_path)


def test_recording_that_breaks_is_told_and_leaves_a_stopped_run_stopped(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(1)
        (tmp_path / "a.wav").unlink()
        await stage.engine.stop_scenario()
        assert isinstance(stage.events.terminal(), ScenarioStopped)
        assert "no such file" in stage.error_of("a.RecordAudio")
        stage.expect_nothing_left()

    on_stage(records_to_the_end(), scene, recordings=lambda _: tmp_path)


def test_call_without_media_plays_and_records_nothing(tmp_path: Path) -> None:
    for does in (step("PlayAudio", filePath="sound:noise"), step("RecordAudio", filePath="x.wav")):
        document = scenario(
            lane("a", "1001", step("MakeCall", targetUri="1002", completeOn="sent"), step("TIMEOUT", timeout=500)),
            lane("b", "1002", TAKES, does),
        )
        assert "no media is agreed on" in failed(document, recordings=lambda _: tmp_path)[1].error


def test_call_that_ends_cuts_the_sound_off_and_ends_the_recording(tmp_path: Path) -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("TIMEOUT", timeout=1500), ENDS),
        lane(
            "b",
            "1002",
            TAKES,
            ANSWERS,
            step("RecordAudio", filePath="b.wav"),
            step("PlayAudio", filePath="sound:noise"),
        ),
    )
    _, end = failed(document, recordings=lambda _: tmp_path)
    assert "expected sound:noise to be played to its end, got the call has ended after 1." in end.error
    assert len(recording(tmp_path / "b.wav")[1]) / 8000 == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize(
    ("sound_played", "kind", "settings"),
    [
        ("sound:tone-1000:2", "tone", {"frequency": 1000, "durationMs": 1500}),
        ("sound:tone-440+480:2", "tone", {"frequency": 480, "durationMs": 500}),
        ("sound:speech:3", "any", {"durationMs": 2000}),
        ("sound:silence:2", "silence", {"durationMs": 1500}),
    ],
)
@pytest.mark.conformance(123)
def test_sound_that_is_waited_for_is_heard_through_loss_and_disorder(
    sound_played: str, kind: str, settings: Json
) -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("PlayAudio", filePath=sound_played), step("TIMEOUT", timeout=1000)),
        lane("b", "1002", TAKES, ANSWERS, step("AUDIO", kind=kind, **settings)),
    )
    ports = MemoryMediaPorts(weather=Weather(2, 0.0, 0.03, loss=0.01, duplicate=0.02))
    stage = completed(document, ports=ports)
    assert settings["durationMs"] / 1000 <= stage.at("b.AUDIO") <= settings["durationMs"] / 1000 + 0.6


def test_stream_without_packets_is_silent_and_has_no_sound() -> None:
    document = scenario(
        lane("a", "1001", CALLS, WAITS),
        lane(
            "b",
            "1002",
            TAKES,
            ANSWERS,
            step("AUDIO", kind="silence", durationMs=1000),
            step("AUDIO", "sound", kind="any", timeout=2000),
        ),
    )
    _, end = failed(document)
    assert "expected sound for 200 ms, got no packet of audio within 2 s" in end.error


@pytest.mark.parametrize(
    ("does", "got"),
    [
        (
            step("PlayAudio", filePath="sound:tone-400:5"),
            "got 0 ms at most in 145 packets, at last -16 dBFS",
        ),
        (step("PlayAudio", filePath="sound:tone-1000:0.5"), " packets, at last -120 dBFS within 3 s"),
        (step("Release"), "the end of the call"),
    ],
)
def test_sound_that_does_not_come_is_told_with_what_came(does: Any, got: str) -> None:
    listens = step("AUDIO", kind="tone", durationMs=1000, timeout=3000)
    document = scenario(
        lane("a", "1001", CALLS, step("TIMEOUT", timeout=100), does, step("TIMEOUT", "rest", timeout=5000)),
        lane("b", "1002", TAKES, ANSWERS, listens),
    )
    _, end = failed(document)
    assert "expected a tone of 1000 Hz for 1000 ms, " in end.error
    assert got in end.error


def test_either_of_two_sounds_decides_and_the_other_listens_no_more() -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("PlayAudio", filePath="sound:busy:3"), ENDS),
        lane(
            "b",
            "1002",
            TAKES,
            ANSWERS,
            step(
                "Either",
                "which",
                (step("AUDIO", "tone", kind="tone", frequency=425, durationMs=300),),
            ),
            step("AUDIO", "other", kind="tone", frequency=1000, timeout=20_000),
        ),
    )
    stage = completed(document)
    assert "tone" in stage.order()
