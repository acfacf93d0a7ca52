"""A run as a live ladder on a terminal: arrows go into the scrollback, the newest and a status line stay live."""

from __future__ import annotations

import time
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
from sipflow.report.lanes import ASCII, UNICODE, Lane, Layout
from sipflow.report.names import Names, printable, printable_lines

REFRESH_S: Final = 0.1
"""The status line is drawn anew at most this often."""
STOPPED: Final = "stopped"
"""The error of a node that an abort or a stop has cut off."""
LEVEL_STYLES: Final = {Level.WARNING: "yellow", Level.ERROR: "red", Level.DEBUG: "dim"}


class LiveLadder:
    """Draws the run. The newest arrow stays live, so that its far end and its retransmissions can still be seen."""

    def __init__(self, console: Console, names: Names, *, is_verbose: bool = False) -> None:
        self._console = console
        self._names = names
        self._is_verbose = is_verbose
        self._glyphs = ASCII if console.options.ascii_only else UNICODE
        self._joiner = ArrowJoiner()
        self._strangers: list[str] = []
        self._drawn: tuple[tuple[Lane, ...], int] | None = None
        self._newest: Arrow | None = None
        self._newest_ms = 0
        self._running: dict[str, str] = {}
        self._started_ms: int | None = None
        self._started_at = self._shown_at = 0.0
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False)

    def emit(self, event: RunEvent) -> None:
        if self._started_ms is None:
            self._started_ms = event.timestamp
            self._started_at = time.monotonic()
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
        """Draw the status line anew, where it is due."""
        if self._live.is_started and time.monotonic() - self._shown_at >= REFRESH_S:
            self._shown_at = time.monotonic()
            self._live.update(self._status(), refresh=True)

    def close(self) -> None:
        """Put the last arrow into the scrollback and take the status line away."""
        if self._live.is_started:
            self._settle()
            self._live.stop()

    def _take_message(self, event: SipMessageSeen) -> None:
        arrow, sight = self._joiner.add(event)
        if sight is Sight.JOINED or arrow is self._newest:
            return
        self._settle()
        self._newest, self._newest_ms = arrow, event.timestamp

    def _take_node_state(self, event: NodeStateChanged) -> None:
        name = self._names.node(event.node_id)
        if event.instance_id:
            if event.new_state is NodeState.RUNNING:
                self._running[event.instance_id] = name
            else:
                self._running.pop(event.instance_id, None)
        if event.new_state is NodeState.FAILED and event.error != STOPPED:
            text = f"{self._subject(event)}{name} failed: {printable(event.error or '')}"
            self._print(event.timestamp, Text(text, style="red"))
        elif self._is_verbose:
            self._print(event.timestamp, Text(f"{self._subject(event)}{name} {event.new_state.value}", style="dim"))

    def _said(self, event: RunEvent) -> Text | None:
        match event:
            case ScenarioStarted():
                return Text(f"{printable(event.scenario_id)} started", style="bold")
            case ActionLogged():
                if self._is_verbose or event.level in (Level.WARNING, Level.ERROR):
                    text = f"{self._subject(event)}{printable(event.message)}"
                    return Text(text, style=LEVEL_STYLES.get(event.level, ""))
            case MediaChanged() if self._is_verbose:
                return Text(f"{self._subject(event)}{event.media} {printable(event.detail)}", style="dim")
            case ScenarioCompleted():
                return Text("passed", style="bold green")
            case ScenarioFailed():
                return Text("failed", style="bold red")
            case ScenarioStopped():
                return Text("stopped", style="bold yellow")
        return None

    def _subject(self, event: RunEvent) -> str:
        name = self._names.instance(event.instance_id)
        return f"{name}: " if name else ""

    def _seconds(self, timestamp: int) -> float:
        return (timestamp - (self._started_ms or timestamp)) / 1000

    def _print(self, timestamp: int, line: Text) -> None:
        """Put a line into the scrollback, below every arrow that came before it."""
        self._settle()
        time_column = Text(f"{self._seconds(timestamp):8.3f}  ", style="dim")
        self._live.console.print(Text.assemble(time_column, line), soft_wrap=True)

    def _settle(self) -> None:
        """Put the newest arrow into the scrollback, with a header where the lanes have changed."""
        arrow, self._newest = self._newest, None
        if arrow is None:
            return
        layout = self._layout(arrow)
        lines: list[Text] = []
        self._strangers = [lane.key for lane in layout.lanes if lane.key not in self._names.instances]
        if (layout.lanes, self._console.width) != self._drawn:
            self._drawn = (layout.lanes, self._console.width)
            lines += layout.header()
        lines.append(self._draw(arrow, layout))
        if self._is_verbose:
            lines += [Text(f"{'':10}| {line}", style="dim") for line in printable_lines(arrow.first.raw)]
        self._live.update(self._status(), refresh=True)
        self._live.console.print(Text("\n").join(lines), soft_wrap=True)

    def _layout(self, arrow: Arrow) -> Layout:
        """Lay out the instances, the strangers met so far, and the ends of this arrow."""
        owner = self._joiner.owner
        ends = (*self._strangers, arrow.source, arrow.target)
        keys = dict.fromkeys((*self._names.instances, *(owner(end) for end in ends)))
        lanes = [Lane(key, self._names.instance(key), self._joiner.addresses.get(key, "")) for key in keys]
        return Layout(lanes, self._console.width, self._glyphs)

    def _draw(self, arrow: Arrow, layout: Layout) -> Text:
        event = arrow.first
        note = f" ({printable(event.note)})" if event.note else ""
        times = f" {self._glyphs.times}{arrow.count}" if arrow.count > 1 else ""
        owner = self._joiner.owner
        return layout.arrow(
            self._seconds(self._newest_ms),
            owner(arrow.source),
            owner(arrow.target),
            arrow.label + note + times,
            style_of(event),
        )

    def _status(self) -> Group:
        elapsed = time.monotonic() - self._started_at
        states = [f"{self._names.instance(key)}: {node}" for key, node in self._running.items()]
        status = Text(f"{elapsed:8.1f}  {'   '.join(states)}", style="dim")
        status.truncate(self._console.width - 1, overflow="crop")
        if self._newest is None:
            return Group(status)
        return Group(self._draw(self._newest, self._layout(self._newest)), status)


def style_of(event: SipMessageSeen) -> str:
    """Choose a colour: requests cyan, then by the response's class."""
    if event.status_code is None:
        return "cyan"
    if event.status_code < 200:
        return "yellow"
    return "green" if event.status_code < 300 else "red"
