"""The editor as a person finds it: what stands on the canvas is known by its name, and moved by hand or by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.journeys.app import App

ACTION_LIMIT_MS = 20_000
RUN_LIMIT_MS = 60_000


class Editor:
    """One page of the editor, and the server behind it."""

    def __init__(self, page: Page, app: App, port: int | None = None) -> None:
        """`port` is where the page finds the server, if not at the server's own."""
        self.page = page
        self.app = app
        self._port = port
        self.keyboard = page.keyboard
        page.set_default_timeout(ACTION_LIMIT_MS)

    # What is seen

    def node(self, title: str) -> Locator:
        """The node with this name on the canvas."""
        return self.page.get_by_role("group", name=re.compile(rf"^{re.escape(title)}(,|$)"))

    @property
    def nodes(self) -> Locator:
        """All nodes on the canvas."""
        return self.page.locator(".react-flow__node-step")

    def wire(self, branch: str, source: str, target: str) -> Locator:
        """The wire on "success" or "failure" from one node to another."""
        name = re.escape(f"On {branch} from {source} to {target}")
        return self.page.get_by_role("img", name=re.compile(f"^{name}(:|$)"))

    def way_out(self, title: str, branch: str) -> Locator:
        """The handle at a node from which the wire of this branch is drawn."""
        return self.node(title).get_by_role("img", name=f"On {branch}")

    def way_in(self, title: str) -> Locator:
        """The handle at a node to which wires are drawn."""
        return self.node(title).get_by_role("img", name="Way in")

    @property
    def run_state(self) -> Locator:
        """What the toolbar tells of the run."""
        return self.page.get_by_role("banner").get_by_role("status").last

    @property
    def arrows(self) -> Locator:
        """The messages in the ladder."""
        return self.page.get_by_role("listbox", name="Ladder of messages").locator("[data-kind=arrow]")

    def read_ladder(self) -> set[str]:
        """The names of all messages in the ladder, from its beginning to its end: only what is in sight is drawn."""
        ladder = self.page.get_by_role("listbox", name="Ladder of messages")
        chosen, names = ladder.locator("[aria-selected=true]"), set[str]()
        ladder.press("Home")
        before = None
        while (now := chosen.get_attribute("id")) != before:
            before = now
            names |= set(self.arrows.evaluate_all("all => all.map(one => one.getAttribute('aria-label') ?? '')"))
            ladder.press("ArrowDown")
        return names

    @property
    def log_count(self) -> Locator:
        """How many lines the log has."""
        return self.page.get_by_role("tabpanel", name="Log").get_by_text(re.compile(r"^(\d+ of )?\d+ lines?$"))

    @property
    def picker(self) -> Locator:
        """The list of node types over the canvas."""
        return self.page.locator("[data-scope=canvas] [cmdk-root]")

    @property
    def properties(self) -> Locator:
        """The panel with everything about what is chosen."""
        return self.page.get_by_role("complementary", name="Properties")

    # What is done

    def open_template(self, title: str) -> None:
        """Open a copy of a template from the list that is shown."""
        self.page.get_by_role("dialog").get_by_role("button", name=re.compile(rf"^{re.escape(title)}\b")).click()
        expect(self.page.get_by_role("dialog")).to_be_hidden()
        expect(self.page.get_by_role("banner").get_by_role("button", name=title)).to_be_visible()

    def open_document(self, name: str, document: Mapping[str, Any]) -> str:
        """Store a scenario and open it; returns its id."""
        projects = self.app.get("api/projects")
        body = {"name": name, "flowData": document}
        scenario_id: str = self.app.ask("POST", f"api/projects/{projects[0]['id']}/scenarios", body)["id"]
        self.open_scenario(scenario_id)
        return scenario_id

    def open_scenario(self, scenario_id: str) -> None:
        """Open a stored scenario, as by a link to it."""
        self.page.goto("about:blank")
        url = self.app.url if self._port is None else self.app.url.replace(f":{self.app.port}/", f":{self._port}/")
        self.page.goto(f"{url}#scenario={scenario_id}")
        expect(self.page.get_by_role("banner").get_by_role("button", name="Run", exact=True)).to_be_enabled()

    def open_again(self) -> None:
        """Load the page anew, with the server's address of now."""
        self.open_scenario(self.scenario_id)

    def show_sidebar(self, name: str) -> None:
        """Show a sidebar: Scenarios, Nodes, Outline or Runs."""
        button = self.page.get_by_role("navigation", name="Panels").get_by_role("button", name=name)
        if button.get_attribute("aria-pressed") != "true":
            button.click()

    def show_tab(self, name: str) -> None:
        """Show a tab of the console: Ladder, Log, Problems or Media."""
        self.page.get_by_role("tab", name=re.compile(rf"^{name}\b")).click()

    def run(self) -> None:
        """Press Run."""
        self.page.get_by_role("banner").get_by_role("button", name="Run", exact=True).click()

    def see_result(self, word: str) -> None:
        """Wait until the toolbar tells this result."""
        expect(self.run_state).to_contain_text(word, timeout=RUN_LIMIT_MS)

    def perform(self, command: str) -> None:
        """Do something by the command palette."""
        self.keyboard.press("Control+k")
        palette = self.page.get_by_role("dialog", name="Command palette")
        palette.get_by_role("combobox").fill(command)
        palette.get_by_role("option", name=command).first.click()
        expect(palette).to_be_hidden()

    def add_by_key(self, words: str, title: str) -> None:
        """Add a node by N and a part of its name; it is wired to the node that has the keyboard.

        Where nothing has it, the node comes into the middle of the canvas, which therefore has to be at rest.
        """
        self.keyboard.press("n")
        expect(self.picker).to_be_visible()
        self.keyboard.type(words)
        self.keyboard.press("Enter")
        expect(self.node(title)).to_be_focused()
        box_of(self.node(title))

    def see_whole_run(self) -> None:
        """Find a line in the log for every event of the last run that was recorded."""
        events = self.recorded()
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        self.show_tab("Log")
        expect(self.log_count).to_have_text(f"{len(events)} lines")

    def choose_in_menu(self, item: str) -> None:
        """Choose from the menu that is open."""
        self.page.get_by_role("menuitem", name=item).click()

    def drag(self, source: Locator, target: Locator | tuple[float, float]) -> None:
        """Press the mouse on one thing, move it in steps, and let go on another, or at a place of the screen."""
        box = box_of(source)
        self.page.mouse.move(*middle(box))
        self.page.mouse.down()
        x, y = target if isinstance(target, tuple) else middle(box_of(target))
        self.page.mouse.move(x, y, steps=8)
        self.page.mouse.up()

    # What is kept

    @property
    def scenario_id(self) -> str:
        """The scenario that is open."""
        return unquote(self.page.url.partition("#scenario=")[2])

    def kept(self) -> dict[str, Any]:
        """The document as the server has it, once everything done so far is kept there."""
        safety = self.page.get_by_role("banner").locator("[data-safety]")
        expect(safety).to_have_attribute("data-safety", re.compile("saved|draft"))
        scenario = self.app.get(f"api/scenarios/{self.scenario_id}")
        document: dict[str, Any] = (scenario["draft"] or scenario)["flowData"]
        return document

    def recorded(self) -> list[dict[str, Any]]:
        """The events of the last run, as they were recorded."""
        run = self.app.get("api/runs")[0]
        events: list[dict[str, Any]] = self.app.get(f"api/runs/{run['id']}/events")["events"]
        return events


def box_of(thing: Locator) -> FloatRect:
    """Where something is on the screen, once it moves no more: the canvas glides to what was added."""
    box = None
    for _ in range(200):
        before, box = box, thing.bounding_box()
        if box is not None and box == before:
            return box
        thing.page.wait_for_timeout(50)
    raise AssertionError("it is not on the screen, or does not come to rest")


def middle(box: FloatRect) -> tuple[float, float]:
    """The middle of a box."""
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
