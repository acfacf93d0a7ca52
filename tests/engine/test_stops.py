"""A stop at every moment of a run: one terminal event, nothing left, an engine that starts again at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from sipflow.base.errors import NoRunningScenario
from sipflow.base.events import RunEvent, ScenarioCompleted, ScenarioFailed, ScenarioStarted, ScenarioStopped
from sipflow.net.endpoint import Receiver, StreamSettings
from sipflow.testing import EventList, MemoryEndpoint, MemoryNetwork
from tests.documents import Json
from tests.engine.peer import Peer
from tests.engine.stage import Stage, completed, lane, on_stage, scenario, step
from tests.examples import SELF_CONTAINED, example

STOPPED_EXAMPLES = [name for name in SELF_CONTAINED if name != "ten-instances"]


async def stop(stage: Stage) -> None:
    """Stop the run in time, unless it has just ended.

    Through a PBX, what ends a call may have to wait for a response first, or to be sent again.
    """
    began = stage.loop.time()
    with suppress(NoRunningScenario):
        await stage.engine.stop_scenario()
    nodes = stage.shelf.documents["it"].get("nodes", ())
    has_pbx = any(node["data"].get("sipInstance") == "pbx" for node in nodes)
    assert stage.loop.time() - began <= (5 if has_pbx else 0.01)


async def expect_free(stage: Stage) -> None:
    """The run has ended in order, and the engine starts again at once."""
    stage.expect_sound_stream()
    stage.expect_nothing_left()
    assert isinstance(stage.events.terminal(), ScenarioStopped | ScenarioCompleted)
    stage.events.events.clear()
    await stage.start()
    await stage.engine.stop_scenario()
    stage.expect_sound_stream()
    stage.expect_nothing_left()


class StopAtEvent(EventList):
    """A listener that has the run stopped at its n-th event."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.stage: Stage | None = None
        self.stopping: asyncio.Task[None] | None = None
        self._number = number

    def emit(self, event: RunEvent) -> None:
        super().emit(event)
        if event.seq == self._number and self.stopping is None and self.stage is not None:
            self.stopping = asyncio.create_task(stop(self.stage))


def stop_at_event(document: Json, number: int) -> None:
    listener = StopAtEvent(number)

    async def scene(stage: Stage) -> None:
        listener.stage = stage
        await stage.start()
        await stage.engine.wait_ended()
        assert listener.stopping is not None
        await listener.stopping
        await expect_free(stage)

    on_stage(document, scene, listener=listener)


@pytest.mark.parametrize("name", STOPPED_EXAMPLES)
def test_stop_at_every_event_of_a_run(name: str) -> None:
    document = example(name)
    for number in range(1, len(completed(document).events) + 1):
        stop_at_event(document, number)


def test_stop_at_events_of_ten_instances() -> None:
    document = example("ten-instances")
    for number in range(1, len(completed(document).events) + 1, 11):
        stop_at_event(document, number)


@pytest.mark.parametrize("name", STOPPED_EXAMPLES)
def test_stop_at_every_time_of_a_run(name: str) -> None:
    document = example(name)
    stage = completed(document)
    times_ms = sorted({event.timestamp for event in stage.events})
    start_ms = times_ms[0]

    for at_ms in times_ms:
        for offset_s in (-0.0004, 0.0, 0.0002, 0.0005):

            async def scene(stage: Stage, at_s: float = (at_ms - start_ms) / 1000 + offset_s) -> None:
                await stage.start()
                await asyncio.sleep(at_s)
                await stop(stage)
                await expect_free(stage)

            on_stage(document, scene)


@pytest.mark.parametrize("steps", range(40))
def test_stop_at_every_step_of_a_start_still_tells_of_the_start(steps: int) -> None:
    class Dawdling(MemoryNetwork):
        async def bind(
            self, host: str, port: int, receiver: Receiver, settings: StreamSettings | None = None
        ) -> MemoryEndpoint:
            for _ in range(4):
                await asyncio.sleep(0)
            return await super().bind(host, port, receiver, settings)

    async def scene(stage: Stage) -> None:
        starting = asyncio.create_task(stage.start())
        for _ in range(steps + 1):
            await asyncio.sleep(0)
        await stage.engine.stop_scenario()
        await starting
        stage.expect_sound_stream()
        stage.expect_nothing_left()
        assert isinstance(stage.events.events[0], ScenarioStarted)
        assert isinstance(stage.events.terminal(), ScenarioStopped)
        await expect_restart(stage)

    on_stage(example("three-parties"), scene, network=Dawdling())


async def expect_restart(stage: Stage) -> None:
    """The engine does a whole run again."""
    stage.events.events.clear()
    await stage.completes()


def test_stop_during_a_start_begins_no_chain() -> None:
    async def scene(stage: Stage) -> None:
        starting = asyncio.create_task(stage.start())
        await asyncio.sleep(0.5)
        await stage.engine.stop_scenario()
        await starting
        names = stage.events.names()
        assert (names[0], names[-1]) == ("scenario:started", "scenario:stopped")
        assert set(names[1:-1]) == {"scenario:action-log"}

    on_stage(example("two-party-call"), scene, delay_s=1.0)


def test_stop_during_a_start_that_fails_returns_when_the_start_has_failed() -> None:
    async def scene(stage: Stage) -> None:
        starting = asyncio.create_task(stage.engine.start_scenario("unknown"))
        await asyncio.sleep(0.5)
        await stage.engine.stop_scenario()
        with pytest.raises(Exception, match="no scenario 'unknown'"):
            await starting
        assert len(stage.events) == 0
        await stage.completes()

    on_stage(example("two-party-call"), scene, delay_s=1.0)


def test_stops_at_the_same_time_all_return_and_give_one_end() -> None:
    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.1)
        await asyncio.gather(*(stage.engine.stop_scenario(text) for text in (None, "late", None)))
        stage.expect_sound_stream()
        assert isinstance(stage.events.terminal(), ScenarioStopped)

    on_stage(example("two-party-call"), scene)


def test_stop_whose_caller_gives_up_goes_on() -> None:
    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.1)
        stopping = asyncio.create_task(stage.engine.stop_scenario())
        await asyncio.sleep(0)
        stopping.cancel()
        assert isinstance(await stage.engine.wait_ended(), ScenarioStopped)
        stage.expect_nothing_left()

    on_stage(example("two-party-call"), scene)


def test_stop_after_a_failure_leaves_the_failure_as_the_end() -> None:
    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.105)  # the failure at 0.1 s, and cleanup waits for a BYE that nobody answers
        assert "Starting cleanup" in stage.events.log_lines()
        await stage.engine.stop_scenario("too late")
        end = stage.events.terminal()
        assert isinstance(end, ScenarioFailed)
        assert end.node_id == "b.INCOMING"

    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("TIMEOUT")),
        lane("b", "1002", step("INCOMING", timeout=100)),
    )

    async def with_peer(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, INVITE=(200,))
        await scene(stage)
        await peer.close()

    on_stage(document, with_peer)
