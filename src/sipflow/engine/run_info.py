"""What is known of a run without its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sipflow.base.events import EventKind, RunEvent, Said, ScenarioFailed


class RunResult(StrEnum):
    """What became of a run."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    """The process ended before the run did."""


_RESULTS: Final = {
    EventKind.COMPLETED: RunResult.COMPLETED,
    EventKind.FAILED: RunResult.FAILED,
    EventKind.STOPPED: RunResult.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """A run without its events. Times are milliseconds since the epoch."""

    id: str
    scenario_id: str
    scenario_name: str
    name: str | None = None
    """What somebody has called it."""
    started_at: int
    ended_at: int | None = None
    """None for a run under way, and for one that was interrupted."""
    result: RunResult = RunResult.RUNNING
    error: str | None = None
    said: Said = None
    error_node_id: str | None = None
    last_seq: int = 0
    """The number of its last event so far."""
    messages: int = 0
    """Different SIP messages, once it has ended: what both ends saw, or what was repeated, counts once."""
    variables: Mapping[str, str]

    def ended(self, event: RunEvent, messages: int) -> RunInfo:
        """The run after its terminal event."""
        is_failure = isinstance(event, ScenarioFailed)
        return replace(
            self,
            ended_at=event.timestamp,
            result=_RESULTS[event.kind],
            error=event.error if isinstance(event, ScenarioFailed) else None,
            said=event.said if isinstance(event, ScenarioFailed) else None,
            error_node_id=event.node_id if is_failure else None,
            last_seq=event.seq,
            messages=messages,
        )
