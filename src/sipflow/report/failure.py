"""What to say of a run that failed: where, what was expected, what came, and what to try."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from textwrap import wrap
from typing import Any, Final

from sipflow.base.events import (
    MediaChanged,
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioFailed,
    ScenarioStarted,
    SipMessageSeen,
)
from sipflow.report.arrows import message_label
from sipflow.report.hints import hint_for
from sipflow.report.names import Names, printable, printable_lines

MAX_KEPT: Final = 50
"""Messages kept of each instance."""
MAX_SHOWN: Final = 8
LEAST_WIDTH: Final = 40
"""Columns of a sentence, however narrow the terminal is."""
STOPPED: Final = "stopped"
"""The error of a node that an abort or a stop has cut off."""


class FailureReport:
    """Keeps the last messages of each instance, and tells them when the run has failed."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._messages: dict[str | None, deque[SipMessageSeen]] = {}
        self._failed_nodes: dict[str, NodeStateChanged] = {}
        self._hearings: dict[str | None, Mapping[str, Any]] = {}
        """The last measurement of who hears whom, by node."""
        self._failed: ScenarioFailed | None = None
        self._started_ms: int | None = None

    def emit(self, event: RunEvent) -> None:
        if isinstance(event, SipMessageSeen):
            self._messages.setdefault(event.instance_id, deque(maxlen=MAX_KEPT)).append(event)
        elif isinstance(event, NodeStateChanged):
            if event.new_state is NodeState.FAILED and event.node_id:
                self._failed_nodes[event.node_id] = event
            elif event.node_id:
                self._hearings.pop(event.node_id, None)
        elif isinstance(event, MediaChanged):
            if event.hearing is not None:
                self._hearings[event.node_id] = event.hearing
        elif isinstance(event, ScenarioStarted):
            self._started_ms = event.timestamp
        elif isinstance(event, ScenarioFailed):
            self._failed = event

    def tick(self) -> None:
        """Do nothing: time is not shown."""

    def close(self) -> None:
        """Do nothing: `lines` is asked for."""

    def lines(self, width: int | None = None) -> list[str]:
        """Tell the failure; empty where the run has not failed. Sentences longer than `width` are cut between words."""
        failed = self._failed
        if failed is None:
            return []
        node = self._failed_nodes.get(failed.node_id or "")
        call_id = failed.call_id or (node.call_id if node else None)
        instance = self._names.instance(failed.instance_id)
        if failed.node_id and failed.node_id != failed.instance_id:
            where = self._names.node(failed.node_id) + (f" of {instance}" if instance else "")
        else:
            where = self._names.node(failed.instance_id)
        lines = [f"failed at {where}" if where else "failed", *_sentence(printable(failed.error), width)]
        cut_off = [] if where else [cut for cut in self._failed_nodes.values() if cut.error == STOPPED]
        lines += [
            f"  still running: {self._names.subject(cut.instance_id)}{self._names.node(cut.node_id)}" for cut in cut_off
        ]
        hearing = self._hearings.get(failed.node_id)
        if hearing is not None:
            from sipflow.report.matrix import matrix_lines  # rich, for which no other run should pay

            lines += [f"  {line}" for line in matrix_lines(hearing)]
        if failed.instance_id is None:
            messages = self._last_messages_of_all(min((cut.seq for cut in cut_off), default=failed.seq))
        else:
            messages = self._last_messages(failed.instance_id, call_id)
        lines += self._told_messages(instance, call_id, messages)
        return lines + _sentence(f"try: {hint(failed, messages)}", width)

    def _last_messages_of_all(self, before_seq: int) -> list[SipMessageSeen]:
        every = (message for kept in self._messages.values() for message in kept if message.seq < before_seq)
        return sorted(every, key=lambda message: message.seq)[-MAX_SHOWN:]

    def _last_messages(self, instance_id: str, call_id: str | None) -> list[SipMessageSeen]:
        kept = list(self._messages.get(instance_id, ()))
        of_call = [message for message in kept if call_id and message.call_id == call_id]
        return (of_call or kept)[-MAX_SHOWN:]

    def _told_messages(self, instance: str, call_id: str | None, messages: list[SipMessageSeen]) -> list[str]:
        whose = " of " + " ".join(filter(None, (instance, printable(call_id or "")))) if instance or call_id else ""
        if not messages:
            return [f"  no message was sent or received{whose}"]
        lines = [f"  last messages{whose}:"]
        for message in messages:
            seconds = (message.timestamp - (self._started_ms or message.timestamp)) / 1000
            arrow = "->" if message.direction == "sent" else "<-"
            note = f"  ({printable(message.note)})" if message.note else ""
            who = "" if instance else f"{self._names.instance(message.instance_id)} "
            lines.append(
                f"    #{message.seq:<4}{seconds:8.3f} {who}{arrow} {message.transport} {message.remote_address}"
                f"  {message_label(message)}{note}"
            )
        shown = next((message for message in reversed(messages) if message.direction == "received"), messages[-1])
        lines.append(f"  #{shown.seq} in full:")
        lines += [f"    | {line}" for line in printable_lines(shown.raw)]
        return lines


def _sentence(text: str, width: int | None) -> list[str]:
    """The text as lines of the report; a word that is too long for one stays whole."""
    if width is None:
        return [f"  {text}"]
    return wrap(
        text,
        max(width, LEAST_WIDTH),
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def hint(failed: ScenarioFailed, messages: list[SipMessageSeen]) -> str:
    """Say what a user may try."""
    statuses = [int(number) for number in re.findall(r"\b([3-6]\d\d) [A-Z]", failed.error.partition("got ")[2])]
    last = messages[-1].status_code if messages else None
    found = hint_for([*statuses, *([last] if last else [])], (failed.said or {}).get("error"))
    if found is not None:
        return found.texts["en"]
    return "run it with -v to see every message, and sipflow doctor to see what this machine can do"
