"""What a run's media have been is seen in the ladder, and what it has recorded is heard."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.examples import example
from tests.journeys.editor import Editor
from tests.journeys.scenarios import call_with_tone, crossed_hearing


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


def test_recording_is_seen_played_and_downloaded(editor: Editor, browser: Browser, tmp_path: Path) -> None:
    editor.open_document("Machine", example("play-and-record"))
    editor.show_tab("Media")
    editor.run()
    recordings = editor.page.get_by_role("region", name="Recordings")
    expect(recordings.get_by_role("button", name="message.wav nothing yet")).to_be_visible()
    editor.see_result("Passed")

    quality = editor.page.get_by_role("region", name="Quality")
    for way in ("received", "sent"):
        expect(quality.get_by_role("row").filter(has_text=way)).to_have_count(2)

    recordings.get_by_role("button", name=re.compile(r"^message.wav [\d.]+ s$")).click()
    expect(recordings.get_by_role("img", name="Waveform of message.wav")).to_have_attribute("data-points", "600")
    player = recordings.locator("audio")
    play(player)

    recordings.get_by_role("img").click()
    editor.page.wait_for_function(
        "(audio) => !audio.seeking && Math.abs(audio.currentTime / audio.duration - 0.5) < 0.05",
        arg=player.element_handle(),
    )
    with editor.page.expect_download() as download:
        recordings.get_by_role("button", name="Download message.wav").click()
    assert download.value.suggested_filename == "message.wav"
    assert download.value.path().read_bytes()[:4] == b"RIFF"

    alone = downloaded(editor, "Machine", browser, tmp_path)
    alone.get_by_role("tab", name="Media").click()
    play(alone.locator("audio"))
    with alone.expect_download() as saving:
        alone.get_by_role("button", name="Download message.wav").click()
    assert saving.value.suggested_filename == "message.wav"
    assert saving.value.path().read_bytes() == download.value.path().read_bytes()


def play(player: Locator) -> None:
    """Play a recording to its end."""
    player.evaluate("async (audio) => { audio.muted = true; await audio.play(); }")
    player.page.wait_for_function("(audio) => audio.ended", arg=player.element_handle())


def downloaded(editor: Editor, name: str, browser: Browser, folder: Path) -> Page:
    """The last run of a scenario as a file, opened."""
    editor.show_sidebar("Runs")
    editor.page.get_by_role("button", name=f"More for {name}").click()
    with editor.page.expect_download() as downloading:
        editor.choose_in_menu("Download as an HTML file")
    file = folder / "run.html"
    downloading.value.save_as(file)
    alone = browser.new_page(locale="en-GB")
    alone.goto(file.as_uri())
    return alone


def test_who_hears_whom_is_a_picture_in_the_run_and_in_the_file_of_it(
    editor: Editor, browser: Browser, tmp_path: Path
) -> None:
    page = editor.page
    editor.open_document("Crossed", crossed_hearing())
    editor.run()
    editor.see_result("Failed")
    card = page.get_by_role("region", name="Why it failed")
    expect(card.get_by_role("cell", name=re.compile("^not heard, but should be$"))).to_have_count(1)
    card.get_by_role("button", name="Show in Media").click()
    see_matrix(page)

    page.get_by_role("slider", name="Time of the run").press("Home")
    expect(page.get_by_role("region", name="Who hears whom")).to_have_count(0)

    alone = downloaded(editor, "Crossed", browser, tmp_path)
    alone.get_by_role("tab", name="Media").click()
    see_matrix(alone)
    alone.close()


def test_meters_move_while_sound_is_heard_and_are_gone_in_what_is_past(editor: Editor) -> None:
    page = editor.page
    editor.open_document("Tone", call_with_tone(40))
    editor.run()

    meter = editor.node("Bob").get_by_role("meter", name="Bob hears")
    expect(meter).to_have_attribute("aria-valuetext", re.compile(r"^sound, \d+ of 10$"))
    expect(editor.node("Alice").get_by_role("meter", name="Alice hears")).to_have_attribute("aria-valuetext", "silence")
    expect(page.locator("[data-loudness]")).to_have_attribute("d", re.compile("^M"))
    time = page.get_by_role("slider", name="Time of the run")
    time.press("Home")
    expect(page.get_by_role("meter")).to_have_count(0)
    time.press("End")
    expect(meter).to_have_attribute("aria-valuetext", re.compile("^sound"))

    editor.keyboard.press("Control+.")
    editor.see_result("Stopped")
    expect(page.get_by_role("meter")).to_have_count(0)
    assert not [event for event in editor.recorded() if "Dbfs" in str(event)]


def see_matrix(page: Page) -> None:
    """Each verdict where it belongs, read as a table: rows listen, columns speak."""
    region = page.get_by_role("region", name="Who hears whom")
    expect(region).to_contain_text("2 of 6 pairs are not as expected")
    table = region.get_by_role("table", name="Who hears whom: rows listen, columns speak")
    expect(table.get_by_role("columnheader")).to_have_text(["Alice", "Bob", "Carol"])
    for name, cells in {
        "Alice": ("", r"heard -\d+ dBFS", "silent"),
        "Bob": (r"heard -\d+ dBFS\s*but should not be", "", "silent"),
        "Carol": (r"not heard\s*but should be", "silent", ""),
    }.items():
        row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))
        expect(row.get_by_role("cell")).to_have_text([re.compile(f"^{cell}$") for cell in cells])
