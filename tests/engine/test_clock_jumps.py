"""A wall clock that is set forwards and back while a scenario runs."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.events import RunEvent, ScenarioCompleted
from sipflow.testing import VirtualClock
from tests.engine.stage import Stage, on_stage
from tests.examples import example

HOUR_MS = 3_600_000


class JumpingClock(VirtualClock):
    """A clock whose wall time is an hour ahead and an hour behind by turns, as if somebody kept setting it."""

    _ahead = False

    def wall_ms(self) -> int:
        self._ahead = not self._ahead
        return super().wall_ms() + (HOUR_MS if self._ahead else -HOUR_MS)


async def length_s(stage: Stage) -> tuple[float, list[RunEvent]]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await stage.start()
    assert isinstance(await stage.engine.wait_ended(), ScenarioCompleted)
    return loop.time() - began, stage.events.events


@pytest.mark.conformance("R18")
@pytest.mark.parametrize("name", ["two-party-call", "no-answer", "session-timer", "register-and-call-through-a-pbx"])
def test_wall_clock_that_jumps_changes_nothing_but_the_time_that_is_told(name: str) -> None:
    steady, events = on_stage(example(name), length_s)
    jumping, others = on_stage(example(name), length_s, clock=JumpingClock)

    assert jumping == steady
    assert [(event.kind, event.seq) for event in others] == [(event.kind, event.seq) for event in events]
    assert max(event.timestamp for event in others) - min(event.timestamp for event in others) >= 2 * HOUR_MS
