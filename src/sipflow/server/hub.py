"""Live events for whoever listens: one buffer for all, and each listener goes through it at its own pace.

A listener never slows the run: what it has not taken stays in the buffer, and where the buffer has moved
on it gets a snapshot and reads the rest from the run's record.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, replace
from itertools import islice
from typing import Any, Final

from pydantic.alias_generators import to_camel

from sipflow.engine.run_info import RunInfo

MAX_EVENTS: Final = 20_000
"""Events of the run that can be resumed from without its record."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""Their size at most."""
MAX_PER_FRAME: Final = 2_000
MAX_FRAME_BYTES: Final = 1024 * 1024
"""A frame that is longer takes no further event."""
MAX_NOTICES: Final = 256
BATCH_S: Final = 0.04
"""Events are told at most this much later, so that many go in one frame."""

Frame = dict[str, Any]


class EventHub:
    """The events of the newest run, and notices of everything else. Use it from one event loop."""

    def __init__(self) -> None:
        self._run: RunInfo | None = None
        self._lines: deque[bytes] = deque()
        self._size_bytes = 0
        self._last_seq = 0
        self._listeners: set[Listener] = set()
        self._watchers: set[Listener] = set()
        """Those who want to see how loud calls are."""
        self._watched = asyncio.Event()
        self._levels = ""
        """The frame that was told last."""
        self.is_closed = False

    def begin(self, run: RunInfo) -> None:
        """A run begins; its events follow."""
        self._run = run
        self._lines.clear()
        self._size_bytes = self._last_seq = 0
        self._tell(run_frame(run))

    def add(self, seq: int, line: bytes) -> None:
        """An event of the run, as its line of JSON."""
        self._lines.append(line)
        self._size_bytes += len(line)
        self._last_seq = seq
        while len(self._lines) > MAX_EVENTS or (self._size_bytes > MAX_BYTES and len(self._lines) > 1):
            self._size_bytes -= len(self._lines.popleft())
        for listener in self._listeners:
            listener.wake()

    def run_changed(self, run: RunInfo) -> None:
        """A run has ended, or has another name."""
        if self._run is not None and self._run.id == run.id:
            self._run = run
        self._tell(run_frame(run))

    def run_deleted(self, run_id: str) -> None:
        """What was recorded of a run is gone."""
        self._tell({"type": "run-deleted", "runId": run_id})

    def announce_scenario(
        self, scenario_id: str, *, version: int | None, has_draft: bool, draft_client: str | None
    ) -> None:
        """Somebody has saved, edited or deleted a scenario; `version` is None once it is gone."""
        self._tell(
            {
                "type": "scenarios",
                "scenarioId": scenario_id,
                "version": version,
                "hasDraft": has_draft,
                "draftClient": draft_client,
            }
        )

    def listen(self, run_id: str = "", after: int = 0) -> Listener:
        """A new listener, which has the events of this run up to `after`. Close it at its end."""
        listener = Listener(self, run_id, after)
        self._listeners.add(listener)
        return listener

    def close(self) -> None:
        """End every listener."""
        self.is_closed = True
        for listener in self._listeners:
            listener.wake()

    def forget(self, listener: Listener) -> None:
        """The listener has gone."""
        self.watch(listener, is_wanted=False)
        self._listeners.discard(listener)

    def watch(self, listener: Listener, *, is_wanted: bool) -> None:
        """Tell this listener from now on how loud calls are, or no more."""
        if is_wanted:
            self._watchers.add(listener)
            self._watched.set()
            listener.tell_levels(self._levels)
        else:
            self._watchers.discard(listener)
        if not self._watchers:
            self._watched.clear()
            self._levels = ""

    @property
    def is_watched(self) -> bool:
        """Whether anybody wants to see how loud calls are."""
        return self._watched.is_set()

    async def until_watched(self) -> None:
        """Return once somebody does."""
        await self._watched.wait()

    def tell_levels(self, streams: list[Frame]) -> None:
        """Tell those who watch; what has not changed is not told again."""
        run_id = "" if self._run is None else self._run.id
        levels = json.dumps({"type": "levels", "runId": run_id, "streams": streams})
        if levels == self._levels:
            return
        self._levels = levels
        for listener in self._watchers:
            listener.tell_levels(levels)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    @property
    def run(self) -> RunInfo | None:
        """The newest run as it stands."""
        return replace(self._run, last_seq=self._last_seq) if self._run is not None else None

    @property
    def last_seq(self) -> int:
        """The number of its last event so far."""
        return self._last_seq

    def lines_after(self, seq: int) -> list[bytes] | None:
        """Up to a frame's worth of events after this one; None where they are no longer here."""
        first = self._last_seq - len(self._lines)
        if seq < first:
            return None
        lines: list[bytes] = []
        size_bytes = 0
        for line in islice(self._lines, seq - first, seq - first + MAX_PER_FRAME):
            lines.append(line)
            size_bytes += len(line)
            if size_bytes > MAX_FRAME_BYTES:
                break
        return lines

    def _tell(self, notice: Frame) -> None:
        for listener in self._listeners:
            listener.notify(notice)


class Listener:
    """One client's way through the events."""

    def __init__(self, hub: EventHub, run_id: str, after: int) -> None:
        self._hub = hub
        self._run_id = run_id
        self._seq = after
        self._notices: deque[tuple[int, Frame]] = deque()
        """Each with the number of the event that it follows."""
        self._levels = ""
        """The newest frame of levels, where it has not been sent; older ones are of no use."""
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """There may be something new."""
        self._changed.set()

    def notify(self, notice: Frame) -> None:
        """Keep a notice for the client. Of too many the oldest goes: the client asks for lists anyway."""
        if len(self._notices) >= MAX_NOTICES:
            self._notices.popleft()
        self._notices.append((self._hub.last_seq, notice))
        self._changed.set()

    def tell_levels(self, frame: str) -> None:
        """Send this frame in place of one that still waits."""
        self._levels = frame
        self._changed.set()

    def close(self) -> None:
        """The client has gone."""
        self._hub.forget(self)

    async def frames(self) -> AsyncIterator[str]:
        """What to send, frame by frame, until the hub is closed. Take the next one when the last one is sent."""
        yield self._first()
        while True:
            self._changed.clear()
            for frame in self._due():
                yield frame
                await asyncio.sleep(0)  # a client that is quick leaves room for others
            levels, self._levels = self._levels, ""
            if levels:
                yield levels
            if self._hub.is_closed:
                return
            await self._changed.wait()
            await asyncio.sleep(BATCH_S)

    def _first(self) -> str:
        run = self._hub.run
        if run is None:
            return json.dumps({"type": "idle"})
        is_followed = run.id == self._run_id
        if is_followed and self._seq <= run.last_seq and self._hub.lines_after(self._seq) is not None:
            return json.dumps(run_frame(run))
        if run.ended_at is not None and not is_followed:
            self._follow(run)
            return json.dumps({"type": "idle"})
        return self._snapshot(run)

    def _due(self) -> Iterator[str]:
        """What has come so far; notices in their place among the events of their run."""
        while True:
            yield from self._events()
            run = self._hub.run
            if not self._notices:
                if run is not None and run.id != self._run_id:  # the notice of its beginning was one too many
                    yield self._snapshot(run)
                return
            follows, notice = self._notices[0]
            if run is not None and run.id == self._run_id and follows > self._seq:
                return
            self._notices.popleft()
            yield json.dumps(notice)
            if run is not None and notice["type"] == "run" and notice["run"]["id"] == run.id != self._run_id:
                self._run_id, self._seq = run.id, 0

    def _events(self) -> Iterator[str]:
        """The events there are now of the run that the client follows, frame by frame."""
        goal = self._hub.last_seq
        while (run := self._hub.run) is not None and run.id == self._run_id and self._seq < goal:
            lines = self._hub.lines_after(self._seq)
            if lines is None:
                yield self._snapshot(run)
                return
            self._seq += len(lines)
            yield events_frame(run.id, lines)

    def _snapshot(self, run: RunInfo) -> str:
        self._follow(run)
        return json.dumps({"type": "snapshot", "run": run_json(run), "seq": self._seq})

    def _follow(self, run: RunInfo) -> None:
        self._run_id, self._seq = run.id, self._hub.last_seq


def run_json(run: RunInfo) -> Frame:
    """A run as the API shows it."""
    return {to_camel(name): value for name, value in asdict(run).items()}


def run_frame(run: RunInfo) -> Frame:
    """The news of a run."""
    return {"type": "run", "run": run_json(run)}


def events_frame(run_id: str, lines: list[bytes]) -> str:
    """A frame of events from their lines, which are JSON already."""
    events = b",".join(line.rstrip(b"\n") for line in lines).decode()
    return f'{{"type":"events","runId":{json.dumps(run_id)},"events":[{events}]}}'
