"""A run is seen whole, whatever happens to the page meanwhile; and it is found again later."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor, box_of
from tests.journeys.scenarios import call_refused, waits


def test_run_goes_on_while_the_page_is_loaded_anew(editor: Editor) -> None:
    editor.open_document("Waits", waits(200, 7_000, 100))
    editor.run()
    expect(editor.node("Wait 2")).to_contain_text("running")

    editor.page.reload()

    expect(editor.node("Wait 1")).to_contain_text("completed")
    expect(editor.run_state).to_contain_text("Running")
    editor.see_result("Passed")
    expect(editor.node("Wait 3")).to_contain_text("completed")
    editor.see_whole_run()


def test_failure_branch_drawn_by_hand_lets_the_run_pass(editor: Editor) -> None:
    editor.open_document("Busy", call_refused())
    editor.run()
    editor.see_result("Failed")

    editor.node("Call Bob").click(position={"x": 30, "y": 20})
    editor.drag(editor.way_out("Call Bob", "failure"), editor.way_in("Wait a little"))
    expect(editor.wire("failure", "Call Bob", "Wait a little")).to_be_attached()
    editor.run()
    editor.see_result("Passed")
    expect(editor.node("Call Bob")).to_contain_text("failed")
    expect(editor.node("Wait a little")).to_contain_text("completed")

    editor.show_sidebar("Runs")
    runs = editor.page.get_by_role("list", name="Runs").get_by_role("listitem")
    expect(runs).to_have_count(2)
    runs.filter(has_text="Failed").get_by_role("button", name=re.compile("^Failed")).click()
    expect(editor.run_state).to_contain_text("Back to editing")
    expect(editor.node("Wait a little")).not_to_contain_text("completed")
    expect(editor.wire("failure", "Call Bob", "Wait a little")).not_to_be_attached()
    runs.filter(has_text="Passed").get_by_role("button", name=re.compile("^Passed")).click()
    expect(editor.node("Wait a little")).to_contain_text("completed")


def test_slider_moves_canvas_and_ladder_through_the_time_of_the_run(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.run()
    editor.see_result("Passed")
    slider = editor.page.get_by_role("slider", name="Time of the run")

    slider.press("Home")
    expect(editor.arrows).to_have_count(0)
    expect(editor.node("Call Bob")).not_to_contain_text("completed")

    events = editor.recorded()
    begin, end = events[0]["timestamp"], events[-1]["timestamp"]
    called, hung_up = (
        next(e["timestamp"] for e in events if e.get("nodeId") == node and e.get("newState") == "completed")
        for node in ("alice-call", "alice-hangup")
    )
    box = box_of(slider)
    part = ((called + hung_up) / 2 - begin) / (end - begin)
    editor.page.mouse.click(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
    expect(editor.node("Call Bob")).to_contain_text("completed")
    expect(editor.node("Hang up")).not_to_contain_text("completed")

    slider.press("End")
    expect(editor.node("Hang up")).to_contain_text("completed")


def test_failed_run_says_what_was_expected_and_what_came(editor: Editor) -> None:
    editor.open_document("Busy", call_refused())
    editor.run()
    editor.see_result("Failed")

    card = editor.page.get_by_role("region", name="Why it failed")
    expect(card).to_contain_text("Call Bob failed")
    expect(card).to_contain_text("Expected")
    expect(card).to_contain_text("486 Busy Here")
    card.get_by_role("button", name=re.compile("486")).click()
    expect(editor.page.get_by_role("option", name=re.compile("486 Busy Here"), selected=True)).to_be_visible()
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_be_hidden()


def test_wrong_scenario_is_not_run_but_shows_what_to_mend(editor: Editor, faults: list[str]) -> None:
    document = call_refused()
    del document["nodes"][1]["data"]["targetUri"]
    editor.open_document("Wrong", document)

    editor.run()

    problems = editor.page.get_by_role("tabpanel", name="Problems")
    errors = problems.get_by_role("region", name=re.compile("error"))
    errors.get_by_role("button", name=re.compile("Call Bob")).click()
    expect(editor.node("Call Bob")).to_have_class(re.compile("selected"))
    field = editor.properties.get_by_role("combobox", name="Target URI")
    expect(field).to_be_focused()
    field.fill("1002")
    expect(errors).to_be_hidden()
    assert editor.app.get("api/runs") == []
    assert all("422" in fault for fault in faults)
    faults.clear()


def test_double_click_on_run_starts_one_run_and_leaves_it_alone(editor: Editor) -> None:
    editor.open_document("Waits", waits(300))

    editor.page.get_by_role("banner").get_by_role("button", name="Run", exact=True).dblclick(delay=60)

    editor.see_result("Passed")
    assert len(editor.app.get("api/runs")) == 1
    expect(editor.page.get_by_role("region", name="Notifications").get_by_role("listitem")).to_have_count(0)


def test_run_is_stopped_that_is_only_being_started(editor: Editor) -> None:
    editor.open_document("Waits", waits(20_000))

    editor.keyboard.press("Control+Enter")
    editor.keyboard.press("Control+.")

    editor.see_result("Stopped")


def test_node_that_a_stop_has_cut_off_is_not_shown_as_failed(editor: Editor) -> None:
    editor.open_document("Waits", waits(20_000))
    editor.run()
    expect(editor.node("Wait 1")).to_contain_text("running")

    editor.keyboard.press("Control+.")

    editor.see_result("Stopped")
    expect(editor.node("Wait 1")).to_contain_text("cut off")
    expect(editor.node("Wait 1")).not_to_contain_text("failed")


def test_wire_just_taken_carries_the_name_of_the_message_that_brought_it_about(editor: Editor) -> None:
    document = example("two-party-call")
    next(node for node in document["nodes"] if node["data"].get("label") == "Let it ring")["data"]["timeout"] = 40_000
    editor.open_document("Call", document)
    editor.run()

    pulses = editor.page.locator(".wire-pulse")
    expect(pulses.filter(has_text="INVITE")).to_be_visible()
    expect(pulses.filter(has_text="180 Ringing")).to_be_visible()
    editor.keyboard.press("Control+.")
    editor.see_result("Stopped")
