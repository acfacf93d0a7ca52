"""The live socket: all events in order, whenever a client comes, goes or falls behind."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from sipflow.server.events_api import MAX_CLIENTS, TRY_AGAIN_LATER
from tests.documents import Json, chain, command, document, event, instance, two_party
from tests.server.live import Live

LIMIT_S = 20


def frame(client: ClientConnection) -> Json:
    """The next frame."""
    received: Json = json.loads(client.recv(LIMIT_S))
    return received


def events_until_end(client: ClientConnection) -> list[Json]:
    """All events up to the terminal one."""
    events: list[Json] = []
    while not events or events[-1]["event"] not in ("scenario:completed", "scenario:failed", "scenario:stopped"):
        events += frame(client).get("events", [])
    return events


def start(http: httpx.Client, flow_data: Json) -> str:
    """Store a scenario and start it."""
    project = http.get("/api/projects").json()[0]["id"]
    name = f"call {len(http.get(f'/api/projects/{project}/scenarios').json())}"
    stored = http.post(f"/api/projects/{project}/scenarios", json={"name": name, "flowData": flow_data}).json()
    response = http.post("/api/runs", json={"scenarioId": stored["id"]})
    assert response.status_code == 201, response.text
    run_id: str = response.json()["runId"]
    return run_id


def waiting() -> Json:
    return document(instance("a"), event("wait", "TIMEOUT", timeout=600_000), edges=chain("a", "wait"))


def test_every_event_of_a_run_is_told_as_it_was_recorded(live: Live) -> None:
    with live.events() as client, live.client() as http:
        assert frame(client) == {"type": "idle"}
        run_id = start(http, two_party())
        told = events_until_end(client)
        recorded = http.get(f"/api/runs/{run_id}/events").json()["events"]

    assert told == recorded
    assert [one["seq"] for one in told] == list(range(1, len(told) + 1))


@pytest.mark.parametrize("after", [0, 1, 7])
def test_client_goes_on_behind_the_last_event_it_has_seen(live: Live, after: int) -> None:
    with live.client() as http:
        with live.events() as client:
            run_id = start(http, two_party())
            told = events_until_end(client)
        with live.events(f"?runId={run_id}&after={after}") as client:
            assert frame(client)["type"] == "run"
            assert events_until_end(client) == told[after:]


def test_newcomer_to_a_run_gets_a_snapshot_and_then_its_end(live: Live) -> None:
    with live.client() as http:
        run_id = start(http, waiting())
        with live.events() as client:
            snapshot = frame(client)
            http.post("/api/runs/current/stop")
            told = events_until_end(client)

    assert (snapshot["type"], snapshot["run"]["id"], snapshot["run"]["result"]) == ("snapshot", run_id, "running")
    assert [one["seq"] for one in told] == list(range(snapshot["seq"] + 1, snapshot["seq"] + 1 + len(told)))
    assert told[-1]["event"] == "scenario:stopped"


@pytest.mark.parametrize("query", [f"?runId=run-0&after={10**30}", "?runId=run-0&after=5", "?runId=%00"])
def test_place_that_never_was_is_no_harm(live: Live, query: str) -> None:
    with live.events(query) as client:
        assert frame(client) == {"type": "idle"}


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", f"?runId={'x' * 101}"])
def test_place_that_is_none_is_refused(live: Live, query: str) -> None:
    with pytest.raises(InvalidStatus) as caught, live.events(query):
        pass
    assert caught.value.response.status_code in (403, 422)


def test_words_of_a_client_are_not_listened_to_and_long_ones_end_it(live: Live) -> None:
    with live.events() as client:
        assert frame(client) == {"type": "idle"}
        client.send("stop")
        client.send(b"\x00\xff")
        client.send("x" * 5_000)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(LIMIT_S)
    assert closing_code(caught.value) == 1009


@pytest.mark.conformance("R6")
def test_clients_past_the_limit_are_asked_to_come_later(live: Live) -> None:
    with ExitStack() as opened:
        for _ in range(MAX_CLIENTS):
            frame(opened.enter_context(live.events()))
        with live.events() as late, pytest.raises(ConnectionClosed) as caught:
            late.recv(LIMIT_S)
        assert closing_code(caught.value) == TRY_AGAIN_LATER
    with live.events() as client:
        assert frame(client) == {"type": "idle"}


def test_change_of_a_scenario_is_told_to_every_tab(live: Live) -> None:
    with live.events() as one, live.events() as other, live.client() as http:
        frames = [frame(one), frame(other)]
        project = http.get("/api/projects").json()[0]["id"]
        stored = http.post(f"/api/projects/{project}/scenarios", json={"name": "x"}).json()
        told = [frame(one), frame(other)]

    assert frames == [{"type": "idle"}] * 2
    assert told[0] == told[1] == told[0] | {"type": "scenarios", "scenarioId": stored["id"], "version": 1}


def test_end_of_the_server_ends_the_socket(live: Live) -> None:
    with live.events() as client:
        frame(client)
        live.portal.call(live.parts.hub.close)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(LIMIT_S)
    assert closing_code(caught.value) == 1000


def closing_code(closed: Any) -> int:
    assert closed.rcvd is not None
    code: int = closed.rcvd.code
    return code


def test_levels_are_told_while_they_are_wanted_and_never_recorded(live: Live) -> None:
    flow = document(
        instance("a", "1001"),
        command("call", "MakeCall", targetUri="1002"),
        command("play", "PlayAudio", filePath="sound:tone-1000:1"),
        command("end", "Release"),
        instance("b", "1002"),
        event("in", "INCOMING"),
        command("answer", "Answer"),
        event("bye", "DISCONNECTED"),
        edges=chain("a", "call", "play", "end") + chain("b", "in", "answer", "bye"),
    )
    with live.events() as client, live.client() as http:
        assert frame(client) == {"type": "idle"}
        for nonsense in ("", "{", "[]", '{"watchLevels":1}', '"' * 200, "[" * 100, b"\x00"):
            client.send(nonsense)
        client.send('{"watchLevels":true}')
        assert frame(client) == {"type": "levels", "runId": "", "streams": []}
        run_id = start(http, flow)
        told: list[Json] = []
        while not told or told[-1]["type"] != "run" or told[-1]["run"]["result"] == "running":
            told.append(frame(client))
        recorded = http.get(f"/api/runs/{run_id}/events").json()["events"]

    levels = [one for one in told if one["type"] == "levels" and one["runId"] == run_id]
    loudest = {each["instanceId"]: each["heardDbfs"] for one in levels for each in one["streams"] if each["heardDbfs"]}
    assert loudest["b"] == -16
    assert [event for one in told for event in one.get("events", [])] == recorded
