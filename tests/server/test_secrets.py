"""Passwords and the token: in no answer but the document's own, in no frame, record or log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import Json, chain, command, document, event, instance
from tests.server.api import TOKEN, Api, fill, open_api
from tests.server.live import Live, serve_live

SECRETS = ("s3same-document", "s3same-variable", "s3same-environment")
ENVIRONMENT = {"SIP_PASSWORD": "s3same-environment"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path / "data", environment=ENVIRONMENT) as opened:
        yield opened


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with serve_live(tmp_path / "data", environment=ENVIRONMENT) as served:
        yield served


def secretive() -> Json:
    """A call between instances whose passwords come from everywhere."""
    return document(
        instance("a", "1001", password="s3same-document", authUser="alice"),
        command("call", "MakeCall", targetUri="1002"),
        command("end", "Release"),
        instance("b", "1002", password="{{ var.sipPassword }}"),
        event("in", "INCOMING"),
        command("answer", "Answer"),
        event("bye", "DISCONNECTED"),
        instance("c", "1003", password="${env:SIP_PASSWORD}"),
        edges=chain("a", "call", "end") + chain("b", "in", "answer", "bye"),
    )


def told(text: str) -> list[str]:
    """The secrets that a text tells."""
    return [secret for secret in (*SECRETS, TOKEN) if secret in text]


@pytest.mark.conformance("R13")
def test_run_and_its_record_tell_no_secret(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "sipflow")  # as --verbose does
    run = api.play(secretive(), {"sipPassword": "s3same-variable"})
    assert run["result"] == "completed", run["error"]

    for path in ("", "/events", "/events.ndjson"):
        assert told(api.send("GET", f"/api/runs/{run['id']}{path}").text) == [], path
    assert told(api.send("GET", "/api/runs").text) == []
    assert run["variables"].keys() == {"sipPassword"}
    assert told(caplog.text) == []
    for file in files(api.parts.settings.runs_folder):
        assert told(file.read_text()) == [], file


@pytest.mark.conformance("R13")
def test_refused_start_tells_no_secret(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    broken = secretive()
    broken["nodes"].append(command("x", "NoSuchCommand", password="s3same-document"))
    scenario_id = api.scenario("broken", broken)["id"]
    body = {"scenarioId": scenario_id, "variables": {"sipPassword": "s3same-variable"}}

    assert told(api.send("POST", "/api/runs", body).text) == []
    assert told(api.send("POST", "/api/validate", {"flowData": broken}).text) == []
    assert told(caplog.text) == []


@pytest.mark.conformance("R13")
def test_live_frames_tell_no_secret(live: Live) -> None:
    frames: list[str] = []
    with live.events() as client, live.client() as http:
        project = http.get("/api/projects").json()[0]["id"]
        body = {"name": "call", "flowData": secretive()}
        stored = http.post(f"/api/projects/{project}/scenarios", json=body).json()
        start = {"scenarioId": stored["id"], "variables": {"sipPassword": "s3same-variable"}}
        http.post("/api/runs", json=start).raise_for_status()
        while not frames or '"result": "completed"' not in frames[-1]:
            frames.append(str(client.recv(10)))
            assert '"result": "failed"' not in frames[-1], frames[-1]
    assert told("".join(frames)) == []
    assert len([frame for frame in frames if json.loads(frame)["type"] == "events"]) > 0


@pytest.mark.conformance("R13")
def test_no_answer_tells_the_token(api: Api) -> None:
    stored = api.scenario("call", secretive())
    for path in api.ask("GET", "/api/openapi.json")["paths"]:
        filled = fill(path, stored)
        response = api.send("GET", filled)
        assert TOKEN not in response.text + str(response.headers), path


def files(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".json", ".ndjson")]
    assert len(found) == 3
    return found
