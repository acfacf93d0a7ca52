"""A listener that keeps every event of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from sipflow.base.events import ActionLogged, NodeState, NodeStateChanged, RunEvent

E = TypeVar("E", bound=RunEvent)


class EventList:
    """An `EventEmitter` whose events can be asked for by type, name and node."""

    def __init__(self) -> None:
        self.events: list[RunEvent] = []

    def emit(self, event: RunEvent) -> None:
        self.events.append(event)

    def __iter__(self) -> Iterator[RunEvent]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def of(self, kind: type[E]) -> list[E]:
        """The events of this class, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def names(self) -> list[str]:
        """The names of all events, in order."""
        return [event.kind.value for event in self.events]

    def states(self, node_id: str) -> list[NodeState]:
        """The states that a node went through, without the pending it began with."""
        return [event.new_state for event in self.of(NodeStateChanged) if event.node_id == node_id]

    def log_lines(self) -> list[str]:
        """The text of the action log."""
        return [event.message for event in self.of(ActionLogged)]

    def terminal(self) -> RunEvent:
        """The one terminal event. Raises AssertionError unless there is exactly one and it is the last."""
        found = [event for event in self.events if event.is_terminal]
        if len(found) != 1 or self.events[-1] is not found[0]:
            raise AssertionError(f"expected one terminal event, at the end, got {self.names()}")
        return found[0]
