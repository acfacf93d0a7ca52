"""Who hears whom, measured. `scripts/soak hears` is the long form."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sipflow.base.events import MediaChanged
from sipflow.engine.who_hears import SETTLE_S
from sipflow.media import Source
from sipflow.rtp import RtpPacket, is_rtcp
from sipflow.testing import MemoryMediaPorts, Weather
from tests.documents import Json
from tests.engine.stage import Stage, completed, failed, lane, on_stage, scenario, step
from tests.engine.test_pbx import pbx
from tests.soak.who_hears import SITUATIONS, trial

TAKES, ANSWERS, WAITS = step("INCOMING"), step("Answer"), step("DISCONNECTED", timeout=60_000)
CALLS, ENDS = step("MakeCall", targetUri="1002"), step("Release")


def call(*checks: Any, **b: Any) -> Json:
    """1001 calls 1002 and judges."""
    return scenario(lane("a", "1001", CALLS, *checks, ENDS), lane("b", "1002", TAKES, ANSWERS, WAITS, **b))


def matrices(stage: Stage) -> list[Any]:
    return [event.hearing for event in stage.events.of(MediaChanged) if event.hearing is not None]


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_fault_is_told_and_clean_calls_raise_no_alarm(name: str, seed: int) -> None:
    assert trial(name, seed) == ""


def test_whole_matrix_stands_in_the_event_and_in_the_failure_every_wrong_cell() -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("AssertHears", expected="1001 <- 1003, 1002 -> 1001"), ENDS, label="Alice"),
        lane("b", "1002", TAKES, ANSWERS, WAITS, label="Bob"),
        lane("c", "1003", step("TIMEOUT", timeout=1)),
    )
    stage, end = failed(document)
    assert "expected Alice hears 1003; Bob does not hear Alice, got Alice does not hear 1003 (1" in end.error
    assert "Bob hears Alice at -22 dBFS (1" in end.error
    assert end.error.endswith("; in 2 s of audio")
    (matrix,) = matrices(stage)
    assert matrix["seconds"] == 2
    assert matrix["instances"] == {"a": "Alice", "b": "Bob", "c": "1003"}
    assert [row["listener"] for row in matrix["rows"]] == ["a", "b", "c"]
    cells = {(row["listener"], cell["speaker"]): cell for row in matrix["rows"] for cell in row["cells"]}
    assert {pair for pair, cell in cells.items() if cell["isHeard"]} == {("a", "b"), ("b", "a")}
    assert {pair for pair, cell in cells.items() if cell["isExpected"]} == {("a", "c"), ("a", "b")}
    assert cells["a", "b"]["levelDbfs"] == pytest.approx(-22, abs=1)
    assert cells["a", "c"]["levelDbfs"] is None
    assert set(cells) == {("a", "b"), ("a", "c"), ("b", "a")}
    assert [row["packets"] > 90 for row in matrix["rows"]] == [True, True, False]


@pytest.mark.conformance(127)
@pytest.mark.parametrize("settings", [{}, {"respectsHold": True}, {"expected": "1001 <-> 1002"}])
def test_scenario_without_media_never_passes(settings: Any) -> None:
    document = scenario(lane("a", "1001", step("AssertHears", **settings)), lane("b", "1002"))
    _, end = failed(document)
    assert "expected answered calls between instances, with media, got none" in end.error


def test_held_call_is_silent_only_where_that_is_asked_for() -> None:
    _, end = failed(call(step("Hold"), step("AssertHears")))
    assert "expected 1001 hears 1002, got 1001 does not hear 1002" in end.error
    completed(call(step("Hold"), step("AssertHears", respectsHold=True)))


def test_parties_behind_a_pbx_are_known_by_their_numbers() -> None:
    document = scenario(
        pbx(mode="b2bua"),
        lane("a", "1001", CALLS, step("AssertHears"), ENDS, pbxHost="PBX"),
        lane("b", "1002", TAKES, ANSWERS, WAITS, pbxHost="PBX"),
    )
    stage = completed(document)
    assert sum(cell["isExpected"] for row in matrices(stage)[0]["rows"] for cell in row["cells"]) == 2


def test_sound_that_plays_waits_and_is_played_to_its_end() -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("PlayAudio", filePath="sound:tone-1000:2"), ENDS),
        lane("b", "1002", TAKES, ANSWERS, step("TIMEOUT", timeout=500), step("AssertHears"), WAITS),
    )
    stage = completed(document)
    assert stage.at("a.PlayAudio") == pytest.approx(2 + SETTLE_S + 2.3, abs=0.3)


def test_event_of_many_instances_is_small() -> None:
    idle = (lane(f"i{n}", f"{2_000 + n}", step("TIMEOUT", timeout=1)) for n in range(98))
    document = scenario(
        lane("a", "1001", CALLS, step("AssertHears"), ENDS), lane("b", "1002", TAKES, ANSWERS, WAITS), *idle
    )
    (matrix,) = matrices(completed(document))
    assert len(matrix["rows"]) == 100
    assert len(json.dumps(matrix)) < 10_000


def test_two_measurements_go_one_after_the_other() -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("AssertHears"), step("TIMEOUT", timeout=4000), ENDS),
        lane("b", "1002", TAKES, ANSWERS, step("AssertHears"), WAITS),
    )
    stage = completed(document)
    ends = sorted(stage.at(node_id) for node_id in ("a.AssertHears", "b.AssertHears"))
    assert ends[1] - ends[0] == pytest.approx(2.8, abs=0.2)


def test_measurement_that_is_cut_off_leaves_nothing_and_a_call_that_ends_is_not_heard() -> None:
    ends_early = scenario(
        lane("a", "1001", CALLS, step("AssertHears", expected="1001 <-> 1002"), ENDS),
        lane("b", "1002", TAKES, ANSWERS, step("TIMEOUT", timeout=700), ENDS),
    )
    _, end = failed(ends_early)
    assert "1001 does not hear 1002" in end.error

    async def stopped(stage: Stage) -> None:
        await stage.start()
        await stage.loop.create_task(_after(1.0))
        await stage.engine.stop_scenario()
        stage.expect_nothing_left()

    on_stage(call(step("AssertHears", durationMs=60_000)), stopped)


class Sources(MemoryMediaPorts):
    """A middle that gives each stream another SSRC every second, or sends silence of a source of its own beside it."""

    def __init__(self, *, are_beside: bool) -> None:
        super().__init__()
        self._are_beside = are_beside

    def send(self, data: bytes, source: Source, target: Source) -> None:
        if not is_rtcp(data):
            packet = RtpPacket.parse(data)
            if self._are_beside:
                silence = packet._replace(ssrc=1, payload=b"\xff" * len(packet.payload))
                super().send(bytes(silence), source, target)
            else:
                data = bytes(packet._replace(ssrc=packet.ssrc ^ int(asyncio.get_running_loop().time())))
        super().send(data, source, target)


@pytest.mark.parametrize("are_beside", [False, True], ids=["one after another", "at once"])
def test_whatever_sources_a_stream_has_all_are_heard(are_beside: bool) -> None:
    waits = step("AUDIO", kind="tone", frequency=440, durationMs=2_500, timeout=3_000)
    document = scenario(
        lane("a", "1001", CALLS, step("AssertHears"), waits, ENDS),
        lane("b", "1002", TAKES, ANSWERS, step("PlayAudio", filePath="sound:tone-440:9", wait=False), WAITS),
    )
    completed(document, ports=Sources(are_beside=are_beside))


async def _after(seconds: float) -> None:
    await asyncio.sleep(seconds)


def test_heavy_loss_is_no_silence() -> None:
    completed(call(step("AssertHears")), ports=MemoryMediaPorts(weather=Weather(4, 0.0, 0.06, loss=0.1, duplicate=0.1)))
