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


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("GET", "/api/scenarios/none", None, "시나리오 'none' 없음"),
        ("GET", "/api/nothing", None, "여기에는 아무것도 없습니다"),
        ("DELETE", "/api/version", None, "이 주소는 DELETE 메서드를 받지 않습니다"),
        ("PATCH", "/api/scenarios/none", {"name": 5}, "name: 문자열이어야 합니다"),
        ("POST", "/api/projects", {"name": "a\nb"}, "이름은 인쇄할 수 있는 글자 1~200자여야 하는데 'a\\nb'입니다"),
        ("POST", "/api/runs/current/stop", None, "실행 중인 시나리오 없음"),
    ],
)
def test_what_is_wrong_is_told_in_the_language_of_the_client(
    api: Api, method: str, path: str, body: object, told: str
) -> None:
    assert api.refused(method, path, body, headers={"Accept-Language": "ko"})[2]["message"] == told
    assert api.refused(method, path, body)[2]["message"].isascii()


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
    assert "no space left on device" in error["message"]
    assert "no space left on device" in caplog.text
    assert api.ask("GET", path) == stored
    assert api.ask("PUT", path, {"flowData": {"x": 1}, "version": 1})["version"] == 2


def test_defect_is_logged_and_its_text_kept_from_the_client(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.parts.archive._folder = None  # type: ignore[assignment]  # anything that makes a route fail unexpectedly
    with caplog.at_level(logging.ERROR):
        status, code, error = api.refused("GET", "/api/runs/x")
    assert (status, code) == (500, "internal")
    assert "TypeError" not in str(error)
    assert "GET /api/runs/x failed" in caplog.text
