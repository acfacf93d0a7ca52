"""The built editor as it is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.api import Api, open_api


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built editor of two files, with a secret beside it."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html>the editor")
    (static / "assets" / "app-1.js").write_text("script")
    (tmp_path / "secret.txt").write_text("sesame")
    (tmp_path / "static-of-others").mkdir()
    (tmp_path / "static-of-others" / "secret.txt").write_text("sesame")
    (static / "link.txt").symlink_to(tmp_path / "secret.txt")
    return static


@pytest.fixture
def api(tmp_path: Path, built: Path) -> Iterator[Api]:
    with open_api(tmp_path / "data", static_folder=built) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/index.html", "/scenarios/1/runs/2", "/scenarios/%EC%9D%BC"])
def test_every_address_of_the_editor_is_its_page(api: Api, path: str) -> None:
    response = api.send("GET", path)
    assert response.text.endswith("the editor")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-type"].startswith("text/html")


def test_hashed_file_is_kept_by_browsers(api: Api) -> None:
    response = api.send("GET", "/assets/app-1.js")
    assert (response.text, response.headers["content-type"]) == ("script", "text/javascript; charset=utf-8")
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/none.js", "/favicon.ico"])
def test_file_that_is_not_there_is_not_the_page(api: Api, path: str) -> None:
    assert api.send("GET", path).status_code == 404


@pytest.mark.parametrize("path", ["/api/scenarios/..%2f..%2findex.html", "/api/%2e%2e/index.html", "/api/x/../y"])
def test_address_of_the_api_is_never_the_page(api: Api, path: str) -> None:
    assert api.send("GET", path).status_code == 404


@pytest.mark.conformance("R4")
@pytest.mark.parametrize(
    "path",
    [
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/..%2fstatic-of-others%2fsecret.txt",
        "/%2fetc%2fpasswd.txt",
        "/link.txt",
        "/secret.txt%00.html",
        "/....%2f%2fsecret.txt",
    ],
)
def test_nothing_outside_the_folder_is_served(api: Api, path: str) -> None:
    response = api.send("GET", path)
    assert response.status_code == 404
    assert "sesame" not in response.text


def test_changes_have_no_place_among_files(api: Api) -> None:
    assert api.send("POST", "/index.html").status_code == 405


def test_checkout_without_a_built_editor_says_how_to_build_it(tmp_path: Path) -> None:
    with open_api(tmp_path / "data", static_folder=tmp_path / "none") as api:
        response = api.send("GET", "/")
    assert response.status_code == 503
    assert "scripts/run up" in response.text
