"""Walks one chain: runs a node, follows success or failure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sipflow.base.errors import NodeFailed, SipflowError
from sipflow.base.events import NodeState
from sipflow.engine.bus import EventBus
from sipflow.engine.context import RunContext
from sipflow.engine.instances import InstanceManager
from sipflow.engine.store import SessionStore
from sipflow.scenario.graph import ExecutionGraph, GraphNode, InstanceChain

STOPPED = "stopped"
"""The error of a node that an abort or a stop cut off."""


class ChainFailed(SipflowError):
    """A node failed and had no failure edge: the run is over."""

    def __init__(self, error: str, node_id: str, instance_id: str) -> None:
        super().__init__(error)
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
    ) -> None:
        self._graph = graph
        self._instances = instances
        self._store = store
        self._bus = bus
        self._variables = variables
        self._states: dict[str, NodeState] = {}
        self._is_stopped = False
        self._is_cut_off = False

    async def run_instance(self, chain: InstanceChain) -> None:
        """Run the chains of an instance, one after another. Raises ChainFailed where a failure has nowhere to go."""
        for start in chain.start_nodes:
            await self.execute_chain(start)

    async def execute_chain(self, start: str) -> None:
        """Run from this node to the end of its chain. Raises ChainFailed where a failure has nowhere to go."""
        node_id: str | None = start
        while node_id is not None and not self._is_stopped:
            node = self._graph.nodes[node_id]
            failure = await self._execute(node)
            if failure is None:
                node_id = node.success
            elif node.failure is not None:
                node_id = node.failure
            else:
                raise ChainFailed(str(failure), node.id, node.instance_id) from failure

    def stop(self) -> None:
        """Begin no further node."""
        self._is_stopped = True

    def cut_off(self) -> None:
        """Count the nodes that still run as stopped; what they do from now on is not told."""
        for node_id, state in self._states.items():
            if state is NodeState.RUNNING:
                self._enter(self._graph.nodes[node_id], NodeState.FAILED, STOPPED)
        self._is_cut_off = True

    async def _execute(self, node: GraphNode) -> NodeFailed | None:
        """Run one node; returns how it failed, or None."""
        self._enter(node, NodeState.RUNNING)
        try:
            await node.build(self._variables).run(self._context(node))
        except asyncio.CancelledError:
            self._enter(node, NodeState.FAILED, STOPPED)
            raise
        except NodeFailed as failure:
            self._enter(node, NodeState.FAILED, str(failure))
            return failure
        except Exception as error:
            self._enter(node, NodeState.FAILED, f"internal error: {error!r}")
            raise
        self._enter(node, NodeState.COMPLETED)
        return None

    def _enter(self, node: GraphNode, state: NodeState, error: str | None = None) -> None:
        if self._is_cut_off:
            return
        before = self._states.get(node.id, NodeState.PENDING)
        self._states[node.id] = state
        self._bus.node_state(node.id, node.instance_id, before, state, error)

    def _context(self, node: GraphNode) -> RunContext:
        return RunContext(
            node.id,
            self._instances[node.instance_id],
            instances=self._instances,
            store=self._store,
            bus=self._bus,
            variables=self._variables,
        )
