"""The server over PostgreSQL: the same scenarios and runs for a team."""

from __future__ import annotations

from pathlib import Path

from tests.documents import two_party
from tests.postgresql import PostgreSql
from tests.server.api import open_api


def test_two_servers_share_scenarios_and_each_keeps_its_runs(postgresql: PostgreSql, tmp_path: Path) -> None:
    database = postgresql.database()
    with open_api(tmp_path / "a", database=database) as one, open_api(tmp_path / "b", database=database) as other:
        run = one.play(two_party())
        assert run["result"] == "completed"

        path = f"/api/scenarios/{run['scenarioId']}"
        assert other.ask("GET", path)["flowData"] == two_party()
        other.ask("PUT", path, {"flowData": {"n": 2}, "version": 1})
        assert one.refused("PUT", path, {"flowData": {"n": 3}, "version": 1})[:2] == (409, "conflict")
        assert len(one.ask("GET", "/api/projects")) == 1
        assert other.ask("GET", "/api/runs") == []


def test_what_postgresql_cannot_hold_is_an_error_of_the_client(postgresql: PostgreSql, tmp_path: Path) -> None:
    with open_api(tmp_path, database=postgresql.database()) as api:
        assert api.refused("GET", "/api/scenarios/%00")[:2] == (422, "invalid")
        assert api.refused("POST", "/api/runs", {"scenarioId": "\ud800"})[:2] == (422, "invalid")
        stored = api.scenario("call", {"note": "\x00 한 \ud800"})
        assert stored["flowData"] == {"note": "\x00 한 \ud800"}
