"""The engine on real sockets: whenever a run is stopped, no descriptor is left and every port is free."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

import pytest

from sipflow.base.errors import InstanceStartFailed
from sipflow.base.events import NodeStateChanged, RunEvent, ScenarioCompleted, ScenarioStopped
from sipflow.engine.run import HANGUP_LIMIT_S
from sipflow.scenario.repository import ScenarioRepository
from sipflow.testing import EventList
from tests.documents import Json
from tests.engine.stage import Shelf, lane, scenario, step
from tests.examples import example
from tests.loopback.descriptors import open_files
from tests.loopback.engines import an_engine


class Waking(EventList):
    """Wakes a test once a node is entered."""

    def __init__(self, node_id: str) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self._node_id = node_id

    def emit(self, event: RunEvent) -> None:
        super().emit(event)
        if isinstance(event, NodeStateChanged) and event.node_id == self._node_id:
            self.reached.set()


def on_shelf(document: Json) -> ScenarioRepository:
    """Keep a document as the scenario `it`."""
    return cast(ScenarioRepository, Shelf({"it": document}))


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("node_id", ["bob-incoming", "bob-wait", "bob-answer", "alice-connected", "alice-hangup"])
def test_stop_at_a_node_leaves_no_descriptor_and_no_task(node_id: str, transport: str) -> None:
    document = example("two-party-call")
    for node in document["nodes"]:
        if node["type"] == "sipInstance":
            node["data"]["pbxTransport"] = transport

    async def scene() -> None:
        listener = Waking(node_id)
        engine = an_engine(on_shelf(document), listener)
        before = open_files()
        await engine.start_scenario("it")
        assert open_files() > before
        async with asyncio.timeout(20):
            await listener.reached.wait()
        began = time.monotonic()
        await engine.stop_scenario()
        assert time.monotonic() - began < HANGUP_LIMIT_S  # both are there to answer
        assert isinstance(listener.terminal(), ScenarioStopped)
        assert open_files() == before
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scene())


def test_ports_are_free_at_once_after_a_stop(free_port: Callable[[], int]) -> None:
    port = free_port()
    document = scenario(lane("a", "1001", step("INCOMING"), localPort=port))

    async def scene() -> None:
        engine = an_engine(on_shelf(document), EventList())
        for _ in range(20):
            await engine.start_scenario("it")
            await engine.stop_scenario()

    asyncio.run(scene())


def test_port_in_use_is_an_error_that_leaves_the_engine_free(free_port: Callable[[], int]) -> None:
    port = free_port()
    document = scenario(lane("a", "1001", step("INCOMING"), localPort=port))

    async def scene() -> None:
        first, second = an_engine(on_shelf(document), EventList()), an_engine(on_shelf(document), EventList())
        await first.start_scenario("it")
        with pytest.raises(InstanceStartFailed, match=str(port)):
            await second.start_scenario("it")
        await first.stop_scenario()
        await second.start_scenario("it")
        await second.stop_scenario()

    asyncio.run(scene())


def test_whole_run_leaves_no_descriptor() -> None:
    async def scene() -> None:
        listener = EventList()
        engine = an_engine(on_shelf(example("two-party-call")), listener)
        before = open_files()
        await engine.start_scenario("it")
        assert isinstance(await engine.wait_ended(), ScenarioCompleted)
        assert open_files() == before

    asyncio.run(scene())
