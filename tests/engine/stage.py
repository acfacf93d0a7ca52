"""A stage for scenarios: an engine on virtual time, with network, media ports and listener in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

from sipflow.base.errors import ScenarioNotFound
from sipflow.base.events import (
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    ScenarioStopped,
    SipMessageSeen,
)
from sipflow.base.ids import RandomIds
from sipflow.engine import Engine
from sipflow.nodes import load_node_types
from sipflow.scenario.repository.protocol import ScenarioRepository, StoredScenario
from sipflow.testing import EventList, MemoryMediaPorts, MemoryNetwork, VirtualClock, VirtualTimeLoop, run_virtual
from tests.documents import Json, edge, instance, node

NODE_TYPES = load_node_types()
T = TypeVar("T")
RECORDINGS = TemporaryDirectory(prefix="sipflow-")
"""Where runs record that have no folder of their own."""
P, R, C, F = NodeState.PENDING, NodeState.RUNNING, NodeState.COMPLETED, NodeState.FAILED


class Step:
    """A node of a chain, with the chain of its failure branch."""

    def __init__(self, name: str, node_id: str, on_failure: tuple[Step, ...], data: Json) -> None:
        self.kind = "command" if NODE_TYPES.find("command", name) else "event"
        self.name = name
        self.id = node_id
        self.on_failure = on_failure
        self.data = data


def step(name: str, node_id: str = "", on_failure: tuple[Step, ...] = (), **data: Any) -> Step:
    """A command or event by its name; without an id it is called after its instance and name."""
    return Step(name, node_id, on_failure, data)


def lane(instance_id: str, dn: str, *chains: tuple[Step, ...] | Step, **data: Any) -> Json:
    """An instance with its chains: steps that stand alone form the first one, each tuple one more.

    It sends no silence unless asked to: few tests listen, and packets take time.
    """
    data.setdefault("idleAudio", "none")
    first = tuple(item for item in chains if isinstance(item, Step))
    rest = [item for item in chains if isinstance(item, tuple)]
    nodes = [instance(instance_id, dn, **data)]
    edges: list[Json] = []
    for steps in [first, *rest] if first else rest:
        _join(instance_id, "success", steps, nodes, edges, instance_id)
    return {"nodes": nodes, "edges": edges}


def _join(source: str, branch: str, steps: tuple[Step, ...], nodes: list[Json], edges: list[Json], owner: str) -> None:
    for item in steps:
        name = item.id or f"{owner}.{item.name}"
        taken = {node["id"] for node in nodes}
        node_id = next(n for n in (name, *(f"{name}-{i}" for i in range(2, 99))) if n not in taken)
        nodes.append(node(item.kind, node_id, item.name, **item.data))
        edges.append(edge(source, node_id, branch))
        _join(node_id, "failure", item.on_failure, nodes, edges, owner)
        source, branch = node_id, "success"


def scenario(*lanes: Json) -> Json:
    """Several lanes as one document."""
    return {key: [item for one in lanes for item in one[key]] for key in ("nodes", "edges")}


class Shelf:
    """Scenarios in a dict; loading takes `delay_s`, and fails with `error` where one is set."""

    def __init__(self, documents: Mapping[str, Json], delay_s: float = 0.0) -> None:
        self.documents = dict(documents)
        self.delay_s = delay_s
        self.error: Exception | None = None

    async def load_scenario(self, scenario_id: str) -> StoredScenario:
        await asyncio.sleep(self.delay_s)
        if self.error is not None:
            raise self.error
        if scenario_id not in self.documents:
            raise ScenarioNotFound(scenario_id)
        return StoredScenario(scenario_id, "p", scenario_id, 1, 0, False, self.documents[scenario_id])


def steered(document: Json) -> frozenset[str]:
    """The nodes on a way that leads back to them, and the events that an Either or Both waits for."""
    after: dict[str, set[str]] = {}
    for one in document.get("edges", ()):
        after.setdefault(one["source"], set()).add(one["target"])
    gatherers = {one["id"] for one in document.get("nodes", ()) if one["data"].get("command") in ("Either", "Both")}
    found = {target for gatherer in gatherers for target in after.get(gatherer, ())} - gatherers
    for node_id in after:
        reached, waiting = set[str](), [node_id]
        while waiting:
            new = after.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        if node_id in reached:
            found.add(node_id)
    return frozenset(found)


class Stage:
    """An engine and everything around it. The document under test is the scenario `it`."""

    def __init__(
        self,
        document: Json,
        *,
        network: MemoryNetwork | None = None,
        ports: MemoryMediaPorts | None = None,
        listener: EventList | None = None,
        node_types: Any = NODE_TYPES,
        delay_s: float = 0.0,
        seed: int = 1,
        environment: Mapping[str, str] | None = None,
        audio_folders: Sequence[Path] = (),
        recordings: Callable[[str], Path] | None = None,
        allowed_folders: Sequence[Path] = (),
        clock: type[VirtualClock] = VirtualClock,
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        self.loop = loop
        self.repeated = steered(document)
        """Nodes of a loop, of an Either or Both: they may run again, or be left as if they had not been reached."""
        self.network = network or MemoryNetwork()
        self.ports = ports or MemoryMediaPorts()
        self.events = EventList() if listener is None else listener
        self.shelf = Shelf({"it": document}, delay_s)
        self.engine = Engine(
            cast(ScenarioRepository, self.shelf),
            self.events,
            node_types=node_types,
            network=self.network,
            media_ports=self.ports,
            clock=clock(loop),
            ids=RandomIds(seed),
            environment=environment,
            audio_folders=audio_folders,
            allowed_folders=allowed_folders,
            recordings=recordings or (lambda _: Path(RECORDINGS.name)),
        )

    async def start(self, **variables: str) -> str:
        """Start the scenario."""
        return await self.engine.start_scenario("it", variables)

    async def run(self, **variables: str) -> RunEvent:
        """Start the scenario and wait for its end; the stream of its events must be sound and nothing left."""
        await self.start(**variables)
        end = await self.engine.wait_ended()
        self.expect_sound_stream()
        self.expect_nothing_left()
        return end

    async def completes(self, **variables: str) -> None:
        """Run it; it must complete."""
        end = await self.run(**variables)
        assert isinstance(end, ScenarioCompleted), end

    async def fails(self, **variables: str) -> ScenarioFailed:
        """Run it; it must fail."""
        end = await self.run(**variables)
        assert isinstance(end, ScenarioFailed), end
        return end

    def expect_sound_stream(self) -> None:
        """One terminal event, last; numbers without gaps; every node on the way pending, running, ended."""
        events = self.events.events
        terminal = self.events.terminal()
        assert isinstance(events[0], ScenarioStarted)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert len({event.run_id for event in events}) == 1
        assert [event.timestamp for event in events] == sorted(event.timestamp for event in events)
        for node_id in {event.node_id for event in self.events.of(NodeStateChanged)}:
            changes = [event for event in self.events.of(NodeStateChanged) if event.node_id == node_id]
            states = [changes[0].previous_state, *(event.new_state for event in changes)]
            assert [event.previous_state for event in changes] == states[:-1]
            if node_id in self.repeated:
                assert set(pairwise(states)) <= {(P, R), (R, C), (R, F), (R, P), (C, R), (F, R), (C, P)}, changes
            else:
                assert states in ([P, R, C], [P, R, F], [P, R, C, F]), changes  # the last: a recording came to nothing
            assert [event.error is not None for event in changes] == [event.new_state is F for event in changes]
        logs = self.events.log_lines()
        assert logs.count("Starting cleanup") == 1
        assert logs[-1] == "Cleanup completed"
        if isinstance(terminal, ScenarioStopped):
            assert terminal.node_id is None

    def expect_nothing_left(self) -> None:
        """No socket, connection, port, task or timer, and an engine that can be started."""
        assert not self.engine.is_running()
        assert self.network.open_endpoints == []
        assert self.network.open_connections == 0
        assert self.ports.open_ports == 0
        assert [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
        assert self.loop.pending_timers() == []

    def states(self) -> dict[str, NodeState]:
        """Where every node that was reached ended."""
        return {event.node_id or "": event.new_state for event in self.events.of(NodeStateChanged)}

    def error_of(self, node_id: str) -> str:
        """Why a node failed; empty where it did not."""
        errors = [event.error for event in self.events.of(NodeStateChanged) if event.node_id == node_id]
        return errors[-1] or ""

    def wire(self, instance_id: str | None = None, direction: str = "sent") -> list[str]:
        """Methods and statuses of the messages that one instance, or all, sent or received."""
        return [
            str(event.status_code or event.method)
            for event in self.events.of(SipMessageSeen)
            if instance_id in (None, event.instance_id) and event.direction == direction
        ]

    def at(self, node_id: str, state: NodeState = C) -> float:
        """When a node entered a state, in seconds since the run began."""
        start = self.events.events[0].timestamp
        return next(
            (event.timestamp - start) / 1000
            for event in self.events.of(NodeStateChanged)
            if event.node_id == node_id and event.new_state is state
        )

    def order(self, state: NodeState = C) -> list[str]:
        """The nodes in the order in which they entered a state."""
        return [event.node_id or "" for event in self.events.of(NodeStateChanged) if event.new_state is state]


def on_stage(document: Json, scene: Callable[[Stage], Awaitable[T]], **options: Any) -> T:
    """Play a scene on a stage of its own; tasks and timers that it leaves behind fail the test."""

    async def play() -> T:
        return await scene(Stage(document, **options))

    return run_virtual(play(), strict=True)


def completed(document: Json, **options: Any) -> Stage:
    """Run a scenario, which must complete, and return its stage."""

    async def scene(stage: Stage) -> Stage:
        await stage.completes()
        return stage

    return on_stage(document, scene, **options)


def failed(document: Json, **options: Any) -> tuple[Stage, ScenarioFailed]:
    """Run a scenario, which must fail, and return its stage and end."""

    async def scene(stage: Stage) -> tuple[Stage, ScenarioFailed]:
        return stage, await stage.fails()

    return on_stage(document, scene, **options)
