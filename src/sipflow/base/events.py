"""The run's event types: one type, three readers (the recorded run, the live view, the report).

An event is a frozen dataclass; `to_json()` gives the object of the contract, with the names that the
document uses (`nodeId`, `runId`). `seq` counts from 1 without gaps within a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Protocol


class EventKind(StrEnum):
    """The names of events, as they stand in the field `event`."""

    STARTED = "scenario:started"
    NODE_STATE = "scenario:node-state"
    ACTION_LOG = "scenario:action-log"
    SIP_MESSAGE = "scenario:sip-message"
    MEDIA = "scenario:media"
    COMPLETED = "scenario:completed"
    FAILED = "scenario:failed"
    STOPPED = "scenario:stopped"


class NodeState(StrEnum):
    """Where a node stands. A node that has not been reached is pending, without an event of its own."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Level(StrEnum):
    """How much an action-log line matters."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


Said = Mapping[str, Mapping[str, Any]] | None
"""By the name of a text of the event, what it says apart from the language (`Saying.to_json`); None where no text of it
has been said in a language. The texts themselves are English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """What all events share."""

    kind: ClassVar[EventKind]

    run_id: str
    """The run this belongs to."""
    seq: int
    """1, 2, 3, … within the run, without gaps."""
    timestamp: int
    """Milliseconds since the epoch."""
    node_id: str | None = None
    """The node concerned, if one is."""
    instance_id: str | None = None
    """The node id of the instance concerned, if one is."""
    call_id: str | None = None
    """The scenario's own name of the call, if one is concerned and known."""

    @property
    def is_terminal(self) -> bool:
        """Whether this is the one last event of its run."""
        return self.kind in TERMINAL_KINDS

    def to_json(self) -> dict[str, Any]:
        """The event as the JSON object of the contract."""
        return {"event": self.kind.value} | {_camel(field.name): getattr(self, field.name) for field in fields(self)}


@cache
def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStarted(RunEvent):
    """Every instance is listening; the chains begin."""

    kind = EventKind.STARTED
    scenario_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStateChanged(RunEvent):
    """A node was entered or left."""

    kind = EventKind.NODE_STATE
    previous_state: NodeState
    new_state: NodeState
    error: str | None = None
    """Why, when the new state is failed."""
    said: Said = None
    expected: str | None = None
    """What the node waited for or wanted to do, when it failed in that."""
    got: str | None = None
    """What came instead."""
    message_seq: int | None = None
    """`first_seq` of the message that the node took to get there; it may have come before the node began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLogged(RunEvent):
    """A line for people about what the run does."""

    kind = EventKind.ACTION_LOG
    message: str
    level: Level = Level.INFO
    said: Said = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SipMessageSeen(RunEvent):
    """One message on the wire, seen at one end, retransmissions included."""

    kind = EventKind.SIP_MESSAGE
    first_seq: int
    """`seq` of the event in which this very message was first seen, its own where this is that event. All events
    with one `first_seq` are one arrow of a ladder: sent and received, and every retransmission."""
    sip_call_id: str
    direction: str
    """`sent` or `received`, as seen by the instance."""
    transport: str
    """`UDP` or `TCP`."""
    local_address: str
    """`host:port`, an IPv6 host in brackets."""
    remote_address: str
    method: str
    """The request's method; of a response, its CSeq method."""
    status_code: int | None
    reason: str | None
    cseq: int | None
    note: str
    """What a ladder says beside the arrow, such as the SDP direction; may be empty."""
    raw: str
    """The whole message with its body; bytes that are not UTF-8 as backslash escapes; credentials masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaChanged(RunEvent):
    """A media stream started, stopped, or has something to report."""

    kind = EventKind.MEDIA
    media: str
    """What happened: `stream-started`, `stream-changed`, `stream-stopped`, `stream-secured`, `stream-plain`,
    `stream-failed`, `stream-faults`, `playing`, `recording`, `dtmf`, `statistics`, `hearing`."""
    detail: str
    figures: Mapping[str, float | None] | None = None
    """Of `statistics`, by name; null where nobody has told."""
    hearing: Mapping[str, Any] | None = None
    """Of `hearing`, who hears whom: `seconds`, `instances` (names by id), and `rows`, each with `listener`, `packets`
    and `cells` of `speaker`, `isExpected`, `isHeard` and `levelDbfs`, null where it is not heard. An instance without
    a cell in a row is neither expected nor heard there: of a hundred there are few that are."""
    said: Said = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioCompleted(RunEvent):
    """Every chain has ended, and so has cleanup."""

    kind = EventKind.COMPLETED


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFailed(RunEvent):
    """The run was aborted by its first error; cleanup has ended."""

    kind = EventKind.FAILED
    error: str
    said: Said = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStopped(RunEvent):
    """The run was stopped from outside; cleanup has ended."""

    kind = EventKind.STOPPED


TERMINAL_KINDS = frozenset({EventKind.COMPLETED, EventKind.FAILED, EventKind.STOPPED})


class EventEmitter(Protocol):
    """Where a run's events go. A slow listener queues or drops for itself: `emit` never waits."""

    def emit(self, event: RunEvent) -> None: ...
