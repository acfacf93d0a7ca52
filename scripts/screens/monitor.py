"""A run as it goes on, as it was recorded, and beside others."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from scripts.screens.desk import Desk, Screen, example


def run(desk: Desk) -> None:
    """A run that has passed, from its first message on."""
    desk.open("Two-party call", example("two-party-call"), sidebar=None, isPropertiesOpen=False)
    desk.run()
    desk.scroll_up()


def live(desk: Desk) -> None:
    """A run under way, with all panels."""
    document = example("two-party-call", bob_wait={"timeout": 30_000}, alice_call={"timeout": 60_000})
    desk.open("Two-party call", document)
    desk.page.keyboard.press("Control+Enter")
    desk.wait_for(desk.step("bob-wait").locator("[data-state=running]").first, desk.arrows.nth(1))


def message(desk: Desk) -> None:
    """A message of the ladder in full."""
    run(desk)
    desk.arrows.first.click()


def message_tab(view: str) -> Screen:
    """Another view of a message."""

    def screen(desk: Desk) -> None:
        message(desk)
        desk.page.get_by_role("tab", name=desk.say(f"ladder:view.{view}"), exact=True).click()

    screen.__name__ = f"message_{view}"
    return screen


def failure(desk: Desk) -> None:
    """A run that has failed, and why."""
    document = example("two-party-call", alice_call={"timeout": 600}, bob_wait={"timeout": 3000})
    desk.open("Nobody answers in time", document, sidebar=None, isPropertiesOpen=False)
    desk.run()
    desk.scroll_up()


def failure_with_panels(desk: Desk) -> None:
    """The same, with every panel beside it."""
    document = example("two-party-call", alice_call={"timeout": 600}, bob_wait={"timeout": 3000})
    desk.open("Nobody answers in time", document, consoleTab="log")
    desk.run()


def time_slider(desk: Desk) -> None:
    """A recorded run at a moment in its middle."""
    desk.open("Hold", example("hold-and-retrieve"), sidebar=None)
    desk.run()
    slider = desk.page.get_by_role("slider", name=desk.say("monitor:timeline.label"))
    slider.press("Home")
    for _ in range(5):
        slider.press("PageUp")


def crowded_ladder(desk: Desk) -> None:
    """Many lanes and many calls."""
    desk.open("Ten instances", example("ten-instances"), sidebar=None, isPropertiesOpen=False)
    desk.run()


def pbx_ladder(desk: Desk) -> None:
    """A call through a PBX."""
    desk.open("PBX", example("register-and-call-through-a-pbx"), sidebar=None, isPropertiesOpen=False)
    desk.run()
    desk.scroll_up()


def ladder_filter(desk: Desk) -> None:
    """What may be left out of the ladder."""
    crowded_ladder(desk)
    desk.button("ladder:calls").click()
    desk.wait_for(desk.page.get_by_role("menu"))


def ladder_export(desk: Desk) -> None:
    """How the ladder is saved."""
    run(desk)
    desk.button("ladder:export").click()
    desk.wait_for(desk.page.get_by_role("menu"))


def log(desk: Desk) -> None:
    """The lines of a run."""
    desk.open("Busy", example("busy-with-failure-branch"), consoleTab="log")
    desk.run()


def log_filter(desk: Desk) -> None:
    """The lines with a word in them."""
    log(desk)
    desk.page.get_by_role("searchbox", name=desk.say("monitor:log.filter")).fill("486")


def media(desk: Desk) -> None:
    """Streams, their quality, and recordings."""
    desk.open("Machine", example("play-and-record"), consoleTab="media")
    desk.run()


def hearing(desk: Desk) -> None:
    """Who hears whom."""
    desk.open("Who hears whom", example("who-hears-whom"), consoleTab="media", sidebar=None)
    desk.run()


def history(desk: Desk) -> None:
    """The runs that were kept."""
    for name in ("two-party-call", "early-media", "busy-with-failure-branch"):
        desk.open(name, example(name), sidebar="history")
        desk.run()
    late = example("two-party-call", alice_call={"timeout": 600}, bob_wait={"timeout": 3000})
    desk.open("late", late, sidebar="history")
    desk.run()


def run_menu(desk: Desk) -> None:
    """What can be done with a run."""
    history(desk)
    desk.page.get_by_role("list", name=desk.say("monitor:history.label")).get_by_role("listitem").nth(1).hover()
    desk.button("monitor:history.moreFor", name="busy-with-failure-branch").click()
    desk.wait_for(desk.page.get_by_role("menu"))


def comparison(desk: Desk) -> None:
    """Two runs beside each other."""
    desk.open("Two-party call", example("two-party-call"), sidebar="history")
    desk.run()
    scenario = example("two-party-call", alice_call={"timeout": 600}, bob_wait={"timeout": 3000})
    desk.open("Nobody answers", scenario, sidebar="history")
    desk.run()
    desk.button("monitor:history.moreFor", name="Nobody answers").click()
    desk.page.get_by_role("menuitem", name=desk.say("monitor:history.compare")).click()
    listed = desk.page.get_by_role("list", name=desk.say("monitor:history.label"))
    listed.get_by_role("button", name=re.compile("Two-party call")).first.click()
    desk.wait_for(desk.page.get_by_role("dialog"))


def delete_run(desk: Desk) -> None:
    """The question before something is gone for good."""
    desk.open("Two-party call", example("two-party-call"), sidebar="history")
    desk.run()
    desk.button("monitor:history.moreFor", name="Two-party call").click()
    desk.page.get_by_role("menuitem", name=desk.say("monitor:history.delete"), exact=True).click()
    desk.wait_for(desk.page.get_by_role("alertdialog").or_(desk.page.get_by_role("dialog")))


def report(desk: Desk) -> None:
    """A run as one file, which opens without a server."""
    desk.open("Two-party call", example("two-party-call"))
    desk.run()
    run_id = desk.app.get("api/runs")[0]["id"]
    html = desk.page.request.get(f"{desk.app.url.partition('?')[0]}api/runs/{run_id}/report.html").text()
    file = desk.app.folder.parent / "run.html"
    file.write_text(html, encoding="utf-8")
    desk.page.goto(file.as_uri())
    desk.choose()
    desk.page.reload()
    expect(desk.arrows.first).to_be_visible()


SCREENS: tuple[Screen, ...] = (
    run, live, message, message_tab("headers"), message_tab("sdp"), message_tab("difference"), failure,
    failure_with_panels, time_slider, crowded_ladder, pbx_ladder, ladder_filter, ladder_export, log, log_filter, media,
    hearing, history, run_menu, comparison, delete_run, report,
)  # fmt: skip
