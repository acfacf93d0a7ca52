"""Calls in every codec: agreed on, spoken, heard, with digits on the clock of the sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipflow.base.events import MediaChanged
from tests.engine.stage import completed, lane, scenario, step
from tests.peers import needs_codec

CALLS, ENDS = step("MakeCall", targetUri="1002"), step("Release")
TAKES, ANSWERS, WAITS = step("INCOMING"), step("Answer"), step("DISCONNECTED", timeout=60_000)
CODECS = ["PCMU", "PCMA", "G722", "opus"]


@pytest.mark.parametrize("codec", CODECS)
def test_tone_that_is_played_is_heard_at_the_far_end(codec: str, tmp_path: Path) -> None:
    needs_codec(codec)
    document = scenario(
        lane("a", "1001", CALLS, step("PlayAudio", filePath="sound:tone-1000:2"), ENDS, codecs=[codec, "PCMU"]),
        lane("b", "1002", TAKES, ANSWERS, step("RecordAudio", filePath="b.wav"), WAITS, codecs=["PCMU", codec]),
    )

    stage = completed(document, recordings=lambda _: tmp_path)

    assert all(codec in event.detail for event in stage.events.of(MediaChanged) if event.media == "stream-started")
    samples, rate = soundfile.read(tmp_path / "b.wav", dtype="int16")
    heard = samples[int(0.5 * rate) : int(1.5 * rate), 0].astype(float)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    assert np.argmax(spectrum) == 1_000
    assert spectrum[995:1_006].sum() > 0.99 * spectrum.sum()
    assert 20 * np.log10(heard.std() / 32_768) == pytest.approx(-16, abs=1)
    assert np.abs(samples[:, 1]).max() <= 58  # silence was sent the other way


@pytest.mark.parametrize("codec", CODECS)
def test_digits_are_sent_on_the_clock_of_the_sound(codec: str) -> None:
    needs_codec(codec)
    document = scenario(
        lane("a", "1001", CALLS, step("SendDTMF", digits="159#", durationMs=120), ENDS, codecs=[codec]),
        lane("b", "1002", TAKES, ANSWERS, step("DTMFReceived", pattern="159#"), WAITS, codecs=[codec]),
    )

    stage = completed(document)

    told = [event for event in stage.events.of(MediaChanged) if event.media == "dtmf"]
    assert told[0].detail == "sends 159# by rfc4733"
    assert [event.detail for event in told if event.instance_id == "b"] == [f"received {d} by rfc4733" for d in "159#"]
