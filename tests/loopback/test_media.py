"""Sound over real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import soundfile

from sipflow.base.events import MediaChanged, ScenarioCompleted
from sipflow.media import UdpMediaPorts
from sipflow.media.audio import open_audio
from sipflow.testing import EventList
from tests.engine.stage import lane, scenario, step
from tests.engine.test_audio import likeness
from tests.loopback.engines import an_engine
from tests.loopback.test_engine_sockets import on_shelf

SOUND = "sound:speech:2.5"


@pytest.mark.conformance(116, 123)
def test_what_one_instance_plays_another_one_records(tmp_path: Path) -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("PlayAudio", filePath=SOUND), step("Release")),
        lane(
            "b", "1002", step("INCOMING"), step("Answer"), step("RecordAudio", filePath="b.wav"), step("DISCONNECTED")
        ),
    )
    ports, events = UdpMediaPorts(), EventList()

    async def scene() -> None:
        engine = an_engine(on_shelf(document), events, ports, recordings=tmp_path)
        await engine.start_scenario("it")
        assert isinstance(await engine.wait_ended(), ScenarioCompleted)

    asyncio.run(scene())
    heard, sent = soundfile.read(tmp_path / "b.wav", dtype="int16")[0].T
    played = open_audio(SOUND, (), 8000).read(10**6)
    pieces = [played[begin : begin + 6_000] for begin in (0, 7_000, 14_000)]  # a busy machine may stand still in one
    assert max(likeness(heard, piece) for piece in pieces) > 0.99
    assert not sent.any()
    assert ports.open_ports == ports.ticker.beats == 0
    figures = [event.figures for event in events.of(MediaChanged) if event.figures is not None]
    assert sum(one["packetsSent"] or 0 for one in figures) == sum(one["packetsReceived"] or 0 for one in figures) == 125
