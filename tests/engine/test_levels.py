"""How loud the calls of a run are, while somebody asks."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.engine.parties import parties_of
from tests.documents import Json
from tests.engine.stage import Stage, lane, on_stage, scenario, step


def tone_then_silence() -> Json:
    play = step("PlayAudio", filePath="sound:tone-1000:2")
    ends = step("DISCONNECTED", timeout=60_000)
    steps = (step("MakeCall", targetUri="1002"), play, step("TIMEOUT", timeout=2_000), step("Release"))
    return scenario(
        lane("a", "1001", *steps, idleAudio="silence"),
        lane("b", "1002", step("INCOMING"), step("Answer"), ends, idleAudio="silence"),
    )


def shown(stage: Stage) -> dict[str, tuple[float | None, float | None]]:
    return {one.instance_id: (one.heard_dbfs, one.sent_dbfs) for one in stage.engine.read_levels()}


def test_levels_tell_who_hears_and_who_sends_and_end_with_the_run() -> None:
    async def story(stage: Stage) -> None:
        assert stage.engine.read_levels() == []
        await stage.start()
        await asyncio.sleep(0.5)
        assert shown(stage) == {"a": (None, None), "b": (None, None)}
        await asyncio.sleep(0.5)
        (heard_a, sent_a), (heard_b, sent_b) = shown(stage).values()
        assert sent_a == heard_b == pytest.approx(-16, abs=1)
        assert sent_b == heard_a == -120
        assert stage.engine.read_levels()[0].call_id == "call-1"
        await asyncio.sleep(2)
        assert shown(stage)["b"][0] == -120
        await stage.engine.wait_ended()
        assert stage.engine.read_levels() == []
        assert not [event for event in stage.events.events if "dBFS" in str(event)]
        stage.expect_nothing_left()

    on_stage(tone_then_silence(), story)


def test_streams_are_measured_only_while_somebody_asks() -> None:
    def metered(stage: Stage) -> int:
        run = stage.engine._run
        assert run is not None
        assert run.levels is not None
        parties = parties_of(run.levels._instances.running())
        return sum(len(party.stream.incoming.sinks) for party in parties)

    async def story(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.5)
        assert metered(stage) == 0
        stage.engine.read_levels()
        stage.engine.read_levels()
        assert metered(stage) == 2
        stage.engine.forget_levels()
        assert metered(stage) == 0
        await stage.engine.stop_scenario()
        stage.engine.forget_levels()

    on_stage(tone_then_silence(), story)
