"""Nodes travel between tabs by the system's clipboard."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor


def test_nodes_copied_in_one_tab_are_pasted_in_another(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.keyboard.press("a")
    editor.keyboard.press("Control+c")
    other = Editor(editor.page.context.new_page(), editor.app)
    other.open_document("Other", {"nodes": [], "edges": []})

    other.page.bring_to_front()
    other.keyboard.press("Control+v")

    expect(other.nodes).to_have_count(12)
    expect(other.wire("success", "Alice", "Call Bob")).to_be_attached()
    other.run()
    other.see_result("Passed")


def test_what_is_no_scenario_is_not_pasted(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.page.evaluate("navigator.clipboard.writeText('a letter')")

    editor.keyboard.press("Control+v")

    expect(editor.page.get_by_text("The clipboard holds no nodes of a scenario")).to_be_visible()
    expect(editor.nodes).to_have_count(12)
