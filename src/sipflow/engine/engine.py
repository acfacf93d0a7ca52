"""The engine: starts a scenario, runs it to its end or stops it; one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from sipflow.base.clock import Clock
from sipflow.base.errors import NoRunningScenario, ScenarioAlreadyRunning
from sipflow.base.events import EventEmitter, RunEvent
from sipflow.base.ids import Ids
from sipflow.engine.bus import EventBus
from sipflow.engine.instances import InstanceManager
from sipflow.engine.run import Run
from sipflow.media import MediaPorts
from sipflow.net.endpoint import Network
from sipflow.scenario.graph import ExecutionGraph, parse_scenario
from sipflow.scenario.node_api import NodeTypes
from sipflow.scenario.repository import ScenarioRepository

logger = logging.getLogger(__name__)

STOP_LIMIT_S = 10.0
"""Past this a stopped run is forced down."""


class Engine:
    """Runs scenarios of a repository, one at a time. Use it from one event loop."""

    def __init__(
        self,
        repository: ScenarioRepository,
        emitter: EventEmitter,
        *,
        node_types: NodeTypes,
        network: Network,
        media_ports: MediaPorts,
        clock: Clock,
        ids: Ids,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`environment` is where `${env:NAME}` in a password comes from."""
        self._repository = repository
        self._emitter = emitter
        self._node_types = node_types
        self._network = network
        self._media_ports = media_ports
        self._clock = clock
        self._ids = ids
        self._environment = environment or {}
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._last: Run | None = None

    def is_running(self) -> bool:
        """Whether a run is under way, from the start of its start to the end of its cleanup."""
        return self._run is not None

    async def start_scenario(self, scenario_id: str, variables: Mapping[str, str] | None = None) -> str:
        """Load, check and start a scenario; returns the run's id while the run goes on in the background.

        Raises ScenarioAlreadyRunning, ScenarioNotFound, ScenarioInvalid or InstanceStartFailed; then nothing is left
        open and the engine may be started again.
        """
        if self._run is not None:
            raise ScenarioAlreadyRunning
        given = dict(variables or {})
        run = Run(scenario_id, EventBus(self._ids.run_id(), self._emitter, self._clock), given)
        self._run = run
        self._idle.clear()
        instances = InstanceManager(
            network=self._network,
            media_ports=self._media_ports,
            clock=self._clock,
            ids=self._ids,
            tap=run.see_message,
        )
        try:
            stored = await self._repository.load_scenario(scenario_id)
            graph = parse_scenario(
                stored.flow_data,
                self._node_types,
                variables=given,
                environment=self._environment,
                scenario_id=scenario_id,
            )
            await instances.start(graph)
        except BaseException:
            await instances.close()
            self._become_idle(run)
            raise
        self._task = asyncio.create_task(self._execute(run, graph, instances), name=f"run {run.bus.run_id}")
        return run.bus.run_id

    async def stop_scenario(self, error: str | None = None) -> None:
        """End the run through cleanup; returns once the engine can be started again.

        With `error` the run ends as failed for that reason, not as stopped. Safe to call twice and during a start.
        Raises NoRunningScenario.
        """
        run = self._run
        if run is None:
            raise NoRunningScenario
        run.stop(error)
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await self._idle.wait()
        except TimeoutError:
            logger.warning("the run did not stop within %g s and is forced down", STOP_LIMIT_S)
            if self._task is not None:
                self._task.cancel()
            await self._idle.wait()

    async def wait_ended(self) -> RunEvent:
        """The terminal event of the run under way, or of the last one.

        Raises NoRunningScenario where there was none, and the fault itself where an error of our own ended it.
        """
        await self._idle.wait()
        run = self._last
        if run is None or run.bus.terminal is None:
            raise NoRunningScenario
        if run.fault is not None:
            raise run.fault
        return run.bus.terminal

    async def _execute(self, run: Run, graph: ExecutionGraph, instances: InstanceManager) -> None:
        try:
            await run.execute(graph, instances)
        finally:
            self._last = run
            self._become_idle(run)

    def _become_idle(self, run: Run) -> None:
        if self._run is run:
            self._run = None
            self._task = None
            self._idle.set()
