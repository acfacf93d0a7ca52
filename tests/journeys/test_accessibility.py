"""axe finds nothing wrong with any screen, in the light and in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.examples import example
from tests.journeys.editor import Editor
from tests.journeys.scenarios import call_refused, call_with_tone, crossed_hearing

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """tags => axe.run(document, { runOnly: tags, resultTypes: ['violations'] }).then(found => found.violations)"""


def check(page: Page, screen: str, found: dict[str, list[str]]) -> None:
    """Add what axe finds on this screen, once nothing on it moves any more."""
    page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => null)))")
    violations: list[dict[str, Any]] = page.evaluate(CHECK, RULES)
    told = [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary']}" for each in violations for node in each["nodes"]
    ]
    if told:
        found[screen] = told


def see_menu(page: Page, screen: str, found: dict[str, list[str]]) -> None:
    """Look at the menu that has been opened, and close it."""
    expect(page.get_by_role("menu")).to_be_visible()
    check(page, screen, found)
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()


@pytest.fixture(params=["light", "dark"])
def screens(request: pytest.FixtureRequest, editor: Editor) -> Editor:
    """The editor in a theme, with axe in the page: past the rules for scripts, as a debugger does it."""
    editor.page.emulate_media(color_scheme=request.param, reduced_motion="reduce")
    editor.page.add_init_script(path=AXE)
    return editor


def test_axe_finds_nothing_before_a_run(screens: Editor) -> None:
    editor, page = screens, screens.page
    found: dict[str, list[str]] = {}
    page.goto(editor.app.url)
    expect(page.get_by_role("dialog").get_by_role("button", name="Two-party call")).to_be_visible()
    check(page, "first start", found)
    editor.open_document("Call", example("two-party-call"))
    check(page, "canvas", found)
    editor.node("Call Bob").click()
    check(page, "properties of a step", found)
    editor.node("Alice").click()
    check(page, "properties of an instance", found)
    editor.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Command palette")).to_be_visible()
    check(page, "command palette", found)
    editor.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    editor.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    check(page, "key sheet", found)
    editor.keyboard.press("Escape")
    page.get_by_role("button", name="Settings", exact=True).click()
    see_menu(page, "menu of settings", found)
    editor.show_sidebar("Scenarios")
    check(page, "scenarios", found)
    page.get_by_role("button", name="More for Call").click()
    see_menu(page, "menu of a scenario", found)
    editor.show_sidebar("Outline")
    check(page, "outline", found)
    assert found == {}, "\n".join(f"{screen}: {each}" for screen in found for each in found[screen])


def test_axe_finds_nothing_in_and_after_a_run(screens: Editor) -> None:
    editor, page = screens, screens.page
    found: dict[str, list[str]] = {}
    editor.open_document("Busy", call_refused())
    editor.show_tab("Problems")
    expect(page.get_by_role("tabpanel", name="Problems").get_by_role("button").first).to_be_visible()
    check(page, "problems", found)
    editor.run()
    editor.see_result("Failed")
    check(page, "failure card and ladder", found)
    page.get_by_role("region", name="Why it failed").get_by_role("button", name="Dismiss").click()
    editor.arrows.first.click()
    expect(page.get_by_role("region", name="Message INVITE")).to_be_visible()
    check(page, "message", found)
    page.get_by_role("button", name="Calls", exact=True).click()
    see_menu(page, "filter of the ladder", found)
    editor.show_tab("Log")
    check(page, "log", found)
    editor.show_sidebar("Runs")
    expect(page.get_by_role("list", name="Runs").get_by_role("listitem")).to_have_count(1)
    check(page, "history", found)
    editor.run()
    expect(page.get_by_role("list", name="Runs").get_by_role("listitem")).to_have_count(2)
    editor.see_result("Failed")
    page.get_by_role("button", name="More for Busy").first.click()
    expect(page.get_by_role("menu")).to_be_visible()
    check(page, "menu of a run", found)
    page.get_by_role("menuitem", name="Compare with …").click()
    page.get_by_role("list", name="Runs").get_by_role("button", name="Failed Busy").last.click()
    expect(page.get_by_role("dialog", name="Compare two runs")).to_be_visible()
    check(page, "comparison of runs", found)
    assert found == {}, "\n".join(f"{screen}: {each}" for screen in found for each in found[screen])


def test_axe_finds_nothing_in_what_is_told_of_media(screens: Editor) -> None:
    editor, page = screens, screens.page
    found: dict[str, list[str]] = {}
    editor.open_document("Crossed", crossed_hearing())
    editor.run()
    editor.see_result("Failed")
    page.get_by_role("region", name="Why it failed").get_by_role("button", name="Show in Media").click()
    expect(page.get_by_role("region", name="Who hears whom")).to_be_visible()
    expect(page.get_by_role("region", name="Quality")).to_be_visible()
    check(page, "who hears whom", found)
    assert found == {}, "\n".join(f"{screen}: {each}" for screen in found for each in found[screen])


def test_axe_finds_nothing_while_a_run_goes_on(screens: Editor) -> None:
    editor, page = screens, screens.page
    found: dict[str, list[str]] = {}
    editor.open_document("Call", example("two-party-call", timeout=20_000))
    editor.run()
    expect(editor.node("Let it ring")).to_contain_text("running")
    check(page, "run under way", found)
    page.get_by_role("banner").get_by_role("button", name="Stop").click()
    editor.see_result("Stopped")
    editor.open_document("Tone", call_with_tone(30))
    editor.show_tab("Media")
    editor.run()
    expect(page.get_by_role("meter")).to_have_count(8)  # of two nodes and two streams, each heard and sent
    check(page, "meters", found)
    assert found == {}, "\n".join(f"{screen}: {each}" for screen in found for each in found[screen])
