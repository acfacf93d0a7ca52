"""Walks one chain: runs a node, follows success or failure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sipflow.base.errors import NodeFailed, SipflowError
from sipflow.base.events import NodeState
from sipflow.base.sayings import Saying, Told
from sipflow.engine.bus import EventBus
from sipflow.engine.context import RunContext
from sipflow.engine.gathering import Waited, wait_for_all, wait_for_first
from sipflow.engine.instances import InstanceManager
from sipflow.engine.meeting_places import MeetingPlaces
from sipflow.engine.sights import Sights
from sipflow.engine.store import SessionStore
from sipflow.engine.studio import Studio
from sipflow.engine.who_hears import WhoHears
from sipflow.scenario.document import Branch
from sipflow.scenario.graph import ExecutionGraph, GraphNode, InstanceChain
from sipflow.scenario.node_api import Steering

MAX_STEPS = 100_000
"""Nodes that one run may run, each round of a loop counted."""
STOPPED = Saying.of("stopped")
"""The error of a node that an abort or a stop cut off."""


Result = Branch | NodeFailed | None
"""How a node ended: where it wants to go on, how it failed, or simply with success."""


class ChainFailed(SipflowError):
    """A node failed and had no failure edge: the run is over."""

    def __init__(self, said: Told, node_id: str, instance_id: str) -> None:
        super().__init__(said)
        self.node_id = node_id
        self.instance_id = instance_id


class Executor:
    """Runs the nodes of one run; every instance has a task of its own that calls it."""

    def __init__(
        self,
        graph: ExecutionGraph,
        *,
        instances: InstanceManager,
        store: SessionStore,
        bus: EventBus,
        variables: Mapping[str, str],
        studio: Studio | None = None,
        sights: Sights | None = None,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self._graph = graph
        self._instances = instances
        self._store = store
        self._bus = bus
        self._variables = dict(variables)
        self._sights = sights or Sights()
        self._places = MeetingPlaces(graph.meetings)
        self._who_hears = WhoHears(instances, bus)
        self._studio = studio or Studio((), None)
        self._studio.on_broken = self._fail_behind
        self.late_failure: ChainFailed | None = None
        """The first failure of a node whose chain had gone on already."""
        self._states: dict[str, NodeState] = {}
        self._rounds: dict[str, int] = {}
        """By loop, the rounds that have begun."""
        self._superseded: set[str] = set()
        """Events that are given up because another one of their Either or Both has decided."""
        self._steps = 0
        self._max_steps = max_steps
        self._is_stopped = False
        self._is_cut_off = False

    async def run_instance(self, chain: InstanceChain) -> None:
        """Run the chains of an instance, one after another. Raises ChainFailed where a failure has nowhere to go."""
        for start in chain.start_nodes:
            await self.execute_chain(start)

    async def execute_chain(self, start: str) -> None:
        """Run from this node to the end of its chain. Raises ChainFailed where a failure has nowhere to go."""
        node_id: str | None = start
        came_from = ""
        while node_id is not None and not self._is_stopped:
            node = self._graph.nodes[node_id]
            self._count_step(node)
            node, result = await self._step(node, came_from)
            came_from = node.id
            if result is Branch.FAILURE:
                node_id = node.failure
            elif not isinstance(result, NodeFailed):
                node_id = node.success
            elif node.failure is not None:
                node_id = node.failure
            else:
                raise ChainFailed(result.said, node.id, node.instance_id) from result

    def stop(self) -> None:
        """Begin no further node."""
        self._is_stopped = True

    def cut_off(self) -> None:
        """Count the nodes that still run as stopped; what they do from now on is not told."""
        for node_id, state in self._states.items():
            if state is NodeState.RUNNING:
                self._enter(self._graph.nodes[node_id], NodeState.FAILED, STOPPED)
        self._is_cut_off = True

    def _fail_behind(self, node_id: str, failure: NodeFailed) -> None:
        """A node that has completed has failed after all, as what it began came to nothing; its chain goes on."""
        node = self._graph.nodes[node_id]
        if self._states[node_id] is NodeState.COMPLETED:
            self._states[node_id] = NodeState.FAILED
            self._bus.node_state(node_id, node.instance_id, NodeState.COMPLETED, NodeState.FAILED, failure)
        self.late_failure = self.late_failure or ChainFailed(failure.said, node_id, node.instance_id)

    def _count_step(self, node: GraphNode) -> None:
        self._steps += 1
        if self._steps > self._max_steps:
            raise ChainFailed(Saying.of("too-many-steps", limit=f"{self._max_steps:,}"), node.id, node.instance_id)

    async def _step(self, node: GraphNode, came_from: str) -> tuple[GraphNode, Result]:
        """Do a node, as it steers its chain; returns the node behind which the chain goes on, and how that ended."""
        match node.node_type.steers:
            case None:
                return node, await self._execute(node, self._context(node))
            case Steering.LOOP:
                return node, await self._begin_round(node, came_from)
            case steering:
                return await self._gather(node, steering)

    async def _begin_round(self, node: GraphNode, came_from: str) -> Result:
        """Ask a loop whether to go on. Whoever comes from outside its body begins anew."""
        await asyncio.sleep(0)  # a loop that waits for nothing keeps nobody waiting
        begun = self._rounds.get(node.id, 0) if came_from in node.encloses else 0
        result = await self._execute(node, self._context(node, begun))
        self._rounds[node.id] = begun + 1
        return result

    async def _gather(self, node: GraphNode, steering: Steering) -> tuple[GraphNode, Result]:
        """Wait for the events that a node encloses, all at once."""
        events = [one for one in self._graph.nodes.values() if one.id in node.encloses]
        wait_for = wait_for_first if steering is Steering.EITHER else wait_for_all
        self._enter(node, NodeState.RUNNING)
        try:
            decided = await wait_for(events, self._wait, lambda event: self._superseded.add(event.id))
        except asyncio.CancelledError:
            self._enter(node, NodeState.FAILED, STOPPED)
            raise
        for event in events if steering is Steering.EITHER else ():
            if event is not decided.node and self._states[event.id] is NodeState.COMPLETED:
                self._enter(event, NodeState.PENDING)  # it came at the very same time, and has given back what it took
        self._enter(node, NodeState.FAILED if decided.failure else NodeState.COMPLETED, decided.failure)
        return decided.node, decided.failure

    async def _wait(self, node: GraphNode) -> Waited:
        context = self._context(node)
        result = await self._execute(node, context)
        return Waited(node, result if isinstance(result, NodeFailed) else None, context.give_back)

    async def _execute(self, node: GraphNode, context: RunContext) -> Result:
        """Run one node; returns how it failed, or where it wants to go on, or None."""
        self._enter(node, NodeState.RUNNING)
        try:
            branch = await node.build(self._variables, context.facts).run(context)
        except asyncio.CancelledError:
            if node.id in self._superseded:
                self._superseded.discard(node.id)
                self._enter(node, NodeState.PENDING)
            else:
                self._enter(node, NodeState.FAILED, STOPPED)
            raise
        except NodeFailed as failure:
            self._enter(node, NodeState.FAILED, failure, context.message)
            return failure
        except Exception as error:
            self._enter(node, NodeState.FAILED, Saying.of("internal-error", error=repr(error)))
            raise
        self._enter(node, NodeState.COMPLETED, message=context.message)
        return branch

    def _enter(
        self, node: GraphNode, state: NodeState, error: Told | NodeFailed | None = None, message: bytes = b""
    ) -> None:
        if self._is_cut_off:
            return
        before = self._states.get(node.id, NodeState.PENDING)
        self._states[node.id] = state
        self._bus.node_state(node.id, node.instance_id, before, state, error, self._sights.find(message))

    def _context(self, node: GraphNode, rounds: int = 0) -> RunContext:
        return RunContext(
            node.id,
            self._instances[node.instance_id],
            instances=self._instances,
            store=self._store,
            bus=self._bus,
            variables=self._variables,
            places=self._places,
            studio=self._studio,
            who_hears=self._who_hears,
            rounds=rounds,
        )
