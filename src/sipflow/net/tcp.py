"""The TCP half of an endpoint: a listener, outgoing connections, and their reuse. Source: RFC 3261 §18."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from sipflow.base.errors import FramingError
from sipflow.net.endpoint import Receiver
from sipflow.net.udp import reason_of
from sipflow.sip.flow import Address, Flow
from sipflow.sip.framing import PING, StreamFramer

PONG: Final = b"\r\n"  # RFC 5626 §4.4.1: the answer to a double CRLF
LINGER_S: Final = 2.0  # how long a connection with broken framing may take to read our last answer
CLOSE_S: Final = 1.0  # how long closing waits for bytes that are still to be sent

Failed = Callable[[Flow, str, float], None]
"""Where failures are told: flow, reason, now."""


@dataclass(frozen=True, slots=True)
class TcpLimits:
    """What a stranger may take from us over TCP."""

    max_connections: int = 1000
    """Connections accepted at one time; a further one is closed at once. Our own outgoing ones are not counted."""
    idle_s: float = 30.0
    """How long an accepted connection may take until its first whole message."""
    connect_timeout_s: float = 5.0
    max_unsent_bytes: int = 1 << 20
    """What may wait for a peer that does not read, or does not accept; beyond it the connection is closed."""
    max_head_bytes: int = 64 << 10
    max_body_bytes: int = 1 << 20


class TcpSide:
    """All TCP connections of one endpoint, numbered from 1."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        local: Address,
        receiver: Receiver,
        failed: Failed,
        limits: TcpLimits,
    ) -> None:
        self.loop = loop
        self.local = local
        self.receiver = receiver
        self.limits = limits
        self._failed = failed
        self._by_number: dict[int, TcpConnection] = {}
        self._by_remote: dict[Address, TcpConnection] = {}
        self._all: set[TcpConnection] = set()
        self._accepted: set[TcpConnection] = set()
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._emptied = asyncio.Event()
        self._closed = False

    @property
    def in_use(self) -> int:
        """Connections that messages may be sent on, now or once they are open."""
        return len(self._by_number)

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a listening socket, and own it."""
        self._server = await self.loop.create_server(lambda: TcpConnection(self), sock=sock)

    def send(self, data: bytes, connection: int, target: Address) -> None:
        """Send on that connection if it lives, else on any that reaches the target, else on a new one."""
        if self._closed:
            return
        found = self._by_number.get(connection) or self._by_remote.get(target) or self._connect(target)
        found.send(data)

    async def close(self) -> None:
        """Close everything; bytes still to be sent get one second."""
        self._closed = True
        if self._server is not None:
            self._server.close()
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
        if self._server is not None:
            await self._server.wait_closed()

    def adopt(self, connection: TcpConnection, remote: Address, *, accepted: bool) -> Flow | None:
        """Count a connection in; returns its flow, or None where it is one too many."""
        self._all.add(connection)
        if self._closed or (accepted and len(self._accepted) >= self.limits.max_connections):
            return None
        if accepted:
            self._accepted.add(connection)
        flow = Flow("TCP", self.local, remote, next(self._numbers))
        self._by_number[flow.connection] = self._by_remote[remote] = connection
        return flow

    def retire(self, flow: Flow) -> bool:
        """Send nothing more on a connection; False where that is so already."""
        connection = self._by_number.pop(flow.connection, None)
        if connection is not None and self._by_remote.get(flow.remote) is connection:
            del self._by_remote[flow.remote]
        return connection is not None

    def forget(self, connection: TcpConnection) -> None:
        """Count a connection out: its socket is closed."""
        self._all.discard(connection)
        self._accepted.discard(connection)
        if not self._all:
            self._emptied.set()

    def failed(self, flow: Flow, reason: str) -> None:
        """Tell the receiver, unless closing."""
        if not self._closed:
            now = self.loop.time()
            self._failed(flow, reason, now)
            self.receiver.batch_ended(now)

    async def _until_empty(self) -> None:
        while self._all:
            self._emptied.clear()
            await self._emptied.wait()

    def _connect(self, target: Address) -> TcpConnection:
        connection = TcpConnection(self)
        connection.flow = self.adopt(connection, target, accepted=False)
        task = self.loop.create_task(self._open(connection, target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return connection

    async def _open(self, connection: TcpConnection, target: Address) -> None:
        try:
            async with asyncio.timeout(self.limits.connect_timeout_s):
                await self.loop.create_connection(lambda: connection, *target, local_addr=(self.local.host, 0))
        except TimeoutError:
            connection.give_up("connect timed out")
        except OSError as error:
            connection.give_up(reason_of(error))
        finally:
            if not connection.is_open:
                self.forget(connection)


class TcpConnection(asyncio.Protocol):
    """One stream. An outgoing one is given its flow before it is open, an accepted one when it is."""

    def __init__(self, side: TcpSide) -> None:
        self.flow: Flow | None = None
        self._side = side
        self._framer = StreamFramer(side.limits.max_head_bytes, side.limits.max_body_bytes)
        self._transport: asyncio.Transport | None = None
        self._unsent = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._retired = False
        self._flushing = False

    @property
    def is_open(self) -> bool:
        """Whether there is a socket."""
        return self._transport is not None

    def send(self, data: bytes) -> None:
        """Send, or keep until the connection is open. A peer that lets too much wait is given up."""
        if self._transport is None:
            self._unsent += data
            waiting = len(self._unsent)
        else:
            self._transport.write(data)
            waiting = self._transport.get_write_buffer_size()
        if waiting > self._side.limits.max_unsent_bytes:
            self.give_up("the peer does not read")

    def give_up(self, reason: str) -> None:
        """End the connection and tell of it."""
        if self.flow is not None and self._retire():
            self._side.loop.call_soon(self._side.failed, self.flow, reason)
        self.abort()

    def close(self) -> None:
        """Close in good order, after what is still to be sent."""
        self._retire()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._retire()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self.flow is None:
            host, port = transport.get_extra_info("peername", ("", 0))[:2]
            self.flow = self._side.adopt(self, Address(host, port), accepted=True)
            if self.flow is None:
                transport.abort()
                return
            self._timer = self._side.loop.call_later(self._side.limits.idle_s, self.close)
        if self._retired:
            transport.abort()
        elif self._unsent:
            transport.write(bytes(self._unsent))
            self._unsent.clear()

    def data_received(self, data: bytes) -> None:
        if self._retired or self.flow is None or self._transport is None:
            return
        now = self._side.loop.time()
        receiver = self._side.receiver
        broken = False
        try:
            items = self._framer.feed(data)
        except FramingError as fault:
            items = [*fault.frames, fault.data]  # what is there of the message, so that it can be answered
            broken = True
        for item in items:
            if item == PING:
                self._transport.write(PONG)
                continue
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            receiver.message_received(item, self.flow, now)
        receiver.batch_ended(now)
        if broken:
            self._linger()

    def _linger(self) -> None:
        """End our direction after what was written; what still comes is thrown away, for a short while.

        Closing at once would reset the connection under an answer that the peer has not read yet.
        """
        self._retire()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()
            self._timer = self._side.loop.call_later(LINGER_S, self.abort)

    def eof_received(self) -> None:
        self._retire()
        self._flushing = self._transport is not None and self._transport.get_write_buffer_size() > 0

    def connection_lost(self, error: Exception | None) -> None:
        was_in_use = self._retire()
        self._side.forget(self)
        if (was_in_use or self._flushing) and self.flow is not None and isinstance(error, OSError):
            self._side.failed(self.flow, reason_of(error))

    def _retire(self) -> bool:
        """Send nothing more; False where that is so already."""
        self._retired = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return self.flow is not None and self._side.retire(self.flow)
