"""What is installed from a wheel opens the editor, with nothing of a checkout near it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.app import App
from tests.journeys.package import ROOT, build, copy_sources, install, unpack

pytestmark = pytest.mark.timeout(360)  # two builds, and a third of the editor where its sources have changed
PLACES = "import sipflow, sys; print(sipflow.__file__, *filter(None, sys.path), sep='\\n')"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel that was built from the sdist, as pip does it."""
    folder = tmp_path_factory.mktemp("package")
    copy_sources(folder / "checkout")
    sdist = build(folder / "checkout", "sdist", folder / "sdist")
    sources = unpack(sdist, folder / "sources")
    assert not (sources / "web" / "node_modules").exists()
    return install(build(sources, "wheel", folder / "wheel"), folder / "environment")


def test_wheel_brings_everything_and_nothing_comes_from_the_checkout(python: Path) -> None:
    told = subprocess.run([python, "-I", "-c", PLACES], capture_output=True, text=True, check=True)
    module, *paths = map(Path, told.stdout.splitlines())
    assert module.is_relative_to(python.parents[1])
    assert not [path for path in paths if path.is_relative_to(ROOT)]
    listed = subprocess.run([python, "-I", "-m", "sipflow", "examples"], capture_output=True, text=True, check=True)
    assert "two-party-call" in listed.stdout


def test_installed_wheel_serves_the_editor(
    python: Path, page: Page, faults: list[str], tmp_path: Path, free_port: Callable[[], int]
) -> None:
    (tmp_path / "data").mkdir()
    app = App(tmp_path / "data", free_port(), python=str(python))
    try:
        page.goto(app.start())
        expect(page.get_by_role("dialog").get_by_text("Two-party call")).to_be_visible()
        assert app.get("/api/node-types?lang=ko")[0]["title"] == "SIP 인스턴스"
    finally:
        app.close()
