"""The events of one run, numbered and stamped on their way out."""

from __future__ import annotations

import logging
from typing import Any

from sipflow.base.clock import Clock
from sipflow.base.errors import NodeFailed
from sipflow.base.events import ActionLogged, EventEmitter, Level, NodeState, NodeStateChanged, RunEvent
from sipflow.base.sayings import Saying, Told
from sipflow.engine.wire import masked

logger = logging.getLogger(__name__)

_FREE_TEXTS = frozenset({"message", "error", "expected", "got"})
"""Fields that may quote an address as it was written."""


class EventBus:
    """Numbers events from 1 without gaps; after the terminal one nothing more goes out."""

    def __init__(self, run_id: str, emitter: EventEmitter, clock: Clock) -> None:
        self.run_id = run_id
        self.terminal: RunEvent | None = None
        """The last event, once it is out."""
        self._emitter = emitter
        self._clock = clock
        self._seq = 0

    @property
    def next_seq(self) -> int:
        """The number that the next event will have."""
        return self._seq + 1

    def emit(self, kind: type[RunEvent], **fields: Any) -> None:
        """Build and send one event, secrets masked. A listener that fails is its own fault: the run goes on."""
        if self.terminal is not None:
            logger.debug("after the end of %s: %s", self.run_id, kind.__name__)
            return
        said = {name: told.to_json(masked) for name, told in fields.items() if isinstance(told, Saying)}
        for name in said:
            fields[name] = str(fields[name])
        for name in _FREE_TEXTS & fields.keys():
            fields[name] = masked(fields[name] or "") or None
        if said:
            fields["said"] = said
        self._seq += 1
        event = kind(run_id=self.run_id, seq=self._seq, timestamp=self._clock.wall_ms(), **fields)
        if event.is_terminal:
            self.terminal = event
        try:
            self._emitter.emit(event)
        except Exception:
            logger.exception("a listener failed on %s", event.kind)

    def log(
        self,
        message: Told,
        level: Level = Level.INFO,
        *,
        node_id: str | None = None,
        instance_id: str | None = None,
        call_id: str | None = None,
    ) -> None:
        """A line for people."""
        self.emit(ActionLogged, message=message, level=level, node_id=node_id, instance_id=instance_id, call_id=call_id)

    def node_state(
        self,
        node_id: str,
        instance_id: str,
        before: NodeState,
        after: NodeState,
        error: Told | NodeFailed | None = None,
        message_seq: int | None = None,
    ) -> None:
        """A node was entered or left."""
        failure = error if isinstance(error, NodeFailed) else None
        self.emit(
            NodeStateChanged,
            node_id=node_id,
            instance_id=instance_id,
            call_id=failure.call_id if failure else None,
            previous_state=before,
            new_state=after,
            error=failure.said if failure else error,
            expected=failure.expected if failure else None,
            got=failure.got if failure else None,
            message_seq=message_seq,
        )
