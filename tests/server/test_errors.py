"""What the API answers when something is wrong with it and not with the request."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from sipflow.base.errors import SipflowError
from sipflow.server.errors import ANSWERS
from tests.server.api import Api


def test_every_error_has_an_answer() -> None:
    def descendants(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))

    for kind in descendants(SipflowError):
        assert any(ancestor in ANSWERS for ancestor in kind.__mro__)


def test_wrong_method_is_named(api: Api) -> None:
    status, code, error = api.refused("DELETE", "/api/version")
    assert (status, code) == (405, "not-allowed")
    assert "DELETE" in error["message"]


def test_unreadable_body_is_told_by_place_and_never_by_value(api: Api) -> None:
    body = {"flowData": {}, "version": "s3cret", "more": "s3cret"}
    _, _, error = api.refused("PUT", f"/api/scenarios/{api.scenario()['id']}", body)
    assert error["message"].startswith("version: ")
    assert "s3cret" not in str(error)


@pytest.mark.conformance("R12")
def test_full_disk_is_told_and_changes_nothing(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    stored = api.scenario()
    path = f"/api/scenarios/{stored['id']}"

    async def fill() -> None:
        async with api.parts.repository._database.read() as connection:  # the pool's only one, which the save reuses
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            await connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    api.call(fill)
    status, code, error = api.refused("PUT", path, {"flowData": {"x": "y" * 100_000}, "version": 1})

    assert (status, code) == (503, "storage")
    assert "disk is full" in error["message"]
    assert "disk is full" in caplog.text
    assert api.ask("GET", path) == stored
    assert api.ask("PUT", path, {"flowData": {"x": 1}, "version": 1})["version"] == 2


def test_defect_is_logged_and_its_text_kept_from_the_client(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.parts.archive._folder = None  # type: ignore[assignment]  # anything that makes a route fail unexpectedly
    with caplog.at_level(logging.ERROR):
        status, code, error = api.refused("GET", "/api/runs/x")
    assert (status, code) == (500, "internal")
    assert "TypeError" not in str(error)
    assert "GET /api/runs/x failed" in caplog.text
