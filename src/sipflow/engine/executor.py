"""Walks one chain: runs a node, follows success or failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from sipflow.base.errors import NodeFailed, SipflowError
from sipflow.base.events import NodeState
from sipflow.engine.bus import EventBus
from sipflow.engine.context import RunContext
from sipflow.engine.instances import InstanceManager
from sipflow.engine.store import SessionStore
from sipflow.scenario.graph import ExecutionGraph, GraphNode

logger = logging.getLogger(__name__)

STOPPED = "stopped"


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

    async def execute_chain(self, start: str) -> None:
        """Run from this node to the end of its chain. Raises ChainFailed where a failure has nowhere to go."""
        node_id: str | None = start
        while node_id is not None:
            node = self._graph.nodes[node_id]
            failed = await self._execute(node)
            if failed is None:
                node_id = node.success
            elif node.failure is not None:
                node_id = node.failure
            else:
                raise ChainFailed(str(failed), node.id, node.instance_id) from failed

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
