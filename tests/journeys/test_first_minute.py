"""Somebody opens SIPFLOW for the first time, and sees a call within a minute."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.journeys.editor import Editor

FIRST_CALL_LIMIT_S = 60


def test_a_template_runs_to_green_within_a_minute_of_the_first_start(first_start: Editor) -> None:
    editor, page = first_start, first_start.page
    began = time.monotonic()

    editor.open_template("Two-party call")
    editor.run()
    editor.see_result("Passed")

    assert time.monotonic() - began < FIRST_CALL_LIMIT_S
    expect(editor.run_state).to_contain_text("6 messages")
    expect(page).to_have_title("Passed · Two-party call · SIPFLOW")
    for title in ("Call Bob", "Bob answers", "Hang up", "Alice calls", "Answer", "Alice hangs up"):
        expect(editor.node(title)).to_contain_text("completed")


def test_the_ladder_of_the_first_call_shows_each_message_once_and_opens_it(first_start: Editor) -> None:
    editor, page = first_start, first_start.page
    editor.open_template("Two-party call")
    editor.run()
    editor.see_result("Passed")

    expect(page.get_by_role("toolbar", name="Ladder tools")).to_contain_text("6 messages")
    page.get_by_role("listbox", name="Ladder of messages").press("Home")
    expect(editor.arrows.first).to_have_accessible_name(re.compile(r"INVITE, SDP, Alice to Bob$"))
    editor.arrows.first.click()

    message = page.get_by_role("region", name="Message INVITE")
    expect(message).to_contain_text("INVITE sip:1002@127.0.0.1")


def test_the_log_of_the_first_call_tells_every_step(first_start: Editor) -> None:
    editor, page = first_start, first_start.page
    editor.open_template("Two-party call")
    editor.run()
    editor.see_result("Passed")

    editor.show_tab("Log")

    log = page.get_by_role("listbox", name="Log of the run")
    log.press("Home")
    expect(log.get_by_role("option").first).to_contain_text("The run begins")
    log.press("End")
    expect(log.get_by_role("option").last).to_contain_text("The run has passed")
