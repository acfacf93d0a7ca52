"""What is printed of a run is all of it, dark on white, and the window is as before."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor


def test_run_is_printed_whole_in_place_of_the_window(editor: Editor) -> None:
    editor.open_document("Ten", example("ten-instances"))
    editor.run()
    editor.see_result("Passed")
    page = editor.page
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    text = page.get_by_role("toolbar", name="Ladder tools").get_by_text(re.compile(r"^\d+ messages$")).text_content()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    paper = page.locator(".paper")
    expect(paper.get_by_role("heading", name="Ten")).to_be_visible()
    expect(paper.locator("svg .message")).to_have_count(int((text or "").split()[0]))
    expect(page.get_by_role("main")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 31, 39)"

    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(paper).to_have_count(0)
    editor.show_tab("Log")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(paper.get_by_role("row").last).to_contain_text("The run has passed")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.get_by_role("main")).to_be_visible()
