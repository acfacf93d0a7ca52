"""A run as plain lines, for pipes, files and CI logs."""

from __future__ import annotations

from typing import TextIO

from sipflow.base.events import (
    ActionLogged,
    Level,
    MediaChanged,
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    ScenarioStopped,
    SipMessageSeen,
)
from sipflow.report.arrows import ArrowJoiner, Sight, message_label
from sipflow.report.names import Names, printable, printable_lines, told_media


class PlainConsole:
    """Writes a line for every step; with `is_verbose` also for every message, with the message below it."""

    def __init__(self, stream: TextIO, names: Names, *, is_verbose: bool = False) -> None:
        self._stream = stream
        self._names = names
        self._is_verbose = is_verbose
        self._joiner = ArrowJoiner()
        self._started_ms: int | None = None

    def emit(self, event: RunEvent) -> None:
        if self._started_ms is None:
            self._started_ms = event.timestamp
        seconds = (event.timestamp - self._started_ms) / 1000
        for line in self._lines(event):
            self._stream.write(f"{seconds:9.3f}  {line}\n")
        if isinstance(event, SipMessageSeen) and self._is_verbose:
            self._write_message(event, seconds)
        self._stream.flush()

    def tick(self) -> None:
        """Do nothing: time is not shown."""

    def close(self) -> None:
        self._stream.flush()

    def _lines(self, event: RunEvent) -> list[str]:
        subject = self._names.subject(event.instance_id)
        match event:
            case ScenarioStarted():
                return [f"started {printable(event.scenario_id)} ({event.run_id})"]
            case NodeStateChanged():
                return self._node_lines(event)
            case ActionLogged():
                self._joiner.take_line(event)
                if event.level is Level.DEBUG and not self._is_verbose:
                    return []
                mark = f"{event.level.value}: " if event.level in (Level.WARNING, Level.ERROR) else ""
                return [f"{subject}{mark}{printable(event.message)}"]
            case MediaChanged():
                is_shown = self._is_verbose or event.figures is not None or event.hearing is not None
                return [f"{subject}{told_media(event)}"] if is_shown else []
            case ScenarioCompleted():
                return ["passed"]
            case ScenarioFailed():
                return ["failed"]
            case ScenarioStopped():
                return ["stopped"]
        return []

    def _node_lines(self, event: NodeStateChanged) -> list[str]:
        if event.new_state is NodeState.RUNNING and not self._is_verbose:
            return []
        subject = self._names.subject(event.instance_id)
        why = f": {printable(event.error)}" if event.error else ""
        return [f"{subject}{self._names.node(event.node_id)} {event.new_state.value}{why}"]

    def _write_message(self, event: SipMessageSeen, seconds: float) -> None:
        arrow, sight = self._joiner.add(event)
        if sight is Sight.JOINED:
            return
        again = f" (again, {arrow.count})" if arrow.count > 1 else ""
        note = f" ({printable(event.note)})" if event.note else ""
        here, there = event.local_address, event.remote_address
        start, end = (here, there) if event.direction == "sent" else (there, here)
        self._stream.write(
            f"{seconds:9.3f}  {self._end(arrow.source, start)} -> {self._end(arrow.target, end)} {event.transport}"
            f"  {message_label(event)}{note}{again}\n"
        )
        if not again:
            self._stream.writelines(f"{'':9}  | {line}\n" for line in printable_lines(event.raw))

    def _end(self, lane: str, address: str) -> str:
        name = self._names.instances.get(lane)
        return f"{printable(name)} {address}" if name else address
