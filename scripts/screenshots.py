"""Take pictures of the running product, in a real browser; started by `scripts/screenshots`."""

from __future__ import annotations

import argparse
import json
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from sipflow.scenario.document import read_json
from tests.journeys.app import App
from tests.journeys.conftest import CHROMIUM_OPTIONS
from tests.peers import find_peer

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LOCALES = {"en": "en-GB", "ko": "ko-KR"}
SIZES = ((1280, 800), (1920, 1080))
IN_DOCS = ("templates", "editor", "run", "message", "failure", "problems")
"""The screens that the documentation shows."""

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is taken."""

    language: str
    theme: Theme
    size: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.size[0]}x{self.size[1]}"


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of the editor, and the server behind it."""

    page: Page
    app: App
    language: str

    def open(self, name: str, document: dict[str, Any], **settings: object) -> None:
        """Store a scenario and open it, with what a person has chosen about the panels."""
        project = self.app.get("api/projects")[0]["id"]
        stored = self.app.ask("POST", f"api/projects/{project}/scenarios", {"name": name, "flowData": document})
        chosen = {"state": {"language": self.language, **settings}, "version": 1}
        self.page.evaluate("text => localStorage.setItem('sipflow.settings', text)", json.dumps(chosen))
        self.page.goto("about:blank")
        self.page.goto(f"{self.app.url}#scenario={stored['id']}")
        expect(self.steps.first).to_be_visible()

    def run(self) -> None:
        """Run what is open, to its end, with all its arrows on the screen."""
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator("[data-run-state=running]")).to_have_count(0)
        expect(self.arrows.first).to_be_visible()
        while not (runs := self.app.get("api/runs")) or runs[0]["endedAt"] is None:
            self.page.wait_for_timeout(100)

    def scroll_up(self) -> None:
        """Show the ladder from its first message on, which no header covers."""
        self.page.locator("[data-ladder]").evaluate("list => { list.parentElement.parentElement.scrollTop = 0; }")
        expect(self.page.locator("[data-kind=arrow][aria-posinset='1']")).to_be_visible()

    @property
    def steps(self) -> Any:
        """The nodes on the canvas."""
        return self.page.locator(".react-flow__node-step")

    @property
    def arrows(self) -> Any:
        """The messages in the ladder."""
        return self.page.locator("[data-kind=arrow]")


def example(name: str, **changes: dict[str, object]) -> dict[str, Any]:
    """An example with other settings for some of its nodes, by id."""
    document = read_json((ROOT / "examples" / f"{name}.json").read_bytes())
    for node in document["nodes"]:
        node["data"] |= changes.get(node["id"].replace("-", "_"), {})
    return document


def templates(desk: Desk) -> None:
    """What a first start shows."""
    expect(desk.page.get_by_role("dialog").get_by_role("listitem").nth(5)).to_be_visible()
    desk.page.evaluate("document.activeElement.blur()")  # its hint would cover the picture


def editor(desk: Desk) -> None:
    """A scenario with a branch, and the settings of a node."""
    desk.open("Busy", example("busy-with-failure-branch"), isConsoleOpen=False)
    desk.steps.nth(1).click()


def run(desk: Desk) -> None:
    """A run that has passed, from its first message on."""
    desk.open("Two-party call", example("two-party-call"), sidebar=None, isPropertiesOpen=False)
    desk.run()
    desk.scroll_up()


def message(desk: Desk) -> None:
    """A message of the ladder in full."""
    run(desk)
    desk.arrows.first.click()


def failure(desk: Desk) -> None:
    """A run that has failed, and why."""
    document = example("two-party-call", alice_call={"timeout": 600}, bob_wait={"timeout": 3000})
    desk.open("Nobody answers in time", document, sidebar=None, isPropertiesOpen=False)
    desk.run()
    desk.scroll_up()


def problems(desk: Desk) -> None:
    """What is wrong in a scenario."""
    document = example(
        "two-party-call",
        alice_call={"targetUri": "1005", "timeout": "soon"},
        bob_incoming={"number": "1001"},
        bob_answer={"callId": "other"},
    )
    desk.open("Not yet right", document, consoleTab="problems")
    expect(desk.page.get_by_role("tabpanel").get_by_role("button").first).to_be_visible()
    desk.steps.nth(1).click()


def history(desk: Desk) -> None:
    """The runs that were kept."""
    for name in ("two-party-call", "early-media", "busy-with-failure-branch"):
        desk.open(name, example(name), sidebar="history")
        desk.run()


def commands(desk: Desk) -> None:
    """Every command, to be found by its name."""
    desk.open("Two-party call", example("two-party-call"))
    desk.page.keyboard.press("Control+k")
    expect(desk.page.get_by_role("dialog")).to_be_visible()


SCREENS: tuple[Callable[[Desk], None], ...] = (
    templates, editor, run, message, failure, problems, history, commands
)  # fmt: skip


@contextmanager
def opened(browser: Browser, look: Look, python: str) -> Iterator[Desk]:
    """Start a server that nobody has used, and open its page with this look."""
    context = browser.new_context(
        viewport={"width": look.size[0], "height": look.size[1]},
        locale=LOCALES[look.language],
        color_scheme=look.theme,
        reduced_motion="reduce",
    )
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
        found.close()
        data = Path(folder) / "data"
        data.mkdir()
        app = App(data, port, python)
        try:
            page = context.new_page()
            page.goto(app.start())
            yield Desk(page, app, look.language)
        finally:
            context.close()
            app.close()


def take(browser: Browser, look: Look, python: str, names: Callable[[str], Path | None]) -> None:
    """Take the pictures of all screens that `names` has a file for."""
    for screen in SCREENS:
        path = names(screen.__name__)
        if path is None:
            continue
        with opened(browser, look, python) as desk:
            screen(desk)
            desk.page.mouse.move(0, 0)
            desk.page.evaluate("document.fonts.ready")
            path.parent.mkdir(parents=True, exist_ok=True)
            desk.page.screenshot(path=path, animations="disabled", caret="hide")
        print(path, f"{path.stat().st_size // 1024} KiB")


def main() -> None:
    """Take the pictures of the documentation, or all of them into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where all screens go, in every look")
    parser.add_argument("--python", default=sys.executable, help="the Python whose SIPFLOW is shown")
    parser.add_argument("--only", nargs="*", help="names of screens", metavar="SCREEN")
    chosen = parser.parse_args()
    folder: Path | None = chosen.folder

    def names(look: Look) -> Callable[[str], Path | None]:
        def path_of(screen: str) -> Path | None:
            if chosen.only and screen not in chosen.only:
                return None
            if folder is not None:
                return folder / str(look) / f"{screen}.png"
            return IMAGES / f"{screen}.{look.language}.png" if screen in IN_DOCS else None

        return path_of

    themes: tuple[Theme, ...] = ("light", "dark")
    every = [Look(*look) for look in product(LOCALES, themes, SIZES)]
    looks = every if folder is not None else [Look(language, "light", SIZES[0]) for language in LOCALES]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_peer("chromium"), args=CHROMIUM_OPTIONS)
        for look in looks:
            take(browser, look, chosen.python, names(look))
        browser.close()


if __name__ == "__main__":
    main()
