"""The canvas with what stands around it, and the forms of what is chosen on it."""

from __future__ import annotations

from playwright.sync_api import expect

from bench.canvas import document as large
from scripts.screens.desk import Desk, Screen, example

GLIDE_MS = 500
"""The canvas glides to what is to be seen."""


def editor(desk: Desk) -> None:
    """A scenario with a branch, and the settings of a node."""
    desk.open("Busy", example("busy-with-failure-branch"), isConsoleOpen=False)
    desk.steps.nth(1).click()


def empty_canvas(desk: Desk) -> None:
    """A scenario in which nothing stands yet."""
    desk.open("New", {"nodes": [], "edges": []})


def picker(desk: Desk) -> None:
    """The list of what may follow a node."""
    desk.open("Busy", example("busy-with-failure-branch"))
    desk.steps.nth(1).click()
    desk.page.keyboard.press("n")
    desk.wait_for(desk.page.locator("[data-scope=canvas] [cmdk-root]"))


def find(desk: Desk) -> None:
    """The search on the canvas."""
    desk.open("Hold", example("hold-and-retrieve"), isPropertiesOpen=False)
    desk.page.keyboard.press("Control+f")
    desk.page.keyboard.type("bob")


def problems(desk: Desk) -> None:
    """What is wrong in a scenario."""
    document = example(
        "two-party-call",
        alice_call={"targetUri": "1005", "timeout": "soon"},
        bob_incoming={"number": "1001"},
        bob_answer={"callId": "other"},
    )
    desk.open("Not yet right", document, consoleTab="problems")
    desk.wait_for(desk.page.get_by_role("tabpanel").get_by_role("button").first)
    desk.steps.nth(1).click()


def from_afar(desk: Desk) -> None:
    """500 nodes, too small to be read."""
    desk.open("Large", large(), consoleTab="problems", sidebar="outline")
    desk.button("editor:action.fit").click()
    expect(desk.page.locator("canvas.picture")).to_be_visible()
    desk.page.wait_for_timeout(GLIDE_MS)


def many_instances(desk: Desk) -> None:
    """Ten instances side by side."""
    desk.open("Ten instances", example("ten-instances"))


def ways_of_their_own(desk: Desk) -> None:
    """Nodes whose ways out mean something else than success and failure, and a wire that leads back."""
    desk.open("Loop", example("loop-calls"), isConsoleOpen=False)
    desk.page.locator(".react-flow__edge").nth(1).click(force=True)


def notes(desk: Desk) -> None:
    """Notes beside the nodes, one of them chosen, and a node that is disabled."""
    document = example("two-party-call", alice_hangup={"disabled": True})
    texts = "Bob lets it ring for two seconds.\nLonger than that, and Alice gives up.", "벨이 울리는 동안 기다린다."
    document["notes"] = [
        {"id": f"note-{y}", "position": {"x": 960, "y": y}, "width": 240, "height": 110, "text": text}
        for y, text in zip((40, 220), texts, strict=True)
    ]
    desk.open("With notes", document, isConsoleOpen=False)
    desk.page.locator(".react-flow__node-note").first.click()


def several(desk: Desk) -> None:
    """Everything chosen at once."""
    desk.open("Busy", example("busy-with-failure-branch"), isConsoleOpen=False, sidebar="outline")
    desk.steps.first.click()
    desk.page.keyboard.press("a")


def form(scenario: str, node_id: str, name: str, **changes: dict[str, object]) -> Screen:
    """The settings of a node of an example."""

    def screen(desk: Desk) -> None:
        desk.open(scenario, example(scenario, **changes), isConsoleOpen=False, sidebar=None)
        desk.step(node_id).click()
        expect(desk.page.get_by_role("complementary").get_by_role("textbox").first).to_be_visible()

    screen.__name__ = f"form_{name}"
    return screen


FORMS = (
    form("two-party-call", "alice", "instance"),
    form("pbx-answers-503-then-recovers", "pbx", "pbx"),
    form("assert-and-capture", "alice-call", "headers"),
    form("assert-and-capture", "bob-incoming", "checks"),
    form("assert-and-capture", "alice-set", "variables"),
    form("assert-and-capture", "alice-status", "assert"),
    form("play-and-record", "alice-beep", "tone"),
    form("play-and-record", "alice-speak", "audio"),
    form("who-hears-whom", "alice-hears", "hears"),
    form("two-party-call", "alice-call", "wrong", alice_call={"targetUri": "", "timeout": "soon"}),
)


def form_scenario(desk: Desk) -> None:
    """The scenario as a whole, and the variables it speaks of."""
    desk.open("Call out", example("call-out"), isConsoleOpen=False, sidebar="outline")


SCREENS: tuple[Screen, ...] = (
    editor, empty_canvas, picker, find, problems, from_afar, many_instances, ways_of_their_own, notes, several,
    *FORMS, form_scenario,
)  # fmt: skip
