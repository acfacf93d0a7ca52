"""Work is never lost: not by a crash of the server, of the page, nor by another tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.examples import example
from tests.journeys.app import App
from tests.journeys.editor import Editor
from tests.journeys.scenarios import waits


@pytest.fixture
def own_editor(page: Page, own_app: App) -> Editor:
    """An editor whose server may be killed; what the browser says of the dead server is no fault."""
    return Editor(page, own_app)


def rename(editor: Editor, before: str, after: str) -> None:
    """Give a node another name, as a person types it."""
    editor.node(before).click()
    editor.properties.get_by_role("textbox", name="Label").fill(after)
    expect(editor.node(after)).to_be_visible()


@pytest.mark.parametrize("is_reloaded", [False, True], ids=["in the same page", "after a reload"])
def test_edits_outlive_a_killed_server(own_editor: Editor, is_reloaded: bool) -> None:
    editor = own_editor
    editor.open_document("Call", example("two-party-call"))
    rename(editor, "Call Bob", "Sent before")
    editor.kept()

    editor.app.kill()
    rename(editor, "Talk", "Typed without a server")
    expect(editor.page.get_by_text("Every edit is kept in this browser")).to_be_visible()
    editor.app.start()
    # A server that is started opens a tab of its own; by it the browser may speak with the new one.
    editor.page.context.new_page().goto(editor.app.url)
    if is_reloaded:
        editor.open_again()

    expect(editor.node("Sent before")).to_be_visible()
    expect(editor.node("Typed without a server")).to_be_visible()
    names = {node["data"].get("label") for node in editor.kept()["nodes"]}
    assert {"Sent before", "Typed without a server"} <= names


def test_page_whose_server_was_started_anew_says_what_to_do(own_editor: Editor) -> None:
    editor = own_editor
    editor.open_document("Call", example("two-party-call"))

    editor.app.kill()

    told = editor.page.get_by_role("alert").filter(has_text="open the address that it prints")
    expect(told).to_be_visible()
    editor.app.start()
    be_let_in(editor)
    expect(told).to_be_hidden()


def test_edit_is_sent_at_last_whatever_was_tried_without_a_server(own_editor: Editor) -> None:
    editor = own_editor
    editor.open_document("Call", example("two-party-call"))
    editor.app.kill()
    rename(editor, "Talk", "Typed without a server")

    editor.keyboard.press("Control+s")
    editor.run()
    expect(editor.page.get_by_text("Every edit is kept in this browser")).to_be_visible()
    editor.app.start()
    be_let_in(editor)

    expect(editor.page.get_by_text("Every edit is kept in this browser")).to_be_hidden()
    assert "Typed without a server" in {node["data"].get("label") for node in editor.kept()["nodes"]}


def be_let_in(editor: Editor) -> None:
    """Let the browser know a server's token, with no page that would send what this one has to."""
    editor.page.context.request.get(editor.app.url)


def test_edit_whose_answer_is_lost_is_no_conflict_with_itself(own_editor: Editor) -> None:
    editor = own_editor
    editor.open_document("Call", example("two-party-call"))
    rename(editor, "Call Bob", "Known")
    editor.kept()
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    editor.page.route("**/draft*", lose, times=1)
    rename(editor, "Talk", "Taken without a word")
    expect(editor.page.get_by_text("Every edit is kept in this browser")).to_be_visible()
    rename(editor, "Hang up", "Typed meanwhile")

    names = {node["data"].get("label") for node in editor.kept()["nodes"]}
    assert lost == [200]
    assert {"Known", "Taken without a word", "Typed meanwhile"} <= names


def test_edits_outlive_server_and_page_both(own_editor: Editor) -> None:
    editor = own_editor
    scenario_id = editor.open_document("Call", example("two-party-call"))
    editor.app.kill()
    rename(editor, "Talk", "Typed without a server")
    expect(editor.page.get_by_text("Every edit is kept in this browser")).to_be_visible()
    context = editor.page.context
    editor.page.close()

    editor.app.start()
    again = Editor(context.new_page(), editor.app)
    again.open_scenario(scenario_id)

    expect(again.node("Typed without a server")).to_be_visible()
    expect(again.page.get_by_text("are not saved as a version yet")).to_be_visible()
    assert "Typed without a server" in {node["data"].get("label") for node in again.kept()["nodes"]}


def test_killed_server_ends_the_run_on_the_screen_as_interrupted(own_editor: Editor) -> None:
    editor = own_editor
    editor.open_document("Waits", waits(100, 60_000))
    editor.run()
    expect(editor.node("Wait 2")).to_contain_text("running")

    editor.app.kill()
    expect(editor.run_state).to_contain_text("Reconnecting")
    editor.app.start()
    editor.open_again()
    editor.show_sidebar("Runs")

    expect(editor.page.get_by_role("list", name="Runs")).to_contain_text("Interrupted")


@pytest.fixture
def tabs(editor: Editor) -> tuple[Editor, Editor]:
    """Two tabs with the same scenario, in which both have edited: the second is told of the conflict."""
    scenario_id = editor.open_document("Call", example("two-party-call"))
    other = Editor(editor.page.context.new_page(), editor.app)
    other.open_scenario(scenario_id)
    rename(editor, "Talk", "By the first")
    editor.kept()
    notice = other.page.get_by_role("alert").filter(has_text="Another tab has been editing")
    expect(notice).to_be_visible()
    other.page.bring_to_front()
    rename(other, "Talk", "By the second")
    return editor, other


def labels(editor: Editor) -> set[str]:
    return {node["data"].get("label") for node in editor.kept()["nodes"]}


def test_in_a_conflict_mine_can_be_kept(tabs: tuple[Editor, Editor]) -> None:
    first, second = tabs

    second.page.get_by_role("button", name="Keep mine").click()

    expect(second.page.get_by_role("alert")).to_be_hidden()
    assert "By the second" in labels(second)
    expect(first.page.get_by_role("alert")).to_contain_text("Another tab has been editing")
    expect(first.node("By the first")).to_be_visible()


def test_in_a_conflict_theirs_can_be_taken_and_mine_be_brought_back(tabs: tuple[Editor, Editor]) -> None:
    _, second = tabs

    second.page.get_by_role("button", name="Take theirs").click()

    expect(second.node("By the first")).to_be_visible()
    expect(second.page.get_by_role("alert")).to_be_hidden()
    second.page.get_by_role("banner").get_by_role("button", name="Undo").click()
    expect(second.node("By the second")).to_be_visible()


def test_in_a_conflict_mine_becomes_a_scenario_of_its_own(tabs: tuple[Editor, Editor]) -> None:
    first, second = tabs

    second.page.get_by_role("button", name="Save mine as a copy").click()

    expect(second.page.get_by_role("banner").get_by_role("button", name="Call 2")).to_be_visible()
    assert second.scenario_id != first.scenario_id
    assert "By the second" in labels(second)
    assert "By the first" in labels(first)


def test_version_saved_elsewhere_is_told_and_not_overwritten(editor: Editor) -> None:
    scenario_id = editor.open_document("Call", example("two-party-call"))
    saved = {"flowData": example("two-party-call", label="By a script"), "version": 1}
    rename(editor, "Talk", "By hand")
    editor.kept()

    editor.app.ask("PUT", f"api/scenarios/{scenario_id}", saved)

    expect(editor.page.get_by_role("alert")).to_contain_text("Version 2 was saved elsewhere")
    expect(editor.node("By hand")).to_be_visible()
    editor.page.get_by_role("button", name="Take theirs").click()
    expect(editor.node("By a script").first).to_be_visible()
    editor.page.get_by_role("banner").get_by_role("button", name="Undo").click()
    expect(editor.node("By hand")).to_be_visible()


def test_unsaved_edits_can_be_thrown_away_and_brought_back(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    rename(editor, "Talk", "Not saved")
    editor.kept()
    editor.open_again()

    editor.page.get_by_role("button", name="Discard").click()

    expect(editor.node("Talk")).to_be_visible()
    editor.page.get_by_role("banner").get_by_role("button", name="Undo").click()
    expect(editor.node("Not saved")).to_be_visible()


def test_edit_made_while_a_version_is_being_saved_is_kept(editor: Editor) -> None:
    page = editor.page
    editor.open_document("Call", example("two-party-call"))
    held: list[Route] = []
    page.route("**/api/scenarios/*", lambda route: held.append(route) if is_save(route) else route.continue_())
    rename(editor, "Talk", "Before")
    with page.expect_request(lambda request: request.method == "PUT" and not request.url.endswith("draft")):
        editor.keyboard.press("Control+s")

    rename(editor, "Before", "While it is saved")
    held.pop().continue_()

    expect(page.get_by_role("banner").locator("[data-safety]")).to_have_attribute("data-safety", "draft")
    editor.open_again()
    expect(editor.node("While it is saved")).to_be_visible()


def is_save(route: Route) -> bool:
    return route.request.method == "PUT"
