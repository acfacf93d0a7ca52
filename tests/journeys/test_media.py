"""What a run's media have been is seen in the ladder, and what it has recorded is heard."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor


def test_ladder_shows_streams_with_codec_digits_and_quality(editor: Editor) -> None:
    editor.open_document("Menu", example("dtmf"))
    editor.run()
    editor.see_result("Passed")
    ladder = editor.page.get_by_role("listbox", name="Ladder of messages")
    ladder.press("End")

    marks = editor.page.locator("[data-mark]")
    expect(marks.filter(has_text="MOS 4.")).to_have_count(2)
    expect(editor.page.locator("[data-stream=both]")).to_have_attribute("data-count", "2")
    ladder.press("PageUp")
    expect(marks.filter(has_text="#").last).to_be_visible()

    editor.page.get_by_role("slider", name="Time of the run").press("Home")
    expect(editor.page.locator("[data-stream]")).to_have_count(0)


def test_recording_is_seen_played_and_downloaded(editor: Editor) -> None:
    editor.open_document("Machine", example("play-and-record"))
    editor.run()
    editor.see_result("Passed")
    editor.show_tab("Media")

    quality = editor.page.get_by_role("region", name="Quality")
    for way in ("received", "sent"):
        expect(quality.get_by_role("row").filter(has_text=way)).to_have_count(2)

    recordings = editor.page.get_by_role("region", name="Recordings")
    recordings.get_by_role("button", name=re.compile("^message.wav")).click()
    expect(recordings.get_by_role("img", name="Waveform of message.wav")).to_have_attribute("data-points", "600")
    player = recordings.locator("audio")
    player.evaluate("async (audio) => { audio.muted = true; await audio.play(); }")
    editor.page.wait_for_function("(audio) => audio.ended", arg=player.element_handle())

    recordings.get_by_role("img").click()
    editor.page.wait_for_function(
        "(audio) => !audio.seeking && Math.abs(audio.currentTime / audio.duration - 0.5) < 0.05",
        arg=player.element_handle(),
    )
    with editor.page.expect_download() as download:
        recordings.get_by_role("button", name="Download message.wav").click()
    assert download.value.suggested_filename == "message.wav"
    assert download.value.path().read_bytes()[:4] == b"RIFF"
