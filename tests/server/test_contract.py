"""OpenAPI is the contract between the server and the editor."""

from __future__ import annotations

import json
from pathlib import Path

from sipflow.server.app import make_api
from tests.server.api import Api

KEPT = Path(__file__).parents[2] / "web" / "src" / "api" / "openapi.json"


def test_kept_contract_is_what_the_server_does() -> None:
    """Where it fails: python scripts/openapi.py, then python scripts/build_web.py --npm run --silent types."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    for part in ("paths", "components"):
        assert kept[part] == make_api().openapi()[part]


def test_contract_is_served(api: Api) -> None:
    assert api.ask("GET", "/api/openapi.json")["paths"].keys() == make_api().openapi()["paths"].keys()


def test_supported_commands_and_events_come_with_their_schemas(api: Api) -> None:
    listed = api.ask("GET", "/api/node-types")
    assert {node_type["kind"] for node_type in listed} >= {"command", "event"}
    assert {"MakeCall", "INCOMING"} <= {node_type["name"] for node_type in listed}
    for node_type in listed:
        assert node_type["schema"]["type"] == "object"


def test_version_tells_what_is_serving(api: Api) -> None:
    assert set(api.ask("GET", "/api/version")) == {"version", "python", "platform"}
