"""The application on a real socket, within this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from websockets.sync.client import ClientConnection, connect

from sipflow.server.app import create_app, open_parts
from sipflow.server.parts import Parts, ServerSettings
from sipflow.server.serving import Patience, Server, listen
from sipflow.testing import MemoryNetwork

TOKEN = "the token of the tests, long enough"
START_LIMIT_S = 20
ANSWER_LIMIT_S = 20


@dataclass
class Live:
    """A server that takes connections."""

    port: int
    parts: Parts
    server: Server
    portal: BlockingPortal
    """Calls functions in the server's own thread."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **headers: str) -> httpx.Client:
        """A client that knows the token."""
        headers = {"Authorization": f"Bearer {TOKEN}"} | headers
        return httpx.Client(base_url=self.origin, headers=headers, timeout=ANSWER_LIMIT_S)

    def events(self, query: str = "", /, **headers: str | None) -> AbstractContextManager[ClientConnection]:
        """The live socket as a script opens it. Raises InvalidStatus where it is refused."""
        chosen = {"Authorization": f"Bearer {TOKEN}"} | headers
        sent = {name: value for name, value in chosen.items() if value is not None}
        return connect(
            f"ws://127.0.0.1:{self.port}/api/events{query}",
            additional_headers=sent,
            compression=None,
            proxy=None,
            max_size=None,
            open_timeout=ANSWER_LIMIT_S,
        )

    def raw(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), ANSWER_LIMIT_S)


@contextmanager
def serve_live(folder: Path, *, patience: Patience | None = None, **settings: Any) -> Iterator[Live]:
    """Serve a data folder; calls stay in memory."""
    is_up = threading.Event()
    listening = listen("127.0.0.1", 0, may_move=False)
    port = listening.getsockname()[1]
    chosen = ServerSettings(data_folder=folder, token=TOKEN, port=port, **settings)
    opening = open_parts(chosen, network=MemoryNetwork())
    with listening, start_blocking_portal() as portal, portal.wrap_async_context_manager(opening) as parts:
        server = Server(create_app(parts), is_up.set, patience=patience or Patience())
        serving = portal.start_task_soon(partial(server.serve, sockets=[listening]))
        assert is_up.wait(START_LIMIT_S)
        try:
            yield Live(port, parts, server, portal)
        finally:
            server.should_exit = True
            serving.result(START_LIMIT_S)
