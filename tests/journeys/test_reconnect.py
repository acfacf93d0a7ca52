"""The live connection is cut in the middle of a run."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.documents import chain, document, event, instance
from tests.journeys.app import App


def test_page_whose_connection_is_cut_says_so_and_misses_nothing(page: Page, app: App, faults: list[str]) -> None:
    project = app.get("api/projects")[0]["id"]
    steps = [event(f"t{index}", "TIMEOUT", timeout=300, label=f"Step {index}") for index in range(20)]
    flow_data = document(instance("a"), *steps, edges=chain("a", *(step["id"] for step in steps)))
    app.ask("POST", f"api/projects/{project}/scenarios", {"name": "Long", "flowData": flow_data})
    routes: list[WebSocketRoute] = []
    is_cut = False

    def pass_on(route: WebSocketRoute) -> None:
        if is_cut:
            route.close()
        else:
            route.connect_to_server()
            routes.append(route)

    page.route_web_socket("**/api/events*", pass_on)
    page.goto(app.url)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("tab", name="Log").click()
    lines = page.get_by_role("listbox", name="Log of the run")
    expect(lines).to_contain_text("Step 2: running")

    is_cut = True
    routes[-1].close()
    expect(page.get_by_text("Reconnecting …")).to_be_visible()
    is_cut = False

    expect(page.get_by_text("Reconnecting …")).to_be_hidden()
    expect(lines).to_contain_text("The run has passed", timeout=30_000)
    run = app.get("api/runs")[0]
    expect(page.get_by_text(f"{run['lastSeq']} lines")).to_be_visible()
    expect(page.get_by_role("banner")).to_contain_text("Passed")
