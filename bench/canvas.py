"""`python -m bench.canvas`: what a large scenario costs the editor's main thread.

Opens a scenario of 500 nodes and 600 wires in Chromium and says how long that took, and how much work each frame
needed while nodes were dragged, the canvas was panned and zoomed, and a run went through all of it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.main_thread import MainThread, percentile, traced
from bench.monitor import BROWSER_OPTIONS, Feeder, serving
from bench.stream import events
from sipflow.base.clock import SystemClock

LANES: Final = 20
STEPS: Final = 24
"""Of each lane, besides its instance: 500 nodes in all."""
FAILURE_WIRES: Final = 6
"""Of each lane, besides the 24 of success: 600 wires in all."""
FRAME_MS: Final = 16.0
"""The most that a frame may cost at 60 frames a second."""
OPENING_MS: Final = 1_500.0
TASK_MS: Final = 50.0
"""Longer than this while a run goes on and a person feels it."""
EVENTS_PER_S: Final = 2_000
BUSY_S: Final = 4
MOVES: Final = 150
NODE: Final = ".react-flow__node"


def document() -> dict[str, Any]:
    """Lanes of waits side by side; now and then the failure branch skips a step."""
    nodes: list[dict[str, Any]] = []
    wires: list[dict[str, Any]] = []
    for lane in range(LANES):
        names = [f"i{lane}"] + [f"i{lane}-{step}" for step in range(STEPS)]
        for row, name in enumerate(names):
            kind = "event" if row else "sipInstance"
            data: dict[str, Any] = {"dn": str(1001 + lane)}
            if row:
                data = {"event": "TIMEOUT", "timeout": 40, "sipInstanceId": names[0], "label": f"Wait {lane}.{row}"}
            place = {"x": lane * 260, "y": row * 120}
            nodes.append({"id": name, "type": kind, "position": place, "data": data})
            if row:
                wires.append(_wire(names[row - 1], name, "success"))
        wires += (_wire(names[3 * at], names[3 * at + 2], "failure") for at in range(1, FAILURE_WIRES + 1))
    return {"nodes": nodes, "edges": wires}


def _wire(source: str, target: str, branch: str) -> dict[str, Any]:
    name = f"{source}-{branch}"
    return {"id": name, "source": source, "target": target, "sourceHandle": branch, "data": {"branchType": branch}}


def create(feeder: Feeder) -> Feeder:
    """Store the scenario; returns what makes up a run of it."""
    stored = feeder.portal.call(_store, feeder)
    return replace(feeder, scenario_id=stored, stream=events(stored, SystemClock().wall_ms, STEPS))


async def _store(feeder: Feeder) -> str:
    [project] = await feeder.parts.repository.list_projects()
    return (await feeder.parts.repository.create_scenario(project.id, "500 nodes", document())).id


def opened(page: Page, url: str, scenario: str) -> float:
    """Load the page with the scenario; returns the milliseconds until its first whole picture."""
    page.goto(f"{url}#scenario={scenario}", wait_until="commit")
    drawn = page.wait_for_function(
        f"() => document.querySelectorAll('{NODE}').length > 0 && document.querySelector('.react-flow__edge') !== null"
        " && performance.now()",
        polling="raf",
    )
    return float(drawn.json_value())


def work(browser: Browser, page: Page, act: Callable[[], None]) -> MainThread:
    """Trace what the main thread does while this goes on."""
    page.wait_for_timeout(600)
    with traced(browser, page) as seen:
        act()
    return seen


def dragged(page: Page, node: str) -> Callable[[], None]:
    """Take this node and lead it about."""

    def act() -> None:
        box = page.locator(f'{NODE}[data-id="{node}"]').bounding_box()
        assert box is not None, f"{node} is not to be seen"
        _lead(page, box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)

    return act


def panned(page: Page) -> Callable[[], None]:
    """Take the canvas where nothing stands and lead it about."""

    def act() -> None:
        box = page.locator(".react-flow__pane").bounding_box()
        assert box is not None
        _lead(page, box["x"] + 12, box["y"] + 12)

    return act


def _lead(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, MOVES + 1):
        turn = step if step < MOVES / 2 else MOVES - step
        page.mouse.move(x + 2.3 * turn, y + 1.1 * turn)
        page.wait_for_timeout(10)
    page.mouse.up()


def zoomed(page: Page) -> Callable[[], None]:
    """Turn the wheel in and out over the middle."""

    def act() -> None:
        box = page.locator(".react-flow__pane").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for step in range(60):
            page.mouse.wheel(0, -40 if step < 30 else 40)
            page.wait_for_timeout(16)

    return act


def run_through(page: Page) -> Callable[[], None]:
    """Run the scenario to its end."""

    def act() -> None:
        page.keyboard.press("Control+Enter")
        page.locator("header [data-result=running]").wait_for()
        page.locator("header [data-result=completed]").wait_for(timeout=60_000)

    return act


def run_busily(page: Page, feeder: Feeder) -> Callable[[], None]:
    """Show a run that makes very many events."""

    def act() -> None:
        feeder.feed(EVENTS_PER_S * BUSY_S, EVENTS_PER_S)
        page.wait_for_timeout(500)

    return act


def measure(feeder: Feeder) -> dict[str, float]:
    """All figures, in milliseconds, printed as they come."""
    figures: dict[str, float] = {}
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_OPTIONS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        with traced(browser, page) as seen:
            figures["opening"] = opened(page, feeder.url, feeder.scenario_id)
            page.wait_for_timeout(1_000)
        figures["opening: work"] = sum(task.work for task in seen.tasks)
        _print(figures)

        def note(name: str, act: Callable[[], None]) -> None:
            seen = work(browser, page, act)
            frames = seen.work_per_frame()
            found = {
                f"{name}: p50": percentile(frames, 0.5),
                f"{name}: p95": percentile(frames, 0.95),
                f"{name}: longest task": seen.longest_task_ms,
                f"{name}: frames": len(frames),
            }
            _print(found)
            figures.update(found)

        middle = f"i{LANES // 2}-{STEPS // 2}"
        page.locator("[data-scope=canvas]").focus()
        page.keyboard.press("f")
        page.wait_for_timeout(1_000)
        note("dragging, all in sight", dragged(page, middle))
        note("panning, all in sight", panned(page))
        note("zooming", zoomed(page))
        page.locator(f'{NODE}[data-id="{middle}"]').click()
        page.keyboard.press("0")
        page.wait_for_timeout(400)
        note("dragging at 100 %", dragged(page, middle))
        note("panning at 100 %", panned(page))
        page.keyboard.press("f")
        note("running, all in sight", run_through(page))
        feeder.portal.call(feeder.parts.desk.load_scenario, feeder.scenario_id)
        feeder.feed(EVENTS_PER_S, EVENTS_PER_S)  # warm: what is compiled once is no part of the steady state
        note(f"{EVENTS_PER_S} events/s, all in sight", run_busily(page, feeder))
        browser.close()
    return figures


def _print(figures: dict[str, float]) -> None:
    for name, value in figures.items():
        unit = "" if name.endswith("frames") else " ms"
        print(f"{name:<36}{value:8.1f}{unit}", flush=True)


def missed(figures: dict[str, float]) -> list[str]:
    """The figures that do not hold their bar."""
    bars = {": p95": FRAME_MS, ": longest task": TASK_MS}
    held = ("dragging", "panning"), ("running", f"{EVENTS_PER_S} events")
    names = []
    for name, value in figures.items():
        for (end, bar), what in zip(bars.items(), held, strict=True):
            if name.startswith(what) and name.endswith(end) and value >= bar:
                names.append(name)
    return names + (["opening"] if figures["opening"] >= OPENING_MS else [])


def main() -> int:
    """Measure, print, and say by the exit code whether the bars were held."""
    parser = argparse.ArgumentParser(prog="python -m bench.canvas", description=__doc__)
    parser.add_argument("--static", type=Path, help="another built editor than that of the package")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), options.static) as feeder:
        names = missed(measure(create(feeder)))
    print(f"not held: {', '.join(names)}" if names else "every bar is held")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
