"""Scenarios come in as files and go out as files; what is none is refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.examples import EXAMPLES, example
from tests.journeys.editor import Editor

DROP = """([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "application/json" }));
    for (const kind of ["dragover", "drop"])
        window.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
TOO_DEEP = '{"nodes": ' + "[" * 5_000 + "]" * 5_000 + ', "edges": []}'


def drop(editor: Editor, name: str, text: str) -> None:
    """Drop a file on the window."""
    editor.page.evaluate(DROP, [name, text])


def stored(editor: Editor) -> list[str]:
    """The names of all scenarios that there are."""
    project = editor.app.get("api/projects")[0]["id"]
    return sorted(scenario["name"] for scenario in editor.app.get(f"api/projects/{project}/scenarios"))


def test_file_dropped_on_the_window_is_opened(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))

    drop(editor, "No answer.json", EXAMPLES["no-answer"].read_text())

    expect(editor.page.get_by_role("banner").get_by_role("button", name="No answer")).to_be_visible()
    assert {node["id"] for node in editor.kept()["nodes"]} == {node["id"] for node in example("no-answer")["nodes"]}


def test_scenario_exported_and_imported_by_the_menu_is_the_same(editor: Editor, tmp_path: Path) -> None:
    editor.open_document("Call", example("two-party-call"))
    with editor.page.expect_download() as downloading:
        editor.perform("Export as a file")
    path = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(path)

    with editor.page.expect_file_chooser() as choosing:
        editor.perform("Import a file")
    choosing.value.set_files(path)

    expect(editor.page.get_by_role("banner").get_by_role("button", name="Call (2)")).to_be_visible()
    assert json.loads(path.read_text()) == editor.kept() == example("two-party-call")


def test_import_can_be_taken_back_unless_it_has_been_edited(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    told = editor.page.get_by_role("region", name="Notifications").get_by_role("listitem")
    title = editor.page.get_by_role("banner").get_by_title("Rename")

    drop(editor, "No answer.json", EXAMPLES["no-answer"].read_text())
    told.filter(has_text="Imported as No answer").get_by_role("button", name="Undo").click()
    expect(title).to_have_text("Call")
    expect(editor.page.get_by_text("No answer")).to_have_count(0)

    drop(editor, "No answer.json", EXAMPLES["no-answer"].read_text())
    expect(title).to_have_text("No answer")
    editor.keyboard.press("Shift+N")
    editor.kept()
    told.filter(has_text="Imported as No answer").last.get_by_role("button", name="Undo").click()
    expect(title).to_have_text("Call")
    assert stored(editor) == ["Call", "No answer"]


def test_import_is_a_step_among_others_back_to_the_start_and_again(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    title = editor.page.get_by_role("banner").get_by_title("Rename")
    undo, redo = (editor.page.get_by_role("banner").get_by_role("button", name=name) for name in ("Undo", "Redo"))
    before = editor.kept()
    editor.keyboard.press("l")
    arranged = editor.kept()
    drop(editor, "No answer.json", EXAMPLES["no-answer"].read_text())
    expect(title).to_have_text("No answer")
    editor.keyboard.press("Shift+N")
    editor.keyboard.press("Escape")
    noted = editor.kept()

    editor.keyboard.press("Control+z")
    expect(title).to_have_text("No answer")
    editor.keyboard.press("Control+z")
    expect(editor.page.get_by_text("No answer taken back. Ctrl+Shift+Z brings it again")).to_be_visible()
    assert stored(editor) == ["Call"]
    assert editor.kept() == arranged
    editor.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    assert editor.kept() == before

    editor.keyboard.press("Control+Shift+z")
    expect(undo).to_be_enabled()
    editor.keyboard.press("Control+Shift+z")
    expect(title).to_have_text("No answer")
    expect(redo).to_be_enabled()
    editor.keyboard.press("Control+Shift+z")
    expect(redo).to_be_disabled()
    assert stored(editor) == ["Call", "No answer"]
    assert editor.kept() == noted
    editor.keyboard.press("Control+z")
    expect(undo).to_be_enabled()

    editor.keyboard.press("l")
    editor.keyboard.press("Control+s")
    editor.keyboard.press("Control+z")
    expect(undo).to_be_disabled()


def test_import_that_takes_long_shows_how_far_it_is_and_can_be_cancelled(editor: Editor, tmp_path: Path) -> None:
    editor.open_document("Call", example("two-party-call"))
    files = [tmp_path / f"{name}.json" for name in ("First", "Second", "Third")]
    for file in files:
        file.write_text(json.dumps(example("no-answer")))

    def hold_all_but_the_first(route: Route) -> None:
        if '"fileName":"First' in (route.request.post_data or ""):
            route.continue_()

    editor.page.route("**/import*", hold_all_but_the_first)

    with editor.page.expect_file_chooser() as choosing:
        editor.perform("Import a file")
    choosing.value.set_files(files)

    told = editor.page.get_by_role("region", name="Notifications").get_by_role("listitem")
    expect(told).to_contain_text("Importing Second.json, 2 of 3")
    told.get_by_role("button", name="Cancel").click()
    expect(told.filter(has_text="Imported as First")).to_be_visible()
    expect(editor.page.get_by_role("banner").get_by_title("Rename")).to_have_text("First")
    assert stored(editor) == ["Call", "First"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TOO_DEEP, "deep"),
        ("INVITE sip:bob@example.com SIP/2.0", "JSON"),
        ('["a list"]', "object"),
        ("", "JSON"),
    ],
    ids=["too deep", "no JSON", "a list", "empty"],
)
def test_file_that_is_no_scenario_is_refused_with_a_reason(
    editor: Editor, faults: list[str], text: str, reason: str
) -> None:
    editor.open_document("Call", example("two-party-call"))

    drop(editor, "strange.json", text)

    told = editor.page.get_by_role("region", name="Notifications").get_by_role("listitem")
    expect(told).to_contain_text(reason)
    expect(editor.page.get_by_role("banner").get_by_role("button", name="Call")).to_be_visible()
    expect(editor.nodes).to_have_count(12)
    assert all("422" in fault for fault in faults)
    faults.clear()
