"""Runs over HTTP: started, stopped, found again, downloaded."""

from __future__ import annotations

import json

import pytest

from tests.documents import Json, chain, command, document, event, instance, two_party
from tests.server.api import Api, open_api


def waiting() -> Json:
    """A scenario that goes on until it is stopped."""
    return document(instance("a"), event("wait", "TIMEOUT", timeout=600_000), edges=chain("a", "wait"))


def failing() -> Json:
    return document(instance("a"), event("in", "INCOMING", timeout=50), edges=chain("a", "in"))


def test_run_is_recorded_from_its_first_event_to_its_last(api: Api) -> None:
    run = api.play(two_party(), {"who": "me"})

    assert (run["result"], run["error"], run["variables"]) == ("completed", None, {"who": "me"})
    assert run["flowData"] == two_party()
    assert run["startedAt"] <= run["endedAt"]
    page = api.ask("GET", f"/api/runs/{run['id']}/events")
    assert [event["seq"] for event in page["events"]] == list(range(1, run["lastSeq"] + 1))
    assert (page["events"][0]["event"], page["events"][-1]["event"]) == ("scenario:started", "scenario:completed")
    messages = {event["firstSeq"] for event in page["events"] if event["event"] == "scenario:sip-message"}
    assert run["messages"] == len(messages) > 0


def test_draft_is_what_is_run(api: Api) -> None:
    stored = api.scenario("call", {"nodes": [], "edges": []})
    draft = {"flowData": waiting(), "baseVersion": 1, "revision": None, "client": "tab"}
    api.ask("PUT", f"/api/scenarios/{stored['id']}/draft", draft)

    run_id = api.ask("POST", "/api/runs", {"scenarioId": stored["id"]})["runId"]

    assert api.ask("GET", f"/api/runs/{run_id}")["flowData"] == waiting()
    api.ask("POST", "/api/runs/current/stop")


def test_one_run_at_a_time(api: Api) -> None:
    run_id = api.start(waiting())

    assert api.ask("GET", "/api/runs/current")["id"] == run_id
    other = api.scenario("other", two_party())["id"]
    assert api.refused("POST", "/api/runs", {"scenarioId": other})[:2] == (409, "already-running")
    api.ask("POST", "/api/runs/current/stop")

    assert api.ask("GET", "/api/runs/current") is None
    assert api.ended(run_id)["result"] == "stopped"
    assert api.refused("POST", "/api/runs/current/stop")[:2] == (409, "not-running")


def test_scenario_that_cannot_be_run_says_why_and_leaves_no_run(api: Api) -> None:
    broken = api.scenario("broken", document(command("x", "NoSuchCommand")))["id"]

    status, code, error = api.refused("POST", "/api/runs", {"scenarioId": broken})

    assert (status, code) == (422, "invalid")
    assert "NoSuchCommand" in json.dumps(error["findings"])
    assert api.refused("POST", "/api/runs", {"scenarioId": "nowhere"})[:2] == (404, "not-found")
    assert api.ask("GET", "/api/runs") == []


def test_runs_are_listed_newest_first_and_filtered(api: Api) -> None:
    first, second = api.play(two_party()), api.play(failing())
    api.ask("PATCH", f"/api/runs/{first['id']}", {"name": "Before the upgrade"})

    def found(query: str) -> list[str]:
        return [run["id"] for run in api.ask("GET", f"/api/runs?{query}")]

    assert found("") == [second["id"], first["id"]]
    assert found("result=failed") == [second["id"]]
    assert found(f"scenarioId={first['scenarioId']}") == [first["id"]]
    assert found("text=UPGRADE") == [first["id"]]
    assert api.refused("GET", "/api/runs?result=good")[:2] == (422, "invalid")


def test_name_of_a_run_is_given_and_taken_away(api: Api) -> None:
    path = f"/api/runs/{api.play(failing())['id']}"

    assert api.ask("PATCH", path, {"name": " 야간 "})["name"] == "야간"
    assert api.ask("GET", path)["name"] == "야간"
    assert api.ask("PATCH", path, {"name": None})["name"] is None
    assert api.refused("PATCH", path, {"name": "x" * 201})[:2] == (422, "invalid")


def test_run_is_deleted_once_it_has_ended(api: Api) -> None:
    run_id = api.start(waiting())
    assert api.refused("DELETE", f"/api/runs/{run_id}")[:2] == (409, "already-running")
    api.ask("POST", "/api/runs/current/stop")

    api.ask("DELETE", f"/api/runs/{run_id}")

    assert api.refused("GET", f"/api/runs/{run_id}")[:2] == (404, "not-found")
    assert api.refused("DELETE", f"/api/runs/{run_id}")[:2] == (404, "not-found")


def test_events_come_in_pages(api: Api) -> None:
    run = api.play(two_party())
    path = f"/api/runs/{run['id']}/events"

    seqs = [event["seq"] for event in api.ask("GET", f"{path}?after=3&limit=4")["events"]]

    assert seqs == [4, 5, 6, 7]
    assert api.ask("GET", f"{path}?after={run['lastSeq']}") == {"events": [], "lastSeq": run["lastSeq"]}
    assert api.ask("GET", f"{path}?after={2**31 - 1}")["events"] == []


def test_run_is_downloaded_as_lines_of_json(api: Api) -> None:
    run = api.play(two_party())

    response = api.send("GET", f"/api/runs/{run['id']}/events.ndjson")

    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["content-disposition"] == f'attachment; filename="{run["id"]}.ndjson"'
    events = [json.loads(line) for line in response.content.splitlines()]
    assert events == api.ask("GET", f"/api/runs/{run['id']}/events")["events"]


@pytest.mark.parametrize("part", ["", "/events", "/events.ndjson"])
def test_unknown_run_is_not_found(api: Api, part: str) -> None:
    assert api.refused("GET", f"/api/runs/run-0{part}")[:2] == (404, "not-found")


@pytest.mark.conformance("R5")
@pytest.mark.parametrize("number", ["1" * 30, "1" * 5_000, "-1", "1e9", "NaN"])
def test_number_that_is_none_is_refused(api: Api, number: str) -> None:
    run = api.play(failing())
    scenario = f"/api/scenarios/{run['scenarioId']}"
    for method, path in (
        ("GET", f"/api/runs/{run['id']}/events?after={number}"),
        ("GET", f"/api/runs/{run['id']}/events?limit={number}"),
        ("GET", f"{scenario}/versions/{number}"),
        ("DELETE", f"{scenario}/draft?revision={number}"),
    ):
        assert api.refused(method, path)[:2] == (422, "invalid"), path


def test_run_is_on_the_disk_when_its_start_is_acknowledged(api: Api) -> None:
    run_id = api.start(waiting())

    record = api.parts.settings.runs_folder / run_id
    assert json.loads((record / "run.json").read_bytes())["id"] == run_id
    assert b"scenario:started" in (record / "events.ndjson").read_bytes()
    api.ask("POST", "/api/runs/current/stop")


@pytest.mark.parametrize("document_", [waiting(), two_party()])
def test_shutdown_stops_a_run_before_the_database_is_closed(
    tmp_path_factory: pytest.TempPathFactory, document_: Json
) -> None:
    folder = tmp_path_factory.mktemp("server") / "data"
    with open_api(folder) as api:
        run_id = api.start(document_)
    with open_api(folder) as api:
        run = api.ask("GET", f"/api/runs/{run_id}")
        last = api.ask("GET", f"/api/runs/{run_id}/events?after={run['lastSeq'] - 1}")["events"]

    assert run["result"] in ("stopped", "completed")
    assert [event["event"] for event in last] == [f"scenario:{run['result']}"]
