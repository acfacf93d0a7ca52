"""Settings are written by hand: letter by letter, with what is found wrong told meanwhile."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor


def test_setting_that_enter_opens_is_overwritten_by_typing(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.node("Alice").click()

    editor.keyboard.press("Enter")
    expect(editor.properties.get_by_role("combobox", name="Directory number")).to_be_focused()
    editor.keyboard.type("77")

    expect(editor.properties.get_by_role("combobox", name="Directory number")).to_have_value("77")


def test_rows_of_header_fields_are_written_letter_by_letter_and_are_one_step(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.node("Call Bob").click()
    names = editor.properties.get_by_role("textbox", name="Name", exact=True)

    for count, (name, value) in enumerate((("X-First", "one"), ("X-Second", "two")), 1):
        editor.properties.get_by_role("button", name="Add a header").click()
        expect(names).to_have_count(count)
        expect(names.last).to_be_focused()
        editor.keyboard.type(name)
        editor.keyboard.press("Tab")
        editor.keyboard.type(value)

    expect(names.last).to_have_value("X-Second")
    call = next(node for node in editor.kept()["nodes"] if node["data"].get("label") == "Call Bob")
    assert call["data"]["headers"] == [["X-First", "one"], ["X-Second", "two"]]
    editor.keyboard.press("Control+z")
    expect(names).to_have_count(0)
    expect(editor.page.get_by_role("banner").get_by_role("button", name="Undo")).to_be_disabled()
