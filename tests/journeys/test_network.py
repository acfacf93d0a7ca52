"""The line between page and server is cut in the middle of a run: nothing is missing afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.app import App
from tests.journeys.editor import Editor
from tests.journeys.line import Line
from tests.journeys.scenarios import waits

CUT_S = 5.0


@pytest.fixture
def line(app: App, free_port: Callable[[], int]) -> Iterator[Line]:
    """A line to the server that can be cut."""
    with Line(free_port(), app.port) as line:
        yield line


def test_nothing_of_the_run_is_missing_after_a_cut(page: Page, app: App, line: Line) -> None:
    editor = Editor(page, app, port=line.port)
    editor.open_document("Waits", waits(100, 4_000, *[200] * 10, 100))
    editor.run()
    expect(editor.node("Wait 2")).to_contain_text("running")

    line.cut()
    began = time.monotonic()
    expect(editor.run_state).to_contain_text("Reconnecting")
    while app.get("api/runs/current") is not None and time.monotonic() - began < CUT_S:
        page.wait_for_timeout(100)
    expect(editor.node("Wait 13")).not_to_contain_text("completed")
    line.mend()

    editor.see_result("Passed")
    expect(editor.run_state).not_to_contain_text("Reconnecting")
    expect(editor.node("Wait 13")).to_contain_text("completed")
    editor.see_whole_run()
