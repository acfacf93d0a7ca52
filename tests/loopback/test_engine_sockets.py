"""The engine on real sockets: whenever a run is stopped, no descriptor is left and every port is free."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any, cast

import pytest

from sipflow.base.clock import SystemClock
from sipflow.base.errors import InstanceStartFailed
from sipflow.base.events import NodeStateChanged, RunEvent, ScenarioCompleted, ScenarioStopped
from sipflow.base.ids import RandomIds
from sipflow.engine import Engine
from sipflow.media import UdpMediaPorts
from sipflow.net.network import AsyncioNetwork
from sipflow.nodes import load_node_types
from sipflow.scenario.repository import ScenarioRepository
from sipflow.testing import EventList
from tests.engine.stage import Shelf, example, lane, scenario, step


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


def an_engine(document: dict[str, Any], listener: EventList) -> Engine:
    return Engine(
        cast(ScenarioRepository, Shelf({"it": document})),
        listener,
        node_types=load_node_types(),
        network=AsyncioNetwork(),
        media_ports=UdpMediaPorts(),
        clock=SystemClock(),
        ids=RandomIds(),
    )


def descriptors() -> list[str]:
    """What this process has open."""
    return sorted(os.listdir("/proc/self/fd"))[:-1]  # the last one is that of the listing


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("node_id", ["bob-incoming", "bob-wait", "bob-answer", "alice-connected", "alice-hangup"])
def test_stop_at_a_node_leaves_no_descriptor_and_no_task(node_id: str, transport: str) -> None:
    document = example("two-party-call")
    for node in document["nodes"]:
        if node["type"] == "sipInstance":
            node["data"]["pbxTransport"] = transport

    async def scene() -> None:
        listener = Waking(node_id)
        engine = an_engine(document, listener)
        before = len(descriptors())
        await engine.start_scenario("it")
        assert len(descriptors()) > before
        async with asyncio.timeout(5):
            await listener.reached.wait()
        began = time.monotonic()
        await engine.stop_scenario()
        assert time.monotonic() - began < 1
        assert isinstance(listener.terminal(), ScenarioStopped)
        assert len(descriptors()) == before
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scene())


def test_ports_are_free_at_once_after_a_stop(free_port: Callable[[], int]) -> None:
    port = free_port()
    document = scenario(lane("a", "1001", step("INCOMING"), localPort=port))

    async def scene() -> None:
        engine = an_engine(document, EventList())
        for _ in range(20):
            await engine.start_scenario("it")
            await engine.stop_scenario()

    asyncio.run(scene())


def test_port_in_use_is_an_error_that_leaves_the_engine_free(free_port: Callable[[], int]) -> None:
    port = free_port()
    document = scenario(lane("a", "1001", step("INCOMING"), localPort=port))

    async def scene() -> None:
        first, second = an_engine(document, EventList()), an_engine(document, EventList())
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
        engine = an_engine(example("two-party-call"), listener)
        before = len(descriptors())
        await engine.start_scenario("it")
        assert isinstance(await engine.wait_ended(), ScenarioCompleted)
        assert len(descriptors()) == before

    asyncio.run(scene())
