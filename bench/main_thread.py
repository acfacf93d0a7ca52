"""What a page's main thread does, read from Chromium's own trace."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from playwright.sync_api import Browser, Page

CATEGORIES = ("devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata")
TASK_NAME = "RunTask"
FRAME_NAME = "Commit"
"""Every frame that the main thread makes ends with this step, and no other work has it: hit tests prepare paint too."""


class Task(NamedTuple):
    """A task of the main thread, in milliseconds."""

    start: float
    length: float
    work: float
    """What it took of a processor: not how long it waited for one that others used."""


@dataclass(slots=True)
class MainThread:
    """The tasks and frames of a stretch of time; milliseconds from any beginning. Filled when the stretch is over."""

    tasks: list[Task] = field(default_factory=list)
    """Every task, in order."""
    frames: list[float] = field(default_factory=list)
    """When each frame was handed over by the main thread."""

    @property
    def longest_task_ms(self) -> float:
        return max((task.work for task in self.tasks), default=0.0)

    def work_per_frame(self) -> list[float]:
        """How long the thread was busy from one frame to the next, in milliseconds."""
        starts = [task.start for task in self.tasks]
        work = []
        for begin, end in pairwise(self.frames):
            first = max(bisect_right(starts, begin) - 1, 0)
            last = bisect_right(starts, end)
            work.append(sum(_work_within(task, begin, end) for task in self.tasks[first:last]))
        return work


def _work_within(task: Task, begin: float, end: float) -> float:
    """The part of a task's work that falls into this span; it is taken to be spread evenly."""
    overlap = min(task.start + task.length, end) - max(task.start, begin)
    return task.work * overlap / task.length if overlap > 0 else 0.0


@contextmanager
def traced(browser: Browser, page: Page) -> Iterator[MainThread]:
    """Trace the page while the block runs."""
    seen = MainThread()
    browser.start_tracing(page=page, categories=list(CATEGORIES))
    try:
        yield seen
    finally:
        trace = json.loads(browser.stop_tracing())
    events = trace["traceEvents"]
    thread = _renderer_main(events)
    for event in events:
        if (event.get("pid"), event.get("tid")) != thread:
            continue
        if event["name"] == TASK_NAME and event.get("ph") == "X":
            length = event.get("dur", 0)
            seen.tasks.append(Task(event["ts"] / 1000, length / 1000, event.get("tdur", length) / 1000))
        elif event["name"] == FRAME_NAME:
            seen.frames.append(event["ts"] / 1000)
    seen.tasks.sort()
    seen.frames.sort()


def _renderer_main(events: Sequence[dict[str, object]]) -> tuple[object, object]:
    """The busiest main thread of a renderer: the page's. An idle spare renderer has one too."""
    mains = {
        (event.get("pid"), event.get("tid"))
        for event in events
        if event["name"] == "thread_name" and event.get("args") == {"name": "CrRendererMain"}
    }
    if not mains:
        raise RuntimeError("the trace names no CrRendererMain thread")
    count = dict.fromkeys(mains, 0)
    for event in events:
        key = (event.get("pid"), event.get("tid"))
        if key in count:
            count[key] += 1
    return max(count, key=count.__getitem__)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
