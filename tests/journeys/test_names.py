"""A scenario's name is undone like any edit, on the server too."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor


def test_renaming_a_scenario_can_be_taken_back_and_done_again(editor: Editor) -> None:
    scenario_id = editor.open_document("Before", example("two-party-call"))
    banner = editor.page.get_by_role("banner")

    banner.get_by_role("button", name="Before").click()
    dialog = editor.page.get_by_role("dialog", name="Rename")
    dialog.get_by_role("textbox").fill("After")
    dialog.get_by_role("button", name="Rename").click()
    expect(banner.get_by_role("button", name="After")).to_be_visible()

    for command, name in (("Undo", "Before"), ("Redo", "After")):
        with editor.page.expect_response(lambda answer: answer.request.method == "PATCH"):
            banner.get_by_role("button", name=command).click()
        expect(banner.get_by_role("button", name=name)).to_be_visible()
        assert editor.app.get(f"api/scenarios/{scenario_id}")["name"] == name
