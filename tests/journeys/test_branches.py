"""Edges that mean something else than success and failure, drawn by hand; checks and captures, typed into a form."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.documents import command, document, event, instance
from tests.examples import example
from tests.journeys.editor import Editor

PLACES = {
    "a": (0, 0),
    "loop": (0, 120),
    "either": (0, 240),
    "soon": (0, 360),
    "late": (260, 360),
    "both": (520, 240),
    "this": (520, 360),
    "that": (780, 360),
    "end": (520, 480),
}
WIRES = (
    ("Repeat", "success", "Either"),
    ("Either", "success", "Soon"),
    ("Either", "failure", "Late"),
    ("Soon", "success", "Repeat"),
    ("Repeat", "failure", "Both"),
    ("Both", "success", "This"),
    ("Both", "failure", "That"),
    ("This", "success", "End"),
    ("That", "success", "End"),
)


def test_loop_either_and_both_are_wired_by_hand_and_run(editor: Editor, faults: list[str]) -> None:
    flow = document(
        instance("a", "1001", label="Alice"),
        command("loop", "Loop", label="Repeat", count=2),
        command("either", "Either", label="Either"),
        event("soon", "TIMEOUT", label="Soon", timeout=10),
        event("late", "TIMEOUT", label="Late", timeout=20_000),
        command("both", "Both", label="Both"),
        event("this", "TIMEOUT", label="This", timeout=10),
        event("that", "TIMEOUT", label="That", timeout=20),
        event("end", "TIMEOUT", label="End", timeout=10),
        edges=[],
    )
    for node in flow["nodes"]:
        node["position"] = dict(zip("xy", PLACES[node["id"]], strict=True))
    editor.open_document("Branches", flow)
    expect(editor.node("Repeat").get_by_text("after the last")).to_be_visible()
    editor.drag(editor.way_out("Alice", "success"), editor.way_in("Repeat"))
    for source, branch, target in WIRES:
        editor.drag(editor.way_out(source, branch), editor.way_in(target))
        expect(editor.wire(branch, source, target)).to_be_attached()
    editor.drag(editor.way_out("End", "success"), editor.way_in("That"))
    expect(editor.wire("success", "End", "That")).to_have_count(0)

    editor.run()

    editor.see_result("Passed")
    ends = [told["nodeId"] for told in editor.recorded() if told.get("newState") == "completed"]
    assert ends.count("soon") == 2
    assert ends.count("this") == ends.count("that") == ends.count("end") == 1
    assert "late" not in ends


def test_check_typed_into_the_form_captures_what_a_later_step_asserts(editor: Editor, faults: list[str]) -> None:
    flow = example("assert-and-capture")
    del next(node for node in flow["nodes"] if node["id"] == "alice-answered")["data"]["checks"]
    editor.open_document("Checked", flow)
    editor.node("Bob answers").click()
    form = editor.properties
    form.get_by_role("button", name="Add a check").click()
    form.get_by_role("textbox", name="Name").last.fill("X-Seen")
    form.get_by_label("Pattern").last.fill("(.+)")
    form.get_by_label("Into variable").last.fill("seen")

    editor.run()

    editor.see_result("Passed")
    form.get_by_label("Pattern").last.fill("^nothing of the kind$")
    editor.run()
    editor.see_result("Failed")
    expect(editor.page.get_by_role("region", name="Why it failed")).to_contain_text("X-Seen")
