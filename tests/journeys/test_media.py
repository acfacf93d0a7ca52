"""What a run's media have been is seen in the ladder."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor


def test_ladder_shows_streams_with_codec_digits_and_quality(editor: Editor) -> None:
    editor.open_document("Menu", example("dtmf"))
    editor.run()
    editor.see_result("Passed")
    editor.page.get_by_role("listbox", name="Ladder of messages").press("End")

    marks = editor.page.locator("[data-mark]")
    expect(marks.filter(has_text="#").last).to_be_visible()
    expect(marks.filter(has_text="MOS 4.")).to_have_count(2)
    expect(editor.page.locator("[data-stream=both]")).to_have_count(2)

    editor.page.get_by_role("slider", name="Time of the run").press("Home")
    expect(editor.page.locator("[data-stream]")).to_have_count(0)
