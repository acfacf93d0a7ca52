"""Somebody puts a PBX into a scenario and calls through it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.documents import chain, command, document, event, instance
from tests.journeys.editor import Editor


def two_phones() -> dict[str, object]:
    """Alice and Bob, who name a PBX that is not there yet."""
    scenario = document(
        instance("alice", "1001", label="Alice", pbxHost="PBX"),
        command("call", "MakeCall", label="Call Bob", targetUri="1002"),
        command("end", "Release", label="Hang up"),
        instance("bob", "1002", label="Bob", pbxHost="PBX"),
        event("in", "INCOMING", label="Alice calls"),
        command("answer", "Answer", label="Pick up"),
        event("bye", "DISCONNECTED", label="Hung up"),
        edges=chain("alice", "call", "end") + chain("bob", "in", "answer", "bye"),
    )
    for column, ids in enumerate((("alice", "call", "end"), ("bob", "in", "answer", "bye"))):
        for row, node_id in enumerate(ids):
            node = next(node for node in scenario["nodes"] if node["id"] == node_id)
            node["position"] = {"x": 40 + 640 * column, "y": 40 + 120 * row}
    return scenario


def test_a_pbx_is_added_set_up_and_called_through(editor: Editor) -> None:
    page = editor.page
    editor.open_document("Through a PBX", two_phones())

    page.locator(".react-flow__pane").click(position={"x": 330, "y": 330})
    editor.keyboard.press("n")
    expect(editor.picker).to_be_visible()
    editor.keyboard.type("PBX")
    editor.keyboard.press("Enter")
    expect(editor.node("PBX")).to_be_visible()
    editor.node("PBX").click()
    expect(editor.properties.get_by_role("heading", name="PBX", exact=True)).to_be_visible()
    added = next(node for node in editor.kept()["nodes"] if node["data"].get("sipInstance") == "pbx")
    assert added["data"] == {"sipInstance": "pbx"}

    editor.properties.get_by_role("button", name="Add a fault").click()
    faults = editor.properties.get_by_role("group", name="Faults")
    faults.get_by_role("textbox", name="Which requests").fill("2-1")
    editor.show_tab("Problems")
    expect(page.get_by_role("tabpanel", name="Problems")).to_contain_text("names no requests")
    faults.get_by_role("textbox", name="Which requests").fill("1")
    faults.get_by_role("combobox", name="What happens").select_option("drop")
    kept = next(node for node in editor.kept()["nodes"] if node["data"].get("sipInstance") == "pbx")
    assert kept["data"]["faults"] == [{"method": "INVITE", "requests": "1", "effect": "drop"}]

    editor.run()
    editor.see_result("Passed")
    editor.show_tab("Ladder")
    expect(page.get_by_role("toolbar", name="Ladder tools")).to_contain_text(re.compile(r"\d+ messages"))
    names = editor.read_ladder()
    for what in ("REGISTER, Alice to pbx", "BYE, Alice to pbx", "BYE, pbx to Bob"):
        assert any(name.endswith(what) for name in names), names
    assert "drops INVITE on purpose" in [event.get("message") for event in editor.recorded()]
