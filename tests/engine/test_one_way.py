"""AUDIO of the kind `oneWay`: sound in one direction, silence in the other."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.events import ActionLogged
from sipflow.testing import MemoryMediaPorts, Weather
from tests.documents import Json
from tests.engine.stage import Stage, completed, failed, lane, scenario, step

CALLS, TAKES, ANSWERS = step("MakeCall", targetUri="1002"), step("INCOMING"), step("Answer")
WAITS = step("DISCONNECTED", timeout=60_000)
SENT, HEARD = "sound was sent and none heard", "sound was heard and none sent"
WEATHERS = pytest.mark.parametrize(
    "weather", [Weather(), Weather(4, 0.0, 0.04, loss=0.05, duplicate=0.02)], ids=["calm", "lossy"]
)


def says(sound: str = "speech:9") -> tuple[Any, ...]:
    return (step("PlayAudio", filePath=f"sound:{sound}", wait=False),)


def call(caller: tuple[Any, ...], callee: tuple[Any, ...], idle: str = "silence", **settings: Any) -> Json:
    """What each sends while the caller listens for one-way audio."""
    listens = step("AUDIO", kind="oneWay", **{"durationMs": 2000, "timeout": 6000, **settings})
    return scenario(
        lane("a", "1001", CALLS, *caller, listens, step("Release"), idleAudio=idle),
        lane("b", "1002", TAKES, ANSWERS, *callee, WAITS, idleAudio=idle),
    )


def told(stage: Stage) -> list[str]:
    """What the log says of one-way audio."""
    lines = [event.message for event in stage.events.of(ActionLogged)]
    return [line for line in lines if "one-way audio" in line]


@WEATHERS
@pytest.mark.parametrize("idle", ["silence", "none"])
@pytest.mark.parametrize(
    ("caller", "callee", "which"), [(says(), (), SENT), ((), says(), HEARD)], ids=["sent", "heard"]
)
def test_sound_in_one_direction_is_one_way_and_its_direction_is_told(
    caller: Any, callee: Any, which: str, idle: str, weather: Weather
) -> None:
    """Whether the silent direction has packets of silence or none."""
    stage = completed(call(caller, callee, idle), ports=MemoryMediaPorts(weather=weather))

    assert [which in line for line in told(stage)] == [True]
    assert 2 <= stage.at("a.AUDIO") < 4


@WEATHERS
@pytest.mark.parametrize(
    ("sound", "got"),
    [(says(), "sound both ways (sound sent for "), ((), "silent both ways (sound sent for 0 ms at most; heard for 0")],
    ids=["both", "none"],
)
def test_sound_both_ways_and_in_none_is_waited_through_and_told(sound: Any, got: str, weather: Weather) -> None:
    stage, end = failed(call(sound, sound), ports=MemoryMediaPorts(weather=weather))

    assert f"expected one-way audio for 2000 ms, got {got}" in end.error
    assert "within 6 s" in end.error
    assert not told(stage)


def test_one_way_begins_where_the_other_direction_falls_silent() -> None:
    stage = completed(call(says(), says("tone-440:2")))

    assert [SENT in line for line in told(stage)] == [True]
    assert 4 <= stage.at("a.AUDIO") < 5


def test_sound_that_ends_both_ways_at_once_is_at_no_time_one_way() -> None:
    """A pause does not end sound, and is silence at once: the two must have been at the same time."""
    _, end = failed(call(says("tone-1000:3"), says("tone-440:3"), durationMs=500))

    assert "got sound both ways" in end.error


def test_sound_that_does_not_last_is_told_with_how_long_it_went_one_way() -> None:
    _, end = failed(call(says("tone-440:1"), (), timeout=3000))

    assert f"got {SENT} (sound sent for 1000 ms at most; heard for 0 ms, in " in end.error
    assert "in 0 packets" not in end.error
    assert "one way for 1000 ms) within 3 s" in end.error


def test_call_on_hold_whose_holder_plays_is_one_way_to_the_held_side() -> None:
    waits = step("HELD"), step("AUDIO", kind="oneWay", durationMs=1000)
    document = scenario(
        lane("a", "1001", CALLS, step("Hold"), step("PlayAudio", filePath="sound:tone-440:3"), step("Release")),
        lane("b", "1002", TAKES, ANSWERS, *waits, WAITS, idleAudio="silence"),
    )
    assert [HEARD in line for line in told(completed(document))] == [True]
