"""Documents that are too long, too deep or full of nonsense."""

from __future__ import annotations

import json

import pytest

from sipflow.scenario.document import MAX_BYTES, MAX_DEPTH
from sipflow.server.scenarios_api import IMPORT_BYTES
from tests.server.api import Api

JSON = {"Content-Type": "application/json"}


def nested(depth: int) -> str:
    """A document as deep as this, itself included."""
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


def import_text(api: Api, text: str) -> tuple[int, str]:
    response = api.send("POST", f"/api/projects/{api.project()}/import", {"fileName": "a.json", "text": text})
    return response.status_code, response.json().get("error", {}).get("code", "")


@pytest.mark.conformance("R5")
def test_depth_is_limited_to_64(api: Api) -> None:
    assert import_text(api, nested(MAX_DEPTH)) == (201, "")
    for depth in (MAX_DEPTH + 1, 1_000, 10_000, 500_000):
        assert import_text(api, nested(depth)) == (422, "invalid"), depth
        stored = api.project()
        body = f'{{"name":"x","flowData":{nested(depth)}}}'.encode()
        assert api.refused("POST", f"/api/projects/{stored}/scenarios", content=body, headers=JSON)[0] == 422, depth


@pytest.mark.conformance("R5")
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nesting_that_never_closes_is_refused_everywhere(api: Api, opening: str) -> None:
    bomb = opening * 400_000
    assert import_text(api, bomb) == (422, "invalid")
    for path in ("/api/validate", "/api/runs", "/api/projects"):
        assert api.refused("POST", path, content=bomb.encode(), headers=JSON)[:2] == (422, "invalid"), path


@pytest.mark.conformance("R5")
@pytest.mark.parametrize("number", ["1" * 5_000, "-" + "9" * 100_000, "1e999", "-1e999", "NaN", "Infinity"])
def test_number_that_no_json_document_holds_is_refused(api: Api, number: str) -> None:
    assert import_text(api, f'{{"n":{number}}}') == (422, "invalid")
    body = f'{{"flowData":{{"n":{number}}},"variables":{{}}}}'.encode()
    response = api.send("POST", "/api/validate", content=body, headers=JSON)
    assert response.status_code in (200, 422)


@pytest.mark.conformance("R5")
def test_import_is_refused_by_its_size_before_it_is_read(api: Api) -> None:
    assert import_text(api, json.dumps({"x": "y" * MAX_BYTES})) == (413, "too-large")

    for framing in ({"Content-Length": str(100 * 1024 * 1024)}, {"Transfer-Encoding": "chunked"}):
        body = b" " * (IMPORT_BYTES + 1) if "Transfer-Encoding" in framing else b""
        path = f"/api/projects/{api.project()}/import"
        response = api.send("POST", path, content=body, headers=JSON | framing)
        assert (response.status_code, response.json()["error"]["code"]) == (413, "too-large"), framing
        assert "content-security-policy" in response.headers


def test_document_whose_every_character_is_escaped_in_the_request_is_taken(api: Api) -> None:
    text = json.dumps({"x": '"' * (MAX_BYTES // 2 - 100)})
    assert MAX_BYTES - 1_000 < len(text) < MAX_BYTES
    assert import_text(api, text) == (201, "")


@pytest.mark.conformance("R5")
def test_many_small_nodes_are_looked_through_in_time(api: Api) -> None:
    nodes = [{"id": str(n), "type": "command", "data": {"command": "Answer"}} for n in range(6_000)]
    findings = api.ask("POST", "/api/validate", {"flowData": {"nodes": nodes, "edges": []}})["findings"]
    assert any("5000" in finding["message"].replace(",", "") for finding in findings), findings[:3]


@pytest.mark.conformance("R5")
@pytest.mark.parametrize("name", ["half \ud800", "a\x00b", "x" * 201, "", " ", 7, None, ["x"]])
def test_name_that_is_none_is_refused(api: Api, name: object) -> None:
    stored = api.scenario()
    project = f"/api/projects/{stored['projectId']}"
    assert api.refused("POST", "/api/projects", {"name": name})[:2] == (422, "invalid")
    assert api.refused("PATCH", project, {"name": name})[:2] == (422, "invalid")
    assert api.refused("POST", f"{project}/scenarios", {"name": name})[:2] == (422, "invalid")


@pytest.mark.parametrize(
    "strange", ["\ud800", "\x00", "x" * 100_000, "../../etc/passwd", "%00", "'; DROP TABLE scenarios"]
)
def test_id_that_is_none_is_an_error_of_the_client(api: Api, strange: str) -> None:
    stored = api.scenario()
    for method, path, body in (
        ("POST", "/api/runs", {"scenarioId": strange}),
        ("PATCH", f"/api/scenarios/{stored['id']}", {"projectId": strange}),
    ):
        assert api.refused(method, path, body)[0] in (404, 422), path


@pytest.mark.parametrize(
    "variables",
    [{"x": 1}, {"x": None}, {"x" * 101: "y"}, {"x": "y" * 10_001}, {str(n): "" for n in range(201)}, [], "x"],
)
def test_variables_are_short_text(api: Api, variables: object) -> None:
    body = {"scenarioId": api.scenario()["id"], "variables": variables}
    assert api.refused("POST", "/api/runs", body)[:2] == (422, "invalid")
