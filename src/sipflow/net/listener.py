"""A listening socket whose closing misses no connection.

asyncio's own server takes a connection over step by step, and forgets one that it is closed amidst: its socket stays
open (`Server._attach` in CPython 3.11 to 3.13).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Final

from sipflow.sip.flow import Address

logger = logging.getLogger(__name__)

BURST: Final = 100
"""Connections that are accepted before anything else gets its turn."""
RESPITE_S: Final = 1.0
"""How long none is accepted once this machine has no descriptor or memory left for one."""
EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """Accepts connections on a socket, and owns it. `new_connection` makes the protocol of one, from its peer."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        new_connection: Callable[[Address], asyncio.Protocol],
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._new_connection = new_connection
        self._adopting: set[asyncio.Task[None]] = set()
        self._respite: asyncio.TimerHandle | None = None
        self._listen()

    def _listen(self) -> None:
        self._respite = None
        self._loop.add_reader(self._sock.fileno(), self._on_readable)

    def _on_readable(self) -> None:
        for _ in range(BURST):
            try:
                sock, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                logger.warning("no connection can be accepted: %s", error.strerror)
                self._loop.remove_reader(self._sock.fileno())
                self._respite = self._loop.call_later(RESPITE_S, self._listen)
                return
            task = self._loop.create_task(self._adopt(sock, Address(*peer[:2])))
            self._adopting.add(task)
            task.add_done_callback(self._adopting.discard)

    async def _adopt(self, sock: socket.socket, peer: Address) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: self._new_connection(peer), sock)
        except OSError:  # it is gone already
            sock.close()

    async def close(self) -> None:
        """Accept no more. Whoever was being accepted has its protocol then."""
        if self._respite is not None:
            self._respite.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        if self._adopting:
            await asyncio.wait(self._adopting)
