"""`python -m bench.monitor`: what a busy run costs the page that shows it, measured in Chromium.

A server of its own is fed made-up events, as a run would give them: first at a steady rate, then as many as a long
log has. Where the aims are missed, the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, Page, sync_playwright

from bench.main_thread import percentile, traced
from bench.stream import document, events
from sipflow.base.clock import SystemClock
from sipflow.base.events import RunEvent
from sipflow.server.app import create_app, open_parts
from sipflow.server.parts import Parts, ServerSettings
from sipflow.server.serving import Server, listen

LONGEST_TASK_MS = 50.0
"""Longer than this and a person feels it."""
FRAME_WORK_MS = 16.0
"""One frame at 60 Hz."""
SCROLL_S = 5.0
MIN_FRAMES = 30
"""Fewer say nothing: the machine has other things to do."""
TICK_S = 0.02
BURST = 500
START_LIMIT_S = 20
DRAWN_LIMIT_MS = 120_000
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement beside its aim."""

    what: str
    ms: float
    aim_ms: float

    @property
    def is_met(self) -> bool:
        return self.ms <= self.aim_ms

    def __str__(self) -> str:
        return f"{self.what:<58} {self.ms:7.1f} ms  (aim {self.aim_ms:g}) {'' if self.is_met else ' MISSED'}"


@dataclass(frozen=True, slots=True)
class Feeder:
    """Makes up a run in the server's own thread."""

    portal: BlockingPortal
    parts: Parts
    url: str
    scenario_id: str
    stream: Iterator[RunEvent]

    def feed(self, count: int, rate: float | None = None) -> None:
        """Send so many events, at so many a second, or as fast as they can be kept."""
        self.portal.call(self._feed, count, rate)

    async def _feed(self, count: int, rate: float | None) -> None:
        began, sent = time.monotonic(), 0
        while sent < count:
            due = sent + BURST if rate is None else int((time.monotonic() - began) * rate)
            for _ in range(min(due, count) - sent):
                self.parts.desk.emit(next(self.stream))
                sent += 1
            await asyncio.sleep(TICK_S)


@contextmanager
def serving(folder: Path, static_folder: Path | None) -> Iterator[Feeder]:
    """A server with one scenario, whose run is made up."""
    is_up = threading.Event()
    listening = listen("127.0.0.1", 0, may_move=False)
    token, port = "token of the bench, long enough", listening.getsockname()[1]
    settings = ServerSettings(data_folder=folder, token=token, port=port)
    if static_folder is not None:
        settings = ServerSettings(data_folder=folder, token=token, port=port, static_folder=static_folder)
    with (
        listening,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_parts(settings)) as parts,
    ):
        server = Server(create_app(parts), is_up.set)
        ended = portal.start_task_soon(partial(server.serve, sockets=[listening]))
        if not is_up.wait(START_LIMIT_S):
            raise TimeoutError("the server does not start")
        try:
            scenario_id = portal.call(_store, parts)
            portal.call(parts.desk.load_scenario, scenario_id)
            url = f"http://127.0.0.1:{port}/?token={token.replace(' ', '%20')}"
            yield Feeder(portal, parts, url, scenario_id, events(scenario_id, SystemClock().wall_ms))
        finally:
            server.should_exit = True
            ended.result(START_LIMIT_S)


async def _store(parts: Parts) -> str:
    [project] = await parts.repository.list_projects()
    stored = await parts.repository.create_scenario(project.id, "Busy", document())
    return stored.id


def measure(browser: Browser, feeder: Feeder, *, rate: float, seconds: float, lines: int) -> Iterator[Result]:
    """The run as it comes in on every tab of the console; then a long log and a long ladder as they are scrolled."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(feeder.url)
    page.locator(".react-flow__node").first.wait_for()
    feeder.feed(100)
    for tab in ("Ladder", "Log"):
        page.get_by_role("tab", name=tab).click()
        feeder.feed(int(rate), rate)  # warm: what is compiled once is no part of the steady state
        with traced(browser, page) as seen:
            feeder.feed(int(rate * seconds), rate)
        yield Result(f"longest task, {tab}, {rate:g} events/s", seen.longest_task_ms, LONGEST_TASK_MS)
    feeder.feed(max(lines - feeder.parts.hub.last_seq, 0))
    _wait_drawn(page, feeder.parts.hub.last_seq)
    yield from _scroll(browser, page, f"{feeder.parts.hub.last_seq:,} lines")
    page.get_by_role("tab", name="Ladder").click()
    yield from _scroll(browser, page, f"a ladder of {_rows(page):,} rows")
    page.close()


def _rows(page: Page) -> int:
    """How many rows the list in sight says it has."""
    row = page.locator("[role=option]").first
    row.wait_for()
    return int(row.get_attribute("aria-setsize") or 0)


def _wait_drawn(page: Page, rows: int) -> None:
    """Until the list in sight says that it has so many rows, or more."""
    page.wait_for_function(
        "count => Number(document.querySelector('[role=option]')?.ariaSetSize) >= count",
        arg=rows,
        timeout=DRAWN_LIMIT_MS,
    )


def _scroll(browser: Browser, page: Page, what: str) -> list[Result]:
    """Turn the wheel at the list in the console, upwards."""
    box = page.get_by_role("tabpanel").bounding_box()
    if box is None:
        raise RuntimeError("the console is not in sight")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
    page.mouse.wheel(0, -400)
    with traced(browser, page) as seen:
        until = time.monotonic() + SCROLL_S
        while time.monotonic() < until:
            page.mouse.wheel(0, -900)
            page.evaluate("() => new Promise(requestAnimationFrame)")
    work = seen.work_per_frame()
    if len(work) < MIN_FRAMES:
        raise RuntimeError(f"only {len(work)} frames were drawn while scrolling {what}")
    return [
        Result(f"work per frame at p95, scrolling {what}", percentile(work, 0.95), FRAME_WORK_MS),
        Result(f"longest task, scrolling {what}", seen.longest_task_ms, LONGEST_TASK_MS),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.monitor", description=__doc__)
    parser.add_argument("--rate", type=float, default=2_000, help="events a second")
    parser.add_argument("--seconds", type=float, default=6, help="for so long, on each tab")
    parser.add_argument(
        "--lines",
        type=int,
        default=100_000,
        help="of the log that is scrolled; the ladder of the same run has a good third as many",
    )
    parser.add_argument("--static", type=Path, help="another built editor than that of the package")
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("bench: Chromium is missing", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), options.static) as feeder,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER_OPTIONS))
        is_met = True
        for result in measure(browser, feeder, rate=options.rate, seconds=options.seconds, lines=options.lines):
            print(result, flush=True)
            is_met = is_met and result.is_met
        browser.close()
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
