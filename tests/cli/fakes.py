"""An engine that tells a story instead of making calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sipflow.base.errors import NoRunningScenario
from sipflow.base.events import (
    EventEmitter,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    ScenarioStopped,
)
from sipflow.base.sayings import Told


class FakeRunner:
    """Emits `scenario:started`, runs `after_start`, and ends by itself or when it is stopped."""

    def __init__(
        self,
        emitter: EventEmitter,
        *,
        start_error: Exception | None = None,
        node_error: str | None = None,
        ends: bool = True,
        after_start: Callable[[], None] = lambda: None,
    ) -> None:
        self._emitter = emitter
        self._start_error = start_error
        self._node_error = node_error
        self._ends = ends
        self._after_start = after_start
        self._seq = 0
        self._ended: asyncio.Future[RunEvent] = asyncio.get_running_loop().create_future()
        self.variables: Mapping[str, str] = {}

    async def start_scenario(self, scenario_id: str, variables: Mapping[str, str]) -> str:
        if self._start_error:
            raise self._start_error
        self.variables = variables
        self._emit(ScenarioStarted(**self._common(), scenario_id=scenario_id))
        self._after_start()
        if self._node_error:
            self._end(ScenarioFailed(**self._common(), node_id="n1", error=self._node_error))
        elif self._ends:
            self._end(ScenarioCompleted(**self._common()))
        return "run-1"

    async def stop_scenario(self, error: Told | None = None) -> None:
        if self._ended.done():
            raise NoRunningScenario
        if error is None:
            self._end(ScenarioStopped(**self._common()))
        else:
            self._end(ScenarioFailed(**self._common(), error=str(error)))

    async def wait_ended(self) -> RunEvent:
        return await self._ended

    def _common(self) -> dict[str, Any]:
        self._seq += 1
        return {"run_id": "run-1", "seq": self._seq, "timestamp": self._seq}

    def _emit(self, event: RunEvent) -> None:
        self._emitter.emit(event)

    def _end(self, event: RunEvent) -> None:
        self._emit(event)
        self._ended.set_result(event)


class Runners:
    """Makes one fake runner a file and keeps it."""

    def __init__(self, **values: Any) -> None:
        self._values = values
        self.made: list[FakeRunner] = []

    def __call__(self, _path: Path, _source: bytes, emitter: EventEmitter) -> FakeRunner:
        self.made.append(FakeRunner(emitter, **self._values))
        return self.made[-1]
