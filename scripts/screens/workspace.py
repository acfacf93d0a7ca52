"""Where scenarios come from and are kept, and what is over the canvas: lists, menus, questions, notices."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from scripts.screens.desk import Desk, Screen, example


def templates(desk: Desk) -> None:
    """What a first start shows."""
    expect(desk.page.get_by_role("dialog").get_by_role("listitem").nth(5)).to_be_visible()
    desk.page.evaluate("document.activeElement.blur()")  # its hint would cover the picture


def nothing_open(desk: Desk) -> None:
    """The page without a scenario."""
    templates(desk)
    desk.page.keyboard.press("Escape")


def commands(desk: Desk) -> None:
    """Every command, to be found by its name."""
    desk.open("Two-party call", example("two-party-call"))
    desk.page.keyboard.press("Control+k")
    desk.wait_for(desk.page.get_by_role("dialog"))


def keys(desk: Desk) -> None:
    """Every key."""
    desk.open("Two-party call", example("two-party-call"))
    desk.page.keyboard.press("Shift+?")
    desk.wait_for(desk.page.get_by_role("dialog"))


def settings_menu(desk: Desk) -> None:
    """Language and theme."""
    desk.open("Two-party call", example("two-party-call"))
    desk.button("shell:settings").click()
    desk.wait_for(desk.page.get_by_role("menu"))


def scenarios(desk: Desk) -> None:
    """The tree of projects and scenarios, one with edits that are not saved, and what can be done with it."""
    second = desk.app.ask("POST", "api/projects", {"name": "Field trial, autumn"})["id"]
    body = {"name": "Answer every call that comes, and say who is called", "flowData": example("answer-calls")}
    desk.app.ask("POST", f"api/projects/{second}/scenarios", body)
    desk.open("Blind transfer", example("blind-transfer"))
    desk.open("Two-party call", example("two-party-call"), sidebar="scenarios")
    edit(desk)
    tree = desk.page.get_by_role("list", name=desk.say("workspace:tree"))
    expect(tree.get_by_role("img", name=desk.say("workspace:unsavedEdits"))).to_be_visible()
    desk.button("workspace:moreFor", name="Two-party call").click()
    desk.wait_for(desk.page.get_by_role("menu"))


def new_scenario(desk: Desk) -> None:
    """The question for a name."""
    desk.open("Two-party call", example("two-party-call"), sidebar="scenarios")
    desk.button("workspace:newScenario").click()
    desk.wait_for(desk.page.get_by_role("dialog"))


def versions(desk: Desk) -> None:
    """Every version of a scenario."""
    _saved_thrice(desk)
    desk.perform("shell:action.file.versions")
    desk.wait_for(desk.page.get_by_role("dialog").get_by_role("listitem").nth(2))


def comparing(desk: Desk) -> None:
    """An earlier version compared with the canvas."""
    versions(desk)
    desk.page.get_by_role("dialog").get_by_role("listitem").last.get_by_role("button").first.click()
    desk.wait_for(desk.button("workspace:endCompare"))


def conflict(desk: Desk) -> None:
    """Another tab has changed the scenario too."""
    scenario_id = desk.open("Two-party call", example("two-party-call"))
    edit(desk)
    _kept(desk)
    theirs: dict[str, Any] = example("two-party-call", bob={"label": "Robert"})
    draft = desk.app.get(f"api/scenarios/{scenario_id}")["draft"]
    body = {"flowData": theirs, "baseVersion": 1, "revision": draft["revision"], "client": "another tab"}
    desk.app.ask("PUT", f"api/scenarios/{scenario_id}/draft", body)
    edit(desk, "x")
    desk.wait_for(desk.button("workspace:conflict.keepMine"))


def restored(desk: Desk) -> None:
    """Edits that were not saved when the page was closed."""
    scenario_id = desk.open("Two-party call", example("two-party-call"))
    edit(desk)
    _kept(desk)
    desk.visit(scenario_id)
    desk.wait_for(desk.button("workspace:discard"))


def offline(desk: Desk) -> None:
    """The server does not answer."""
    desk.open("Two-party call", example("two-party-call"))
    desk.page.context.set_offline(True)
    edit(desk)
    expect(desk.page.locator("[data-safety=offline]")).to_be_visible(timeout=20_000)


def saved(desk: Desk) -> None:
    """A version has just been saved."""
    desk.open("Two-party call", example("two-party-call"))
    edit(desk)
    desk.page.keyboard.press("Control+s")
    desk.wait_for(desk.page.get_by_text(desk.say("workspace:saved")))


def edit(desk: Desk, text: str = " Smith") -> None:
    """Change a name on the canvas."""
    desk.step("alice").click()
    label = desk.page.locator("#setting-label")
    label.press("End")
    label.type(text)


def _kept(desk: Desk) -> None:
    expect(desk.page.locator("[data-safety=draft]")).to_be_visible()


def _saved_thrice(desk: Desk) -> None:
    desk.open("Two-party call", example("two-party-call"))
    for version in (2, 3):
        edit(desk)
        if version == 3:
            desk.step("bob-ring").click()
            desk.page.keyboard.press("Delete")
        desk.page.keyboard.press("Control+s")
        expect(desk.page.locator("[data-safety=saved]")).to_be_visible()


SCREENS: tuple[Screen, ...] = (
    templates, nothing_open, commands, keys, settings_menu, scenarios, new_scenario, versions, comparing, conflict,
    restored, offline, saved,
)  # fmt: skip
