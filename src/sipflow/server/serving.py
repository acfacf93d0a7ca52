"""Serving the application on a socket, with limits for clients that are slow or too many."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD_BYTES: Final = 32 * 1024
MAX_CONNECTIONS: Final = 512
MAX_FRAME_BYTES: Final = 4 * 1024
"""Of a WebSocket: clients have nothing to say there."""
GRACE_S: Final = 3
"""For answers under way when the server ends."""
NEXT_PORTS: Final = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client is waited for, in seconds."""

    head_s: float = 10.0
    """For the head of a request, from its first byte or from the connection's start."""
    body_pause_s: float = 30.0
    """For the next piece of a body."""
    idle_s: int = 60
    """For the next request on a connection."""


class _Config(uvicorn.Config):
    """What uvicorn hands to every connection, with our limits."""

    patience: Patience


class Impatient(H11Protocol):
    """HTTP for clients that may be slow on purpose: a request that does not get on is cut off."""

    config: _Config
    _deadline: asyncio.TimerHandle | None = None
    _waits_for_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._give(self.config.patience.head_s)
        self._waits_for_head = True

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_protocol() is not self:  # it has become a WebSocket
            self._give(None)
        elif self._is_answering():
            self._waits_for_head = False
            self._give(self.config.patience.body_pause_s if self.cycle.more_body else None)
        elif not self._waits_for_head:
            self._waits_for_head = True
            self._give(self.config.patience.head_s)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._waits_for_head = False
        self._give(None)  # the next request is awaited by the server's own limit

    def connection_lost(self, exc: Exception | None) -> None:
        self._give(None)
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _give(self, seconds: float | None) -> None:
        """Cut the connection off after this time, unless something comes; None takes the limit away."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort) if seconds is not None else None


class Server(uvicorn.Server):
    """A uvicorn that leaves signals and words to whoever started it."""

    def __init__(
        self,
        app: ASGIApp,
        told: Callable[[], None],
        *,
        logs_requests: bool = False,
        patience: Patience = Patience(),
    ) -> None:
        """`told` is called once, when the server takes requests."""
        config = _Config(
            app,
            http=Impatient,
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            access_log=logs_requests,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=HEAD_BYTES,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=patience.idle_s,
            timeout_graceful_shutdown=GRACE_S,
            ws_max_size=MAX_FRAME_BYTES,
            ws_per_message_deflate=False,
        )
        config.patience = patience
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._told()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int, *, may_move: bool) -> socket.socket:
    """Listen on an address; where its port is in use and `may_move`, on the next free one. Raises OSError."""
    last = min(port + NEXT_PORTS, 65_535) if may_move else port
    for number in range(port, last):
        try:
            return _listen(host, number)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return _listen(host, last)


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening
