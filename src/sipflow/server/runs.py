"""Runs as the server sees them: started for whoever asks first, recorded, told to everybody who listens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sipflow.base.errors import ScenarioAlreadyRunning
from sipflow.base.events import RunEvent, ScenarioStarted
from sipflow.engine import Engine
from sipflow.engine.recorder import Record, event_line
from sipflow.engine.records import RunArchive
from sipflow.engine.run_info import RunInfo
from sipflow.scenario.repository import ScenarioSource, StoredScenario
from sipflow.server.hub import EventHub


class RunDesk:
    """Stands between the engine and the rest: it hands out scenarios to be run, and takes the run's events.

    An engine over this desk, as its source and as its emitter, has every run of its recorded and told.
    """

    def __init__(self, source: ScenarioSource, archive: RunArchive, hub: EventHub) -> None:
        self._source = source
        self._archive = archive
        self._hub = hub
        self._loaded: StoredScenario | None = None
        self._variables: Mapping[str, str] = {}
        self._record: Record | None = None

    async def start(self, engine: Engine, scenario_id: str, variables: Mapping[str, str]) -> str:
        """Let the engine, which is one over this desk, start a scenario; raises what it raises."""
        if engine.is_running():
            raise ScenarioAlreadyRunning
        self._variables = dict(variables)
        run_id = await engine.start_scenario(scenario_id, variables)
        await asyncio.to_thread(self._archive.flush, run_id)  # what is told as begun is found after a crash
        return run_id

    async def load_scenario(self, scenario_id: str) -> StoredScenario:
        """The scenario that a run is about to play; remembered for its record."""
        self._loaded = await self._source.load_scenario(scenario_id)
        return self._loaded

    def emit(self, event: RunEvent) -> None:
        """Keep an event and tell it. Never waits, and a disk that fails changes nothing for the run."""
        line = event_line(event)
        if isinstance(event, ScenarioStarted):
            self._begin_record(event)
        if self._record is not None:
            self._record.add(event, line)
        self._hub.add(event.seq, line)
        if event.is_terminal and self._record is not None:
            self._hub.run_changed(self._record.info)

    def _begin_record(self, event: ScenarioStarted) -> None:
        stored = self._loaded
        info = RunInfo(
            id=event.run_id,
            scenario_id=event.scenario_id,
            scenario_name=stored.name if stored else event.scenario_id,
            started_at=event.timestamp,
            variables=self._variables,
        )
        self._record = self._archive.begin(info, stored.flow_data if stored else {})
        self._hub.begin(self._record.info)

    async def close(self) -> None:
        """Return once the last record is complete."""
        await asyncio.to_thread(self._archive.close)
