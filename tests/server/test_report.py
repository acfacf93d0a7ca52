"""A run as one HTML file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import wave
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sipflow.server.recordings import MAX_PAGE_BYTES
from tests.documents import chain, document, event, instance
from tests.server.api import Api, open_api

SCRIPT = 'const end = "</script><!--";\r\nshow(end);'
HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 \"'"


class Page(HTMLParser):
    """The scripts of a page as a browser takes them: each element's attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tags: list[str] = []
        self.policy = ""
        self.title = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag == "meta" and ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif self._inside == "title":
            self.title += data

    def blocks(self, name: str) -> list[Any]:
        return [json.loads(text) for attributes, text in self.scripts if attributes.get("data-sipflow") == name]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Api]:
    """The application with an editor that was built."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(
        '<script type="module" crossorigin src="/assets/index-1.js"></script>'
        '<link rel="stylesheet" crossorigin href="/assets/style-1.css">'
    )
    (folder / "assets" / "index-1.js").write_text(SCRIPT, newline="")
    (folder / "assets" / "style-1.css").write_text("@font-face{src:url(/assets/x.woff2)}a{b:url(/elsewhere.png)}")
    (folder / "assets" / "x.woff2").write_bytes(b"font")
    with open_api(tmp_path / "data", static_folder=folder) as opened:
        yield opened


def failed_run(api: Api, name: str = "call") -> dict[str, Any]:
    run = api.play(document(instance("a", label=HOSTILE), event("in", "INCOMING", timeout=50), edges=chain("a", "in")))
    renamed: dict[str, Any] = api.ask("PATCH", f"/api/runs/{run['id']}", {"name": name})
    return renamed


def report(api: Api, run: dict[str, Any]) -> Page:
    answer = api.send("GET", f"/api/runs/{run['id']}/report.html")
    assert answer.status_code == 200
    return Page(answer.text)


def test_report_holds_the_run_its_document_its_events_and_what_they_are_shown_with(built: Api) -> None:
    run = failed_run(built)

    page = report(built, run)

    [held] = page.blocks("run")
    assert held["run"] == run
    assert held["flowData"] == built.ask("GET", f"/api/runs/{run['id']}")["flowData"]
    assert held["nodeTypes"]["ko"] == built.ask("GET", "/api/node-types?lang=ko")
    assert held["hints"]["en"] == built.ask("GET", "/api/failure-hints?lang=en")
    events = [event for block in page.blocks("events") for event in block]
    assert events == built.ask("GET", f"/api/runs/{run['id']}/events")["events"]


def test_report_holds_recordings_as_far_as_there_is_room_and_names_the_others(built: Api) -> None:
    run = failed_run(built)
    folder = built.parts.archive.recordings(run["id"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in (("a.wav", 1_000), ("b.wav", MAX_PAGE_BYTES), ("c.wav", 2_000)):
        with wave.open(str(folder / name), "wb") as file:
            file.setparams((1, 2, 8_000, 0, "NONE", ""))
            file.writeframes(bytes(size))

    page = report(built, run)

    listed = page.blocks("run")[0]["recordings"]
    assert listed == built.ask("GET", f"/api/runs/{run['id']}/recordings")
    held = {one["name"]: page.blocks(f"recording-{one['id']}") for one in listed}
    assert {name: len(blocks) for name, blocks in held.items()} == {"a.wav": 1, "b.wav": 0, "c.wav": 1}
    assert base64.b64decode(held["c.wav"][0]["data"]) == (folder / "c.wav").read_bytes()
    points = built.ask("GET", f"/api/runs/{run['id']}/recordings/{listed[0]['id']}/waveform?points=600")
    assert held["a.wav"][0]["waveform"] == points
    assert "media-src blob:;" in page.policy


def test_nothing_of_a_run_gets_out_of_its_block(built: Api) -> None:
    page = report(built, failed_run(built, HOSTILE))

    assert page.title == HOSTILE
    assert page.tags.count("script") == 3
    assert page.blocks("run")[0]["flowData"]["nodes"][0]["data"]["label"] == HOSTILE


def test_only_the_editors_own_script_may_run_and_nothing_is_loaded(built: Api) -> None:
    page = report(built, failed_run(built))

    [script] = [text for attributes, text in page.scripts if attributes.get("type") == "module"]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}';" in page.policy
    assert script == 'const end = "\\x3c/script>\\x3c!--";\nshow(end);'


def test_fonts_stand_inside_and_other_addresses_stay_as_they_are(built: Api) -> None:
    text = built.send("GET", f"/api/runs/{failed_run(built)['id']}/report.html").text

    assert "src:url(data:font/woff2;base64,Zm9udA==)" in text
    assert "b:url(/elsewhere.png)" in text


def test_file_is_called_by_the_name_of_the_run(built: Api) -> None:
    run = failed_run(built, "야간 a/b")

    header = built.send("GET", f"/api/runs/{run['id']}/report.html").headers["Content-Disposition"]

    assert re.fullmatch(
        r"attachment; filename\*=UTF-8''%EC%95%BC%EA%B0%84%20a%2Fb%20\d{4}-\d\d-\d\d%20[\d-]+\.html", header
    )


def test_run_under_way_has_no_report_yet(built: Api) -> None:
    run_id = built.start(document(instance("a"), event("w", "TIMEOUT", timeout=600_000), edges=chain("a", "w")))

    assert built.refused("GET", f"/api/runs/{run_id}/report.html")[:2] == (409, "already-running")
    built.ask("POST", "/api/runs/current/stop")


def test_report_of_an_editor_that_is_not_built_says_so(tmp_path: Path) -> None:
    with open_api(tmp_path / "data", static_folder=tmp_path / "nothing") as api:
        status, _, error = api.refused("GET", f"/api/runs/{failed_run(api)['id']}/report.html")

    assert status == 503
    assert "not built" in error["message"]


def test_report_of_no_run_is_refused(built: Api) -> None:
    assert built.refused("GET", "/api/runs/run-0/report.html")[:2] == (404, "not-found")
