"""The engine: starts a scenario, runs it to its end or stops it; one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sipflow.base.clock import Clock
from sipflow.base.errors import NoRunningScenario, ScenarioAlreadyRunning
from sipflow.base.events import EventEmitter, RunEvent
from sipflow.base.ids import Ids
from sipflow.base.sayings import Told
from sipflow.engine.bus import EventBus
from sipflow.engine.instances import InstanceManager
from sipflow.engine.levels import StreamLevel
from sipflow.engine.run import Run
from sipflow.engine.studio import Studio
from sipflow.media import MediaPorts
from sipflow.media.playing import audio_faults
from sipflow.net.endpoint import Network
from sipflow.scenario.graph import ExecutionGraph, parse_scenario
from sipflow.scenario.node_api import NodeTypes
from sipflow.scenario.repository import ScenarioSource

logger = logging.getLogger(__name__)

STOP_LIMIT_S = 10.0
"""Past this a stopped run is forced down."""


class Engine:
    """Runs scenarios of a repository, one at a time. Use it from one event loop."""

    def __init__(
        self,
        repository: ScenarioSource,
        emitter: EventEmitter,
        *,
        node_types: NodeTypes,
        network: Network,
        media_ports: MediaPorts,
        clock: Clock,
        ids: Ids,
        environment: Mapping[str, str] | None = None,
        certificates: Path | None = None,
        audio_folders: Sequence[Path] = (),
        recordings: Callable[[str], Path] | None = None,
        allowed_folders: Sequence[Path] = (),
    ) -> None:
        """`environment` is where `${env:NAME}` in a password comes from, `certificates` the folder of files for TLS.

        Audio is played out of `audio_folders`; `recordings` says by a run's id into which folder it may record.
        All of that may be in `allowed_folders` as well; a recording only by a name that leads there.
        """
        self._repository = repository
        self._emitter = emitter
        self._node_types = node_types
        self._network = network
        self._media_ports = media_ports
        self._clock = clock
        self._ids = ids
        self._environment = environment or {}
        self._certificates = (*(() if certificates is None else (certificates,)), *allowed_folders)
        self._audio_folders = (*audio_folders, *allowed_folders)
        self._recordings = recordings
        self._allowed_folders = tuple(allowed_folders)
        self._run: Run | None = None
        """The run under way, or the last one."""
        self._task: asyncio.Task[None] | None = None
        """The life of that run."""

    def is_running(self) -> bool:
        """Whether a run is under way, from the start of its start to the end of its cleanup."""
        return self._task is not None and not self._task.done()

    async def start_scenario(self, scenario_id: str, variables: Mapping[str, str] | None = None) -> str:
        """Load, check and start a scenario; returns the run's id while the run goes on in the background.

        Raises ScenarioAlreadyRunning, ScenarioNotFound, ScenarioInvalid or InstanceStartFailed, and ScenarioError
        where a stop had to cut the start short; then nothing is left open and the engine may be started again.
        """
        if self.is_running():
            raise ScenarioAlreadyRunning
        given = dict(variables or {})
        run_id = self._ids.run_id()
        output = None if self._recordings is None else self._recordings(run_id)
        studio = Studio(self._audio_folders, output, self._allowed_folders)
        run = Run(scenario_id, EventBus(run_id, self._emitter, self._clock), given, studio)
        instances = InstanceManager(
            network=self._network,
            media_ports=self._media_ports,
            clock=self._clock,
            ids=self._ids,
            tap=run.see_message,
            tell=run.tell,
            on_follow=run.name_follower,
            on_media=run.see_media,
            certificates=self._certificates,
        )

        async def load() -> ExecutionGraph:
            stored = await self._repository.load_scenario(scenario_id)
            return parse_scenario(
                stored.flow_data,
                self._node_types,
                variables=given,
                environment=self._environment,
                audio_fault=audio_faults(self._audio_folders),
                scenario_id=scenario_id,
            )

        task = asyncio.create_task(run.live(load, instances), name=f"run {run.bus.run_id}")
        self._run, self._task = run, task
        try:
            await asyncio.shield(run.started)
        except asyncio.CancelledError:
            run.stop()
            if not run.started.done():
                task.cancel()
            await asyncio.wait({task})
            run.started.exception()  # told to nobody: whoever asked for the start has gone
            raise
        return run.bus.run_id

    async def stop_scenario(self, error: Told | None = None) -> None:
        """End the run through cleanup; returns once the engine can be started again.

        With `error` the run ends as failed for that reason, not as stopped. Safe to call twice and during a start.
        Raises NoRunningScenario.
        """
        run, task = self._run, self._task
        if run is None or task is None or task.done():
            raise NoRunningScenario
        run.stop(error)
        await asyncio.wait({task}, timeout=STOP_LIMIT_S)
        if not task.done():
            logger.warning("the run did not end within %g s of its stop and is forced down", STOP_LIMIT_S)
            task.cancel()
            await asyncio.wait({task})

    def read_levels(self) -> list[StreamLevel]:
        """How loud the calls of the run under way are. Whoever reads again and again, says `forget_levels` at last."""
        levels = None if self._run is None else self._run.levels
        return [] if levels is None else levels.read()

    def forget_levels(self) -> None:
        """Nobody wants to know any more: measuring costs every packet a little."""
        if self._run is not None and self._run.levels is not None:
            self._run.levels.forget()

    async def wait_ended(self) -> RunEvent:
        """The terminal event of the run under way, or of the last one.

        Raises NoRunningScenario where there was none, and the fault itself where an error of our own ended it.
        """
        run, task = self._run, self._task
        if run is None or task is None:
            raise NoRunningScenario
        await asyncio.wait({task})
        if run.fault is not None:
            raise run.fault
        if run.bus.terminal is None:
            raise NoRunningScenario
        return run.bus.terminal
