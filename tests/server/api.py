"""The application in this process, spoken to without a socket."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from sipflow.server.app import create_app, open_parts
from sipflow.server.parts import Parts, ServerSettings
from sipflow.testing import MemoryNetwork
from tests.documents import Json

TOKEN = "the token of the tests, long enough"
HOST = "127.0.0.1:8620"
END_LIMIT_S = 20


def fill(path: str, stored: Json) -> str:
    """A path of the API with a stored scenario's ids in it, and nobody's for everything else."""
    ids = {"project_id": stored["projectId"], "scenario_id": stored["id"], "version": 1}
    return path.format_map(defaultdict(lambda: "x", ids))


class Api:
    """Requests as a script would send them: with the token, unless told otherwise."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient, parts: Parts) -> None:
        self._portal = portal
        self._client = client
        self.parts = parts
        self._numbers = count(1)

    def call(self, function: Callable[[], Awaitable[object]]) -> None:
        """Do something in the server's own event loop."""
        self._portal.call(function)

    def send(
        self, method: str, path: str, body: object = None, *, knows_token: bool = True, **options: Any
    ) -> httpx.Response:
        """Send a request, a body as JSON; without the token where the client doesn't know it."""
        if body is not None:
            options["content"] = json.dumps(body)
            options["headers"] = {"Content-Type": "application/json"} | options.get("headers", {})
        request = self._client.build_request(method, path, **options)
        if not knows_token:
            del request.headers["Authorization"]
        response: httpx.Response = self._portal.call(self._client.send, request)
        return response

    def ask(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """Send a request that must be granted, and return what it brings."""
        response = self.send(method, path, body, **options)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str, Json]:
        """Send a request that must be refused, and return status, code and the whole error."""
        response = self.send(method, path, body, **options)
        assert response.is_error, response.text
        error: Json = response.json()["error"]
        assert error["message"]
        return response.status_code, error["code"], error

    def project(self) -> str:
        """The id of the project that is there from the start."""
        projects = self.ask("GET", "/api/projects")
        first: str = projects[0]["id"]
        return first

    def play(self, flow_data: Json, variables: dict[str, str] | None = None) -> Json:
        """Store a scenario, run it and return the run once it has ended."""
        run_id = self.start(flow_data, variables)
        return self.ended(run_id)

    def start(self, flow_data: Json, variables: dict[str, str] | None = None) -> str:
        """Store a scenario, start it and return the run's id."""
        scenario_id = self.scenario(f"call {next(self._numbers)}", flow_data)["id"]
        started = self.ask("POST", "/api/runs", {"scenarioId": scenario_id, "variables": variables or {}})
        run_id: str = started["runId"]
        return run_id

    def ended(self, run_id: str) -> Json:
        """Wait for the end of a run, which is the newest one."""

        async def end() -> None:
            async with asyncio.timeout(END_LIMIT_S):
                async for _ in self.parts.hub.listen(run_id).frames():
                    run = self.parts.hub.run
                    if run is not None and run.ended_at is not None:
                        return

        self.call(end)
        run: Json = self.ask("GET", f"/api/runs/{run_id}")
        return run

    def scenario(self, name: str = "call", flow_data: Json | None = None) -> Json:
        """Store a scenario."""
        stored: Json = self.ask(
            "POST", f"/api/projects/{self.project()}/scenarios", {"name": name, "flowData": flow_data}
        )
        return stored


@contextmanager
def open_api(folder: Path, **settings: Any) -> Iterator[Api]:
    """Open the application over a data folder; its calls stay in memory."""
    chosen = ServerSettings(data_folder=folder, token=TOKEN, **settings)
    opening = open_parts(chosen, network=MemoryNetwork())
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(opening) as parts:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(parts), raise_app_exceptions=False),
            base_url=f"http://{HOST}",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        with portal.wrap_async_context_manager(client):
            yield Api(portal, client, parts)
