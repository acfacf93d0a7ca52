"""The browser's own ways between scenarios: its tab, Back and Forward."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.editor import Editor
from tests.journeys.scenarios import waits


def test_back_and_forward_lead_through_the_scenarios_that_were_opened(editor: Editor) -> None:
    editor.open_document("First", waits(100))
    editor.keyboard.press("Control+k")
    editor.keyboard.type("new scenario")
    editor.keyboard.press("Enter")
    expect(editor.page.get_by_text("An empty scenario")).to_be_visible()
    expect(editor.page).to_have_title("Untitled · SIPFLOW")

    editor.page.go_back()
    expect(editor.node("Wait 1")).to_be_visible()
    expect(editor.page).to_have_title("First · SIPFLOW")
    editor.page.go_forward()
    expect(editor.page.get_by_text("An empty scenario")).to_be_visible()
    editor.page.go_back()
    expect(editor.node("Wait 1")).to_be_visible()


def test_tab_tells_how_the_run_stands(editor: Editor) -> None:
    editor.open_document("Waits", waits(600))
    editor.run()
    expect(editor.page).to_have_title("Running · Waits · SIPFLOW")
    expect(editor.page).to_have_title("Passed · Waits · SIPFLOW")


def test_scenario_that_is_deleted_takes_its_run_from_the_screen(editor: Editor) -> None:
    editor.open_document("Waits", waits(10))
    editor.run()
    editor.see_result("Passed")

    editor.show_sidebar("Scenarios")
    editor.page.get_by_role("button", name="More for Waits").click()
    editor.choose_in_menu("Delete")
    editor.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(editor.page).to_have_title("SIPFLOW")
    expect(editor.page.get_by_role("banner")).not_to_contain_text("Passed")
