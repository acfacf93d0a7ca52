"""Projects, scenarios, versions and drafts over HTTP."""

from __future__ import annotations

import json

from sipflow.scenario.document import MAX_BYTES
from tests.documents import Json, instance, two_party
from tests.server.api import Api

UNKNOWN = "/api/scenarios/0123456789abcdef"


def test_first_start_has_a_project(api: Api) -> None:
    assert [project["name"] for project in api.ask("GET", "/api/projects")] == ["My scenarios"]


def test_projects_are_made_renamed_and_deleted_with_their_scenarios(api: Api) -> None:
    project = api.ask("POST", "/api/projects", {"name": " Lab "})
    assert project["name"] == "Lab"
    scenario = api.ask("POST", f"/api/projects/{project['id']}/scenarios", {"name": "a"})

    assert api.ask("PATCH", f"/api/projects/{project['id']}", {"name": "Field"}) == project | {"name": "Field"}
    assert api.refused("POST", "/api/projects", {"name": "Field"})[:2] == (409, "conflict")
    api.ask("DELETE", f"/api/projects/{project['id']}")

    assert api.refused("GET", f"/api/scenarios/{scenario['id']}")[:2] == (404, "not-found")
    assert api.refused("DELETE", f"/api/projects/{project['id']}")[:2] == (404, "not-found")


def test_scenario_keeps_its_document_and_its_shape(api: Api) -> None:
    document = {"zoom": 2, **two_party(), "메모": "한국어", "notes": [{"id": "n", "text": "why"}]}
    stored = api.scenario("call", document)

    assert set(stored) == {"id", "projectId", "name", "version", "updatedAt", "flowData", "draft"}
    loaded = api.ask("GET", f"/api/scenarios/{stored['id']}")
    assert loaded == stored
    assert list(loaded["flowData"]) == ["zoom", "nodes", "edges", "메모", "notes"]
    [summary] = api.ask("GET", f"/api/projects/{stored['projectId']}/scenarios")
    assert summary == {key: stored[key] for key in ("id", "projectId", "name", "version", "updatedAt")} | {
        "hasDraft": False
    }


def test_save_makes_a_version_and_refuses_an_old_one(api: Api) -> None:
    stored = api.scenario()
    path = f"/api/scenarios/{stored['id']}"

    saved = api.ask("PUT", path, {"flowData": {"n": 2}, "version": 1})
    assert (saved["version"], saved["flowData"]) == (2, {"n": 2})
    status, code, error = api.refused("PUT", path, {"flowData": {"n": 3}, "version": 1})

    assert (status, code) == (409, "conflict")
    assert (error["current"]["version"], error["current"]["hasDraft"]) == (2, False)
    assert [version["version"] for version in api.ask("GET", f"{path}/versions")] == [2, 1]
    assert api.ask("GET", f"{path}/versions/1")["flowData"] == {"nodes": [], "edges": []}
    assert api.refused("GET", f"{path}/versions/7")[:2] == (404, "not-found")


def test_draft_follows_its_writer_and_tells_another_one(api: Api) -> None:
    stored = api.scenario()
    path = f"/api/scenarios/{stored['id']}/draft"
    first = api.ask("PUT", path, draft("tab-1", None, n=1))
    second = api.ask("PUT", path, draft("tab-1", first["revision"], n=2))

    status, code, error = api.refused("PUT", path, draft("tab-2", None, n=9))
    assert (status, code) == (409, "conflict")
    assert (error["current"]["client"], error["current"]["flowData"]) == ("tab-1", {"n": 2})
    assert api.refused("PUT", path, draft("tab-2", first["revision"], n=9))[0] == 409

    loaded = api.ask("GET", f"/api/scenarios/{stored['id']}")
    assert loaded["draft"] == error["current"]
    assert loaded["draft"]["revision"] == second["revision"]
    [summary] = api.ask("GET", f"/api/projects/{stored['projectId']}/scenarios")
    assert summary["hasDraft"] is True


def test_draft_is_dropped_by_its_revision_and_never_gets_it_again(api: Api) -> None:
    path = f"/api/scenarios/{api.scenario()['id']}/draft"
    first = api.ask("PUT", path, draft("tab-1", None, n=1))

    assert api.refused("DELETE", f"{path}?revision={first['revision'] + 1}")[:2] == (409, "conflict")
    api.ask("DELETE", f"{path}?revision={first['revision']}")
    api.ask("DELETE", f"{path}?revision={first['revision']}")
    again = api.ask("PUT", path, draft("tab-2", None, n=2))

    assert again["revision"] > first["revision"]
    status, _, error = api.refused("PUT", path, draft("tab-1", first["revision"], n=3))
    assert (status, error["current"]["client"]) == (409, "tab-2")


def test_draft_over_one_that_is_gone_is_a_conflict_with_nothing(api: Api) -> None:
    stored = api.scenario()
    path = f"/api/scenarios/{stored['id']}"
    first = api.ask("PUT", f"{path}/draft", draft("tab-1", None, n=1))
    saved = api.ask("PUT", path, {"flowData": {"n": 2}, "version": 1})

    assert saved["draft"] is None
    status, _, error = api.refused("PUT", f"{path}/draft", draft("tab-1", first["revision"], n=3))
    assert (status, error["current"]) == (409, None)


def test_scenario_is_renamed_moved_and_duplicated(api: Api) -> None:
    stored = api.scenario("call", {"n": 1})
    api.ask("PUT", f"/api/scenarios/{stored['id']}/draft", draft("tab-1", None, n=2))
    other = api.ask("POST", "/api/projects", {"name": "Lab"})["id"]

    copy = api.ask("POST", f"/api/scenarios/{stored['id']}/duplicate")
    assert (copy["name"], copy["flowData"], copy["draft"]) == ("call (2)", {"n": 2}, None)
    assert api.ask("POST", f"/api/scenarios/{stored['id']}/duplicate")["name"] == "call (3)"
    assert api.refused("PATCH", f"/api/scenarios/{copy['id']}", {"name": "call"})[:2] == (409, "conflict")
    moved = api.ask("PATCH", f"/api/scenarios/{copy['id']}", {"name": "call", "projectId": other})
    assert (moved["name"], moved["projectId"]) == ("call", other)
    assert api.refused("PATCH", f"/api/scenarios/{copy['id']}", {"projectId": "nowhere"})[:2] == (404, "not-found")


def test_import_takes_a_file_under_its_name(api: Api) -> None:
    path = f"/api/projects/{api.project()}/import"
    text = "\ufeff" + json.dumps(two_party())

    names = [
        api.ask("POST", path, {"fileName": name, "text": text.lstrip("\ufeff")})["name"]
        for name in ("call.sipflow.json", r"C:\calls\call.JSON", "../../etc/call.json", "\u202e\n.json", "x" * 500)
    ]
    assert names == ["call", "call (2)", "call (3)", "scenario", "x" * 150]


def test_import_of_a_broken_file_says_what_is_wrong(api: Api) -> None:
    path = f"/api/projects/{api.project()}/import"
    for text, told in (("{", "not JSON"), ("[]", "expected an object"), ("[" * 100_000, "too deep")):
        status, code, error = api.refused("POST", path, {"fileName": "call.json", "text": text})
        assert (status, code) == (422, "invalid")
        assert told in error["findings"][0]["message"]
    assert api.refused("POST", path, {"fileName": "a.json", "text": " " * (MAX_BYTES + 1)})[:2] == (413, "too-large")
    assert api.ask("GET", f"/api/projects/{api.project()}/scenarios") == []


def test_export_is_what_is_edited_without_its_passwords(api: Api) -> None:
    stored = api.scenario("call", {"nodes": [], "edges": []})
    secret, named = instance("a", password="hunter2"), instance("b", password="${env:SECRET}")
    draft = {"flowData": {"nodes": [secret, named], "edges": []}, "baseVersion": 1, "revision": None, "client": "tab"}
    api.ask("PUT", f"/api/scenarios/{stored['id']}/draft", draft)

    exported = api.ask("GET", f"/api/scenarios/{stored['id']}/export")

    passwords = {node["id"]: node["data"]["password"] for node in exported["nodes"]}
    assert passwords["b"] == "${env:SECRET}"
    assert "hunter2" not in str(exported)


def test_export_can_be_imported(api: Api) -> None:
    document = {**two_party(), "note": "한 \ud800"}
    stored = api.scenario('a/b: "일"', document)

    response = api.send("GET", f"/api/scenarios/{stored['id']}/export")

    assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''a-b-")
    assert '"' not in response.headers["content-disposition"]
    assert json.loads(response.content) == document
    imported = api.ask(
        "POST", f"/api/projects/{api.project()}/import", {"fileName": "b.json", "text": response.content.decode()}
    )
    assert imported["flowData"] == document


def test_unknown_ids_are_not_found(api: Api) -> None:
    save = {"flowData": {}, "version": 1}
    for method, path, body in (
        ("GET", UNKNOWN, None),
        ("PUT", UNKNOWN, save),
        ("PATCH", UNKNOWN, {"name": "x"}),
        ("DELETE", UNKNOWN, None),
        ("POST", f"{UNKNOWN}/duplicate", None),
        ("GET", f"{UNKNOWN}/versions", None),
        ("GET", f"{UNKNOWN}/export", None),
        ("PUT", f"{UNKNOWN}/draft", draft("tab", None)),
        ("DELETE", f"{UNKNOWN}/draft?revision=1", None),
        ("POST", "/api/projects/x/scenarios", {"name": "x"}),
        ("GET", "/api/scenarios/%00", None),
        ("GET", "/api/nothing", None),
    ):
        assert api.refused(method, path, body)[:2] == (404, "not-found"), (method, path)


def test_what_is_no_document_is_refused(api: Api) -> None:
    stored = api.scenario()
    path = f"/api/scenarios/{stored['id']}"
    deep: Json = {}
    for _ in range(200):
        deep = {"a": deep}
    bodies: tuple[object, ...] = (
        {"flowData": [], "version": 1},
        {"flowData": {}, "version": -1},
        {"flowData": {}, "version": 10**30},
        {"flowData": {}},
        {"flowData": deep, "version": 1},
        [],
    )
    for body in bodies:
        assert api.refused("PUT", path, body)[:2] == (422, "invalid")
    for raw in ("{", '{"flowData": {"x": NaN}, "version": 1}', '{"flowData":' + "[" * 100_000, "\x00"):
        headers = {"Content-Type": "application/json"}
        assert api.refused("PUT", path, content=raw.encode(), headers=headers)[:2] == (422, "invalid")
    assert api.ask("GET", path) == stored


def draft(client: str, revision: int | None, **flow_data: object) -> Json:
    return {"flowData": flow_data, "baseVersion": 1, "revision": revision, "client": client}
