"""A server and a Chromium for the journeys: real ones, ended with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.app import App
from tests.journeys.editor import Editor
from tests.peers import find_peer

CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def base_url() -> None:
    """Every test has a server, and an address, of its own."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Take the system's Chromium: none is downloaded."""
    return browser_type_launch_args | {"executable_path": find_peer("chromium"), "args": CHROMIUM_OPTIONS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-GB",
        "permissions": ["clipboard-read", "clipboard-write"],
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[App]:
    """The server that most journeys share: to start one takes longer than many a journey."""
    app = App(tmp_path_factory.mktemp("server") / "data", free_port())
    yield from started(app)


@pytest.fixture
def app(server: App) -> App:
    """A server that runs nothing and keeps nothing."""
    server.clear()
    return server


@pytest.fixture
def own_app(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[App]:
    """A server for this test alone, which may kill it."""
    yield from started(App(tmp_path / "data", free_port()))


def started(app: App) -> Iterator[App]:
    """Start a server, and leave nothing of it behind."""
    app.folder.mkdir()
    app.start()
    yield app
    app.close()


@pytest.fixture
def faults(page: Page) -> Iterator[list[str]]:
    """What goes wrong in the page unseen: errors thrown and errors logged. The test fails by them at its end."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    yield found
    assert found == []


@pytest.fixture
def editor(page: Page, app: App, faults: list[str]) -> Editor:
    """The editor, not opened yet."""
    return Editor(page, app)


@pytest.fixture
def first_start(editor: Editor) -> Editor:
    """The editor as somebody sees it who has never used SIPFLOW."""
    editor.page.goto(editor.app.url)
    return editor
