"""Every example runs over real sockets and ends as its name says: all at one time, each in an engine of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from sipflow.base.events import EventKind, NodeState, NodeStateChanged, SipMessageSeen
from sipflow.media import UdpMediaPorts
from sipflow.scenario.repository import FileRepository
from sipflow.testing import EventList
from tests.examples import EXAMPLES, changed_example
from tests.loopback.engines import an_engine

LIMIT_S = 20
FAILING_NODES = {
    "busy-with-failure-branch": {"alice-call"},
    "no-answer": {"alice-call"},
}
"""Nodes that are there to fail, and to be left by their failure branch."""
ANSWERED = {
    "answer-calls": 1,
    "busy-with-failure-branch": 1,
    "call-out": 1,
    "callee-hangs-up": 1,
    "cancel-while-ringing": 0,
    "early-media": 1,
    "no-answer": 0,
    "ten-instances": 5,
    "three-parties": 2,
    "two-calls-on-one-instance": 2,
    "two-party-call": 1,
}
"""How many calls of each example are answered."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> dict[str, EventList]:
    """The events of every example."""
    return asyncio.run(run_all(tmp_path_factory.mktemp("examples"), free_port()))


async def run_all(folder: Path, port: int) -> dict[str, EventList]:
    ports = UdpMediaPorts()
    paths = EXAMPLES | {"answer-calls": changed_example("answer-calls", folder, localPort=port)}
    variables = {"call-out": {"target": f"sip:1002@127.0.0.1:{port}"}}
    listening = asyncio.Event()

    async def run(name: str) -> EventList:
        if name == "call-out":
            await listening.wait()
        events = EventList()
        engine = an_engine(FileRepository(paths[name]), events, ports)
        await engine.start_scenario(str(paths[name]), variables.get(name))
        if name == "answer-calls":
            listening.set()
        await engine.wait_ended()
        return events

    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(run(name)) for name in sorted(paths)}
    assert ports.open_ports == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return {name: task.result() for name, task in tasks.items()}


def test_every_example_is_known_here() -> None:
    assert EXAMPLES.keys() == ANSWERED.keys()


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_example_completes_and_fails_only_where_it_means_to(runs: dict[str, EventList], name: str) -> None:
    events = runs[name]
    failed = {event.node_id for event in events.of(NodeStateChanged) if event.new_state is NodeState.FAILED}
    answers = [
        event.direction for event in events.of(SipMessageSeen) if (event.method, event.status_code) == ("INVITE", 200)
    ]

    assert events.terminal().kind is EventKind.COMPLETED
    assert failed == FAILING_NODES.get(name, set())
    assert max(answers.count("sent"), answers.count("received")) == ANSWERED[name]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
