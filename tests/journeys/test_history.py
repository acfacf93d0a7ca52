"""Runs that are over: found again, looked at moment by moment, taken away as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.documents import chain, command, document, event, instance
from tests.journeys.app import App

HOSTILE = "</script><img src=x onerror=alert(1)>"


def refused_call(name: str = "Alice") -> dict[str, Any]:
    """Alice calls Bob, who refuses; nothing is drawn for that case."""
    return document(
        instance("a", "1001", label=name),
        command("call", "MakeCall", targetUri="1002", label="Call Bob"),
        instance("b", "1002", label="Bob"),
        event("in", "INCOMING"),
        command("no", "Response", statusCode=486),
        edges=[*chain("a", "call"), *chain("b", "in", "no")],
    )


def run(app: App, name: str, flow_data: dict[str, Any]) -> None:
    """Store a scenario and start it."""
    project = app.get("api/projects")[0]["id"]
    stored = app.ask("POST", f"api/projects/{project}/scenarios", {"name": name, "flowData": flow_data})
    app.ask("POST", "api/runs", {"scenarioId": stored["id"]})


def open_history(page: Page, app: App) -> Locator:
    """Open the editor and its list of runs."""
    page.goto(app.url)
    page.get_by_role("navigation", name="Panels").get_by_role("button", name="Runs").click()
    return page.get_by_role("list", name="Runs")


def failure(page: Page) -> Locator:
    return page.get_by_role("region", name="Why it failed")


def test_failed_run_is_opened_again_and_says_why(page: Page, app: App, faults: list[str]) -> None:
    run(app, "Refused", refused_call())
    runs = open_history(page, app)

    runs.get_by_role("button", name="Failed Refused").click()

    expect(failure(page)).to_contain_text("Call Bob failed")
    expect(failure(page)).to_contain_text("486 Busy Here")
    expect(failure(page).get_by_role("link")).to_have_attribute(
        "href", "https://www.rfc-editor.org/rfc/rfc3261#section-21.4.24"
    )
    failure(page).get_by_role("button", name="Dismiss").click()
    expect(failure(page)).to_be_hidden()


def test_slider_takes_the_whole_monitor_back_in_time(page: Page, app: App, faults: list[str]) -> None:
    run(app, "Refused", refused_call())
    open_history(page, app).get_by_role("button", name="Failed Refused").click()
    page.get_by_role("tab", name="Log").click()
    lines = page.get_by_role("listbox", name="Log of the run").get_by_role("option")
    expect(lines.last).to_contain_text("The run has failed")

    page.get_by_role("slider", name="Time of the run").press("Home")

    expect(lines).to_have_count(1)
    expect(failure(page)).to_be_hidden()
    page.get_by_role("slider", name="Time of the run").press("End")
    expect(failure(page)).to_be_visible()


def test_run_is_named_found_and_deleted_as_another_page_sees_at_once(
    page: Page, browser: Browser, app: App, faults: list[str]
) -> None:
    run(app, "First", refused_call())
    runs = open_history(page, app)
    other = browser.new_page()
    seen = open_history(other, app)
    expect(seen.get_by_role("listitem")).to_have_count(1)

    runs.get_by_role("button", name="More for First").click()
    page.get_by_role("menuitem", name="Name …").click()
    page.get_by_role("textbox", name="Name").fill("Before the upgrade")
    page.get_by_role("button", name="Name the run").click()
    expect(seen.get_by_role("button", name="Failed Before the upgrade")).to_be_visible()
    page.get_by_role("searchbox", name="Search runs").fill("nothing like it")
    expect(page.get_by_text("No run fits the filter")).to_be_visible()
    page.get_by_role("searchbox", name="Search runs").fill("UPGRADE")
    runs.get_by_role("button", name="More for Before the upgrade").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(other.get_by_text("No runs yet")).to_be_visible()
    other.close()


def test_two_runs_stand_beside_each_other(page: Page, app: App, faults: list[str]) -> None:
    run(app, "Refused", refused_call())
    runs = open_history(page, app)
    expect(runs.get_by_role("button", name="Failed Refused")).to_be_visible()
    answered = refused_call()
    answered["nodes"][-1]["data"]["statusCode"] = 404
    run(app, "Unknown", answered)
    expect(runs.get_by_role("button", name="Failed Unknown")).to_be_visible()

    runs.get_by_role("button", name="More for Unknown").click()
    page.get_by_role("menuitem", name="Compare with …").click()
    runs.get_by_role("button", name="Failed Refused").click()

    beside = page.get_by_role("dialog", name="Compare two runs")
    expect(beside.get_by_role("row", name="Call Bob (differs)")).to_contain_text("404 Not Found")
    expect(beside.get_by_role("listitem").filter(has_text="486 Busy Here")).to_contain_text("in the first run alone")
    expect(beside.get_by_role("listitem").filter(has_text="404 Not Found")).to_contain_text("in the second run alone")
    expect(beside.get_by_role("listitem").filter(has_text="INVITE · SDP")).to_contain_text("the same")


def test_downloaded_run_opens_without_a_server_and_asks_nobody(
    page: Page, browser: Browser, app: App, faults: list[str], tmp_path: Path
) -> None:
    run(app, f"Refused {HOSTILE}", refused_call(f"{HOSTILE}\u202e"))
    runs = open_history(page, app)
    expect(runs.get_by_role("button", name="Failed Refused")).to_be_visible()
    runs.get_by_role("button", name="More for Refused").click()
    with page.expect_download() as downloading:
        page.get_by_role("menuitem", name="Download as an HTML file").click()
    file = tmp_path / "run.html"
    downloading.value.save_as(file)

    alone = browser.new_page(locale="en-GB")
    requests: list[str] = []
    alone.on("request", lambda request: requests.append(request.url))
    alone.on("console", lambda message: faults.append(message.text))
    alone.on("pageerror", lambda error: faults.append(str(error)))
    alone.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))
    alone.goto(file.as_uri())

    expect(alone.get_by_role("heading", level=1)).to_contain_text(HOSTILE[:20])
    expect(failure(alone)).to_contain_text("486 Busy Here")
    expect(alone.get_by_role("group", name="Call Bob")).to_be_visible()
    expect(alone.get_by_role("listbox", name="Ladder of messages")).to_contain_text("486 Busy Here")
    alone.get_by_role("tab", name="Log").click()
    expect(alone.get_by_role("listbox", name="Log of the run")).to_contain_text("The run has failed")
    alone.get_by_role("slider", name="Time of the run").press("Home")
    expect(failure(alone)).to_be_hidden()
    expect(alone.get_by_role("button", name="Back to editing")).to_be_hidden()
    expect(alone.locator("img")).to_have_count(0)
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [file.as_uri()]
    alone.close()
