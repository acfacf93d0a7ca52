"""A run as a live ladder on a terminal: arrows go into the scrollback, the last ones and a status line stay live."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

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
from sipflow.report.arrows import Arrow, ArrowJoiner, Sight
from sipflow.report.failure import STOPPED
from sipflow.report.lanes import ASCII, MARGIN, UNICODE, Lane, Layout
from sipflow.report.names import Names, printable, printable_lines, told_media

REFRESH_S: Final = 0.1
"""What is live is drawn anew at most this often."""
SETTLE_S: Final = 0.15
"""How long an arrow stays live at least: its far end may not have shown itself yet."""
MAX_LIVE: Final = 16
LEVEL_STYLES: Final = {Level.WARNING: "yellow", Level.ERROR: "red", Level.DEBUG: "dim"}


@dataclass(slots=True)
class Step:
    """One arrow as it is drawn: a message, or the retransmission of an earlier one."""

    arrow: Arrow
    timestamp: int
    came_at: float
    count: int


class LiveLadder:
    """Draws the run. The newest arrow stays live, so that its retransmissions can be folded into it.

    `now` gives monotonic seconds.
    """

    def __init__(
        self, console: Console, names: Names, *, is_verbose: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._names = names
        self._is_verbose = is_verbose
        self._glyphs = ASCII if console.options.ascii_only else UNICODE
        self._joiner = ArrowJoiner()
        self._now = now
        self._strangers: list[str] = []
        self._told: tuple[Lane, ...] = ()
        self._told_width = 0
        self._steps: deque[Step] = deque()
        self._running: dict[str, str] = {}
        self._started_ms: int | None = None
        self._started_at = self._shown_at = 0.0
        # What others write to stderr, such as what shows the cursor again at an end in a hurry, must reach it as it is.
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )

    def emit(self, event: RunEvent) -> None:
        if self._started_ms is None:
            self._started_ms = event.timestamp
            self._started_at = self._now()
            self._live.start()
        if isinstance(event, SipMessageSeen):
            self._take_message(event)
        elif isinstance(event, NodeStateChanged):
            self._take_node_state(event)
        elif line := self._said(event):
            self._print(event.timestamp, line)
        if event.is_terminal:
            self.close()
        else:
            self.tick()

    def tick(self) -> None:
        """Draw what is live anew, where that is due, and settle what is old enough."""
        now = self._now()
        if not self._live.is_started or now - self._shown_at < REFRESH_S:
            return
        self._shown_at = now
        due = [step for step in self._steps if now - step.came_at >= SETTLE_S and step is not self._steps[-1]]
        if due:
            self._settle(len(due))
        else:
            self._live.update(self._alive(), refresh=True)

    def close(self) -> None:
        """Put the last arrows into the scrollback and take the status line away."""
        if self._live.is_started:
            self._settle(len(self._steps))
            self._live.stop()

    def _take_message(self, event: SipMessageSeen) -> None:
        arrow, sight = self._joiner.add(event)
        if sight is Sight.JOINED:
            return
        if self._steps and self._steps[-1].arrow is arrow:
            self._steps[-1].count = arrow.count
            return
        self._steps.append(Step(arrow, event.timestamp, self._now(), arrow.count))
        if len(self._steps) > MAX_LIVE:
            self._settle(MAX_LIVE // 2)

    def _take_node_state(self, event: NodeStateChanged) -> None:
        subject, name = self._names.subject(event.instance_id), self._names.node(event.node_id)
        if event.instance_id:
            if event.new_state is NodeState.RUNNING:
                self._running[event.instance_id] = printable(self._names.nodes.get(event.node_id or "", name))
            else:
                self._running.pop(event.instance_id, None)
        if event.new_state is NodeState.FAILED and event.error != STOPPED:
            text = f"{subject}{name} failed: {printable(event.error or '')}"
            self._print(event.timestamp, Text(text, style="red"))
        elif self._is_verbose:
            self._print(event.timestamp, Text(f"{subject}{name} {event.new_state.value}", style="dim"))

    def _said(self, event: RunEvent) -> Text | None:
        subject = self._names.subject(event.instance_id)
        match event:
            case ScenarioStarted():
                return Text(f"{printable(event.scenario_id)} started", style="bold")
            case ActionLogged():
                self._joiner.take_line(event)
                if self._is_verbose or event.level in (Level.WARNING, Level.ERROR):
                    text = f"{subject}{printable(event.message)}"
                    return Text(text, style=LEVEL_STYLES.get(event.level, ""))
            case MediaChanged() if self._is_verbose or event.figures is not None or event.hearing is not None:
                return Text(f"{subject}{told_media(event)}", style="dim")
            case ScenarioCompleted():
                return Text("passed", style="bold green")
            case ScenarioFailed():
                return Text("failed", style="bold red")
            case ScenarioStopped():
                return Text("stopped", style="bold yellow")
        return None

    def _seconds(self, timestamp: int) -> float:
        return (timestamp - (self._started_ms or timestamp)) / 1000

    def _print(self, timestamp: int, line: Text) -> None:
        """Put a line into the scrollback, below every arrow that came before it; a long one is cut between words."""
        time_column = Text(f"{self._seconds(timestamp):8.3f}  ", style="dim")
        first, *more = line.wrap(self._console, max(self._console.width, 40) - 1 - MARGIN)
        indented = [Text.assemble(" " * MARGIN, part) for part in more]
        self._settle(len(self._steps), Text.assemble(time_column, first), *indented)

    def _settle(self, count: int, *after: Text) -> None:
        """Put the oldest live arrows into the scrollback, with a header where lanes have changed, and then `after`."""
        lines: list[Text] = []
        for _ in range(count):
            step = self._steps.popleft()
            layout = self._layout([step])
            self._strangers = [lane.key for lane in layout.lanes if lane.key not in self._names.instances]
            if (layout.lanes, self._console.width) != (self._told, self._told_width):
                lines += layout.header(self._told if self._console.width == self._told_width else ())
                self._told, self._told_width = layout.lanes, self._console.width
            lines.append(self._draw(step, layout))
            if self._is_verbose:
                raw = printable_lines(step.arrow.first.raw)
                lines += [Text(f"{'':10}| {line}", style="dim") for line in raw]
        lines += after
        if lines:
            self._live.update(self._alive(), refresh=True)
            self._live.console.print(Text("\n").join(lines), soft_wrap=True)

    def _layout(self, steps: Iterable[Step]) -> Layout:
        """Lay out the instances, the strangers met so far, and the ends of these steps."""
        owner = self._joiner.owner
        ends = [*self._strangers, *(end for step in steps for end in (step.arrow.source, step.arrow.target))]
        keys = dict.fromkeys((*self._names.instances, *(owner(end) for end in ends)))
        lanes = [Lane(key, self._names.instance(key), self._joiner.addresses.get(key, "")) for key in keys]
        return Layout(lanes, self._console.width, self._glyphs)

    def _draw(self, step: Step, layout: Layout) -> Text:
        event = step.arrow.first
        note = f" ({printable(event.note)})" if event.note else ""
        times = f" {self._glyphs.times}{step.count}" if step.count > 1 else ""
        source, target = self._joiner.owner(step.arrow.source), self._joiner.owner(step.arrow.target)
        label = step.arrow.label + note + times
        return layout.arrow(self._seconds(step.timestamp), source, target, label, style_of(event))

    def _alive(self) -> Group:
        states = [f"{self._names.instance(key)}: {node}" for key, node in self._running.items()]
        status = Text(f"{self._now() - self._started_at:8.1f}  {'   '.join(states)}", style="dim")
        status.truncate(self._console.width - 1, overflow="crop")
        layout = self._layout(self._steps)
        return Group(*(self._draw(step, layout) for step in self._steps), status)


def style_of(event: SipMessageSeen) -> str:
    """Choose a colour: requests cyan, then by the response's class."""
    if event.status_code is None:
        return "cyan"
    if event.status_code < 200:
        return "yellow"
    return "green" if event.status_code < 300 else "red"
