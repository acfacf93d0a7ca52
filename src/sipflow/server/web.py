"""The built editor: files that the web build left in a folder of the package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sipflow.server.access import is_api_path

NOT_BUILT: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>SIPFLOW</title>
<h1>The editor is not built</h1>
<p>This SIPFLOW runs from a checkout without its web app. Stop it and start <code>scripts/run up</code>, which
builds it, or run <code>npm ci</code> and <code>npm run build</code> in <code>web/</code>.</p></html>
"""


class EditorMount(Mount):
    """The editor at every address that is not the API's, which refuses by itself."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if is_api_path(scope["path"]) else super().matches(scope)


class WebApp(StaticFiles):
    """Serves the editor: any address that is no file is its page, so that it may have addresses of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False, html=True)
        self._page = folder / "index.html"

    async def check_config(self) -> None:
        """A folder that is not there is told by the page itself."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not self._page.is_file():
            return HTMLResponse(NOT_BUILT, 503)
        try:
            answer = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or "." in Path(path).name:
                raise
            answer = await super().get_response("index.html", scope)
        is_hashed = path.startswith("assets/")  # its name changes with its content
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_hashed else "no-cache"
        return answer
