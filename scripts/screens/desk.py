"""A page of the editor as the pictures of it need it: it is set up, and its words are known in every language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from sipflow.scenario.document import read_json
from tests.journeys.app import App

ROOT = Path(__file__).resolve().parents[2]
LIVE_LIMIT_MS = 20_000
POLL_MS = 100


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of the editor, and the server behind it."""

    page: Page
    app: App
    language: str

    # What is there

    def say(self, key: str, **values: object) -> str:
        """A text of the page in its language, as `workspace:conflict.keepMine`."""
        part, _, path = key.partition(":")
        text: Any = json.loads((ROOT / "web/src/locales" / self.language / f"{part}.json").read_text(encoding="utf-8"))
        for name in path.split("."):
            text = text[name]
        return re.sub(r"\{\{(\w+)\}\}", lambda hole: str(values[hole[1]]), str(text))

    def button(self, key: str, **values: object) -> Locator:
        """A button by its text."""
        return self.page.get_by_role("button", name=self.say(key, **values), exact=True)

    @property
    def steps(self) -> Locator:
        """The nodes on the canvas."""
        return self.page.locator(".react-flow__node-step")

    def step(self, node_id: str) -> Locator:
        """A node on the canvas by its id."""
        return self.page.locator(f".react-flow__node[data-id='{node_id}']")

    @property
    def arrows(self) -> Locator:
        """The messages in the ladder."""
        return self.page.locator("[data-kind=arrow]")

    # What is done

    def open(self, name: str, document: dict[str, Any], **settings: object) -> str:
        """Store a scenario and open it, with what a person has chosen about the panels; returns its id."""
        project = self.app.get("api/projects")[0]["id"]
        stored: str = self.app.ask("POST", f"api/projects/{project}/scenarios", {"name": name, "flowData": document})[
            "id"
        ]
        self.choose(**settings)
        self.visit(stored)
        expect(self.page.locator("[data-safety]")).to_be_visible()
        if document["nodes"]:
            expect(self.page.locator(".react-flow__node").first).to_be_visible()
        return stored

    def choose(self, **settings: object) -> None:
        """Let the page begin with these settings."""
        chosen = {"state": {"language": self.language, **settings}, "version": 1}
        self.page.evaluate("text => localStorage.setItem('sipflow.settings', text)", json.dumps(chosen))

    def visit(self, scenario_id: str) -> None:
        """Load the page anew with a scenario."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.app.url}#scenario={scenario_id}")

    def run(self) -> None:
        """Run what is open, to its end."""
        before = len(self.app.get("api/runs"))
        self.page.keyboard.press("Control+Enter")
        while len(runs := self.app.get("api/runs")) == before or runs[0]["endedAt"] is None:
            self.page.wait_for_timeout(POLL_MS)
        self.wait_for(self.button("shell:action.run.start"))

    def show_tab(self, name: str) -> None:
        """Show a tab of the console."""
        self.page.get_by_role("tab", name=re.compile(rf"^{re.escape(self.say(f'shell:tab.{name}'))}\b")).click()

    def scroll_up(self) -> None:
        """Show the ladder from its first message on, which no header covers."""
        self.page.locator("[data-ladder]").evaluate("list => { list.parentElement.parentElement.scrollTop = 0; }")
        expect(self.page.locator("[data-kind=arrow][aria-posinset='1']")).to_be_visible()

    def perform(self, key: str) -> None:
        """Do something by the command palette."""
        self.page.keyboard.press("Control+k")
        palette = self.page.get_by_role("dialog", name=self.say("shell:commandPalette"))
        palette.get_by_role("combobox").fill(self.say(key))
        palette.get_by_role("option", name=self.say(key)).first.click()
        expect(palette).to_be_hidden()

    def wait_for(self, *what: Locator) -> None:
        """Wait until all of this is in sight."""
        for each in what:
            expect(each).to_be_visible(timeout=LIVE_LIMIT_MS)


Screen = Callable[[Desk], None]
"""Brings a page of nobody's use so far to what is to be seen."""


def example(name: str, **changes: dict[str, object]) -> dict[str, Any]:
    """An example with other settings for some of its nodes, by id."""
    document = read_json((ROOT / "examples" / f"{name}.json").read_bytes())
    for node in document["nodes"]:
        node["data"] |= changes.get(node["id"].replace("-", "_"), {})
    return document
