"""The world of one node, scripted: for tests of node types. No network and no time passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sipflow.base.call_events import CallEvent
from sipflow.base.errors import NodeFailed
from sipflow.base.events import Level
from sipflow.scenario.context import Headers


@dataclass
class ScriptedCall:
    """A call that notes what is done to it, and has the events that a test gave it."""

    actions: list[str]
    events: list[CallEvent] = field(default_factory=list)
    """What has happened and no node has taken yet."""

    def ring(self, status_code: int) -> None:
        self.actions.append(f"ring {status_code}")

    async def answer(self, headers: Headers = ()) -> None:
        self.actions.append(" ".join(["answer", *map(str, headers)]))

    def reject(self, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        self.actions.append(" ".join(["reject", str(status_code), *filter(None, [reason]), *map(str, headers)]))

    def release(self) -> None:
        self.actions.append("release")

    async def released(self) -> None:
        """At once: nobody is asked."""


class ScriptedContext:
    """A `NodeContext` over scripted calls. `happens` gives the events that calls have or will have.

    A wait that nothing matches times out at once. `actions` tells in order what the node did.
    """

    def __init__(
        self,
        happens: Mapping[str, list[CallEvent]] | None = None,
        *,
        bound: tuple[str, ...] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.instance_id = "instance"
        self.node_id = "node"
        self.variables: Mapping[str, str] = variables or {}
        self.actions: list[str] = []
        self.log_lines: list[tuple[Level, str]] = []
        self._happens = {call_id: list(events) for call_id, events in (happens or {}).items()}
        self.calls = {call_id: self._new_call(call_id) for call_id in bound}

    def log(self, message: str, level: Level = Level.INFO) -> None:
        self.log_lines.append((level, message))

    def call(self, call_id: str) -> ScriptedCall:
        if call_id not in self.calls:
            raise NodeFailed("a call", "none", call_id=call_id)
        return self.calls[call_id]

    def find_call(self, call_id: str) -> ScriptedCall | None:
        return self.calls.get(call_id)

    def make_call(self, target: str, call_id: str, headers: Headers = ()) -> ScriptedCall:
        self.actions.append(" ".join(["call", target, *map(str, headers)]))
        self.calls[call_id] = self._new_call(call_id)
        return self.calls[call_id]

    async def take_incoming(self, call_id: str, number: str, timeout_s: float, match: Headers = ()) -> ScriptedCall:
        self.actions.append(" ".join(["take", number or "any", f"{timeout_s:g} s", *map(str, match)]))
        self.calls[call_id] = self._new_call(call_id)
        return self.calls[call_id]

    async def wait(
        self,
        call_id: str,
        matches: Callable[[CallEvent], bool],
        timeout_s: float,
        expected: str,
        *,
        take: bool = True,
    ) -> CallEvent:
        events = self.calls[call_id].events if call_id in self.calls else []
        for event in events:
            if matches(event):
                if take:
                    events.remove(event)
                return event
        raise NodeFailed(expected, f"nothing within {timeout_s:g} s", call_id=call_id)

    async def sleep(self, seconds: float) -> None:
        self.actions.append(f"sleep {seconds:g} s")

    def _new_call(self, call_id: str) -> ScriptedCall:
        return ScriptedCall(self.actions, self._happens.get(call_id, []))
