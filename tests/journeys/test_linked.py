"""One thing is looked at in all views: what is chosen in one lights up in the others, and is brought into sight."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.examples import example
from tests.journeys.editor import Editor, box_of
from tests.journeys.scenarios import call_refused, wire


def lit(editor: Editor, view: str) -> Locator:
    """The lines that are lit up in the ladder or the log."""
    return editor.page.get_by_role("listbox", name=view).locator("[aria-current=true]")


def test_node_that_is_clicked_lights_up_what_it_did(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.run()
    editor.see_result("Passed")
    ladder, log = lit(editor, "Ladder of messages"), lit(editor, "Log of the run")

    editor.node("Call Bob").click()
    expect(ladder.filter(has_text="INVITE").first).to_be_in_viewport()
    editor.show_tab("Log")
    expect(log.filter(has_text="Call Bob: running")).to_be_in_viewport()

    editor.page.locator(".react-flow__pane").click(position={"x": 40, "y": 40})
    expect(log).to_have_count(0)
    editor.node("Talk").focus()
    editor.keyboard.press("ArrowDown")
    expect(log.first).to_contain_text("Hang up: running")
    editor.show_tab("Ladder")
    expect(ladder.filter(has_text="BYE").first).to_be_in_viewport()


def test_node_lights_up_a_message_that_came_before_it_began_and_took_it_later(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.run()
    editor.see_result("Passed")
    ladder = lit(editor, "Ladder of messages")

    editor.node("Bob rings").click()

    expect(ladder).to_have_count(1)
    expect(ladder).to_contain_text("180")


def test_node_of_a_recorded_run_lights_up_what_it_did(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.run()
    editor.see_result("Passed")
    editor.show_sidebar("Runs")
    editor.page.get_by_role("list", name="Runs").get_by_role("button", name="Passed Call").click()
    expect(editor.run_state).to_contain_text("Back to editing")

    editor.node("Call Bob").click()

    expect(editor.node("Call Bob")).to_have_class(re.compile("selected"))
    expect(lit(editor, "Ladder of messages").filter(has_text="INVITE").first).to_be_in_viewport()


def test_problem_of_the_node_that_is_clicked_lights_up(editor: Editor) -> None:
    document = call_refused()
    del document["nodes"][1]["data"]["targetUri"]
    editor.open_document("Wrong", document)
    editor.show_tab("Problems")

    editor.node("Call Bob").click()

    line = editor.page.get_by_role("tabpanel", name="Problems").locator("[aria-current=true]")
    expect(line.first).to_contain_text("Call Bob")
    expect(line.first).to_be_in_viewport()


def test_failed_node_says_why_each_time_it_is_clicked_and_another_one_does_not(editor: Editor) -> None:
    document = call_refused()
    document["edges"].append(wire("call", "wait", "failure"))
    editor.open_document("Busy", document)
    editor.run()
    editor.see_result("Passed")
    card = editor.page.get_by_role("region", name="Why it failed")
    expect(card).to_be_hidden()

    editor.node("Call Bob").click(position={"x": 30, "y": 20})
    expect(card).to_contain_text("486 Busy Here")
    card.get_by_role("button", name="Dismiss").click()
    editor.node("Wait a little").click()
    expect(editor.node("Wait a little")).to_have_class(re.compile("selected"))
    expect(card).to_be_hidden()

    editor.node("Call Bob").click(position={"x": 30, "y": 20})
    expect(card).to_be_visible()


def test_card_of_a_failure_does_not_hide_the_node_that_it_is_about(editor: Editor) -> None:
    document = call_refused()
    del document["nodes"][1]["data"]["targetUri"]
    document["nodes"][1]["data"]["disabled"] = True
    next(node for node in document["nodes"] if node["id"] == "incoming")["data"]["timeout"] = 100
    editor.open_document("Nobody calls", document)
    editor.run()
    editor.see_result("Failed")

    card = box_of(editor.page.get_by_role("region", name="Why it failed"))
    node = box_of(editor.node("Alice calls"))
    assert card["x"] + card["width"] <= node["x"]


def test_message_of_the_last_lanes_is_brought_into_sight_sideways(editor: Editor) -> None:
    editor.open_document("Ten", example("ten-instances"))
    editor.run()
    editor.see_result("Passed")
    editor.show_sidebar("Outline")
    outline = editor.page.get_by_role("tree")
    for call in ("Call 1010", "Call 1002"):
        outline.get_by_role("treeitem", name=call).click()
        offer = lit(editor, "Ladder of messages").get_by_text("SDP", exact=True).first
        expect(offer).to_be_in_viewport()
