"""The streams of an endpoint: a listener, outgoing connections, and their reuse. Source: RFC 3261 §18."""

from __future__ import annotations

import asyncio
import socket
from itertools import count
from typing import Final

from sipflow.base import sayings
from sipflow.base.errors import TlsUnusable
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.net.connection import Connection, Failed, StreamLimits
from sipflow.net.endpoint import Receiver, StreamSettings, Told
from sipflow.net.listener import Listener
from sipflow.net.tls import TlsContexts
from sipflow.sip.flow import SECURED, Address, Flow

CLOSE_S: Final = 1.0  # how long closing waits for bytes that are still to be sent

Way = tuple[str, Address, str]
"""Transport, address and domain: what one connection serves."""


class StreamSide:
    """All streams of one endpoint, numbered from 1: TCP, TLS, WS and WSS, accepted on one port."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        local: Address,
        receiver: Receiver,
        failed: Failed,
        limits: StreamLimits,
        settings: StreamSettings,
        tls: TlsContexts,
    ) -> None:
        self.loop = loop
        self.local = local
        self.receiver = receiver
        self.limits = limits
        self.settings = settings
        self.tls = tls
        self._failed = failed
        self._by_number: dict[int, Connection] = {}
        self._by_way: dict[Way, Connection] = {}
        self._all: set[Connection] = set()
        self._accepted: set[Connection] = set()
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: Listener | None = None
        self._emptied = asyncio.Event()
        self._closed = False

    @property
    def in_use(self) -> int:
        """Connections that messages may be sent on, now or once they are open."""
        return len(self._by_number)

    def listen(self, sock: socket.socket) -> None:
        """Accept connections on a listening socket, and own it."""
        self._listener = Listener(self.loop, sock, lambda peer: Connection(self, peer))

    def send(self, data: bytes, flow: Flow, told: Told | None) -> None:
        """Send on the flow's connection if it lives, else on any that serves its way, else on a new one."""
        if self._closed:
            return
        found = self._by_number.get(flow.connection) or self._by_way.get(_way_of(flow)) or self._connect(flow)
        found.send(data, told)

    async def close(self) -> None:
        """Close everything; bytes still to be sent get one second."""
        self._closed = True
        if self._listener is not None:
            await self._listener.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for connection in list(self._all):
            connection.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._until_empty()
        except TimeoutError:
            for connection in list(self._all):
                connection.abort()
            await self._until_empty()

    def accept(self, connection: Connection, remote: Address) -> Flow | None:
        """Count an accepted connection in; returns its flow, or None where it is one too many, or too late."""
        if self._closed or len(self._accepted) >= self.limits.max_connections:
            self._all.add(connection)
            return None
        self._accepted.add(connection)
        return self._adopt(connection, Flow("TCP", self.local, remote, next(self._numbers)))

    def recognise(self, connection: Connection, flow: Flow, transport: str) -> Flow:
        """An accepted connection turns out to speak something else than plain TCP."""
        if self._by_way.get(_way_of(flow)) is connection:
            del self._by_way[_way_of(flow)]
        flow = flow._replace(transport=transport)
        self._by_way[_way_of(flow)] = connection
        return flow

    def retire(self, flow: Flow) -> bool:
        """Send nothing more on a connection; False where that is so already."""
        connection = self._by_number.pop(flow.connection, None)
        if connection is not None and self._by_way.get(_way_of(flow)) is connection:
            del self._by_way[_way_of(flow)]
        return connection is not None

    def forget(self, connection: Connection) -> None:
        """Count a connection out: its socket is closed."""
        self._all.discard(connection)
        self._accepted.discard(connection)
        if not self._all:
            self._emptied.set()

    def failed(self, flow: Flow, reason: sayings.Told) -> None:
        """Tell the receiver, unless closing."""
        if not self._closed:
            now = self.loop.time()
            self._failed(flow, reason, now)
            self.receiver.batch_ended(now)

    def closed_by_peer(self, flow: Flow) -> None:
        """Tell the receiver of an orderly end, unless closing."""
        if not self._closed:
            self.receiver.connection_closed(flow, self.loop.time())

    async def _until_empty(self) -> None:
        while self._all:
            self._emptied.clear()
            await self._emptied.wait()

    def _adopt(self, connection: Connection, flow: Flow) -> Flow:
        self._all.add(connection)
        self._by_number[flow.connection] = self._by_way[_way_of(flow)] = connection
        return flow

    def _connect(self, flow: Flow) -> Connection:
        connection = Connection(self)
        connection.flow = self._adopt(connection, flow._replace(local=self.local, connection=next(self._numbers)))
        task = self.loop.create_task(self._open(connection, flow.remote))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return connection

    def load_server(self, connection: Connection, data: bytes) -> None:
        """Make what an accepted connection needs for TLS, and let it go on with what it has read."""
        task = self.loop.create_task(self._load_server(connection, data))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load_server(self, connection: Connection, data: bytes) -> None:
        try:
            await self.tls.load(is_server=True)
        except TlsUnusable as error:
            connection.give_up(str(error))
        else:
            connection.resume(data)

    async def _open(self, connection: Connection, target: Address) -> None:
        try:
            async with asyncio.timeout(self.limits.connect_timeout_s):
                if is_secured(connection.flow) and not self.tls.has(is_server=False):
                    await self.tls.load()
                await self.loop.create_connection(lambda: connection, *target, local_addr=(self.local.host, 0))
        except TimeoutError:
            connection.give_up(Saying.of("connect-timed-out"))
        except OSError as error:
            connection.give_up(told_by_system(error))
        except TlsUnusable as error:
            connection.give_up(str(error))
        finally:
            if not connection.has_socket:
                self.forget(connection)


def is_secured(flow: Flow | None) -> bool:
    """Whether a flow has TLS upon TCP."""
    return flow is not None and SECURED.get(flow.transport) == flow.transport


def _way_of(flow: Flow) -> Way:
    return (flow.transport, flow.remote, flow.domain)
