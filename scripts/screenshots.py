"""Take pictures of the running product, in a real browser; started by `scripts/screenshots`."""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from scripts.screens import SCREENS, Desk, Screen
from tests.journeys.app import App
from tests.journeys.conftest import CHROMIUM_OPTIONS
from tests.peers import find_peer

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
Theme = Literal["light", "dark"]
LOCALES = {"en": "en-GB", "ko": "ko-KR"}
SIZES = ((1280, 800), (1920, 1080))
THEMES: tuple[Theme, ...] = ("light", "dark")
ACTION_LIMIT_MS = 15_000
SCREENS_IN_DOCS = ("templates", "editor", "run", "message", "failure", "problems")


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is taken."""

    language: str
    theme: Theme
    size: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.size[0]}x{self.size[1]}"


EVERY_LOOK = [Look(*look) for look in product(LOCALES, THEMES, SIZES)]
IN_DOCS = [Look(language, "light", SIZES[0]) for language in LOCALES]


@contextmanager
def serving(python: str) -> Iterator[App]:
    """A server of its own."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
        found.close()
        data = Path(folder) / "data"
        data.mkdir()
        app = App(data, port, python)
        try:
            app.start()
            yield app
        finally:
            app.close()


@contextmanager
def opened(browser: Browser, look: Look, app: App) -> Iterator[Desk]:
    """Open the page with this look, as nobody has ever used it."""
    app.clear()
    context = browser.new_context(
        viewport={"width": look.size[0], "height": look.size[1]},
        locale=LOCALES[look.language],
        color_scheme=look.theme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(ACTION_LIMIT_MS)
    try:
        page = context.new_page()
        page.goto(app.url)
        yield Desk(page, app, look.language)
    finally:
        context.close()


def take(desk: Desk, screen: Screen, path: Path) -> None:
    """Take a picture of a screen."""
    screen(desk)
    desk.page.mouse.move(0, 0)
    desk.page.evaluate("document.fonts.ready")
    path.parent.mkdir(parents=True, exist_ok=True)
    desk.page.screenshot(path=path, animations="disabled", caret="hide")
    print(path, f"{path.stat().st_size // 1024} KiB", flush=True)


def main() -> None:
    """Take the pictures of the documentation, or all of them into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where all screens go, in every look")
    parser.add_argument("--python", default=sys.executable, help="the Python whose SIPFLOW is shown")
    parser.add_argument("--only", nargs="*", choices=SCREENS, default=(), help="names of screens", metavar="SCREEN")
    parser.add_argument(
        "--look", nargs="*", choices=[*map(str, EVERY_LOOK)], default=(), help="such as ko-dark-1280x800"
    )
    chosen = parser.parse_args()
    folder: Path | None = chosen.folder
    looks = [look for look in (EVERY_LOOK if folder else IN_DOCS) if not chosen.look or str(look) in chosen.look]
    names = chosen.only or (SCREENS if folder else SCREENS_IN_DOCS)
    with sync_playwright() as playwright, serving(chosen.python) as app:
        browser = playwright.chromium.launch(executable_path=find_peer("chromium"), args=CHROMIUM_OPTIONS)
        for look, name in product(looks, names):
            with opened(browser, look, app) as desk:
                path = folder / str(look) / f"{name}.png" if folder else IMAGES / f"{name}.{look.language}.png"
                take(desk, SCREENS[name], path)
        browser.close()


if __name__ == "__main__":
    main()
