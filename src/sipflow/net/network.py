"""Real sockets: UDP and TCP on one port, behind the `Network` seam."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from typing import Final

from sipflow.base.errors import AddressUnavailable
from sipflow.net.endpoint import Receiver
from sipflow.net.tcp import TcpLimits, TcpSide
from sipflow.net.udp import UdpSocket, reason_of
from sipflow.sip.flow import Address, Flow

PORT_ATTEMPTS: Final = 50
LISTEN_BACKLOG: Final = 1024
MAX_TARGETS: Final = 10_000
MAX_UNRESOLVED: Final = 100


class AsyncioNetwork:
    """The machine's own network, on the running event loop."""

    def __init__(self, limits: TcpLimits | None = None) -> None:
        self._limits = limits or TcpLimits()

    async def bind(self, host: str, port: int, receiver: Receiver) -> AsyncioEndpoint:
        """Listen with UDP and TCP on one port; 0 chooses one that is free for both.

        `host` is an IP literal or a name of this machine. Raises AddressUnavailable, and then leaves nothing open.
        """
        family, literal = await _resolve(host, port)
        datagrams, listener = _open_pair(family, host, literal, port)
        local = Address(literal, datagrams.getsockname()[1])
        endpoint = AsyncioEndpoint(asyncio.get_running_loop(), family, local, receiver)
        try:
            await endpoint.open(datagrams, listener, self._limits)
        except BaseException:
            await endpoint.close()
            raise
        return endpoint


class AsyncioEndpoint:
    """One address with UDP and TCP on the same port."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, family: socket.AddressFamily, local: Address, receiver: Receiver
    ) -> None:
        self.local = local
        self._loop = loop
        self._family = family
        self._receiver = receiver
        self._udp: UdpSocket | None = None
        self._tcp: TcpSide | None = None
        self._targets: dict[Address, Address] = {}
        self._aliases: dict[Address, set[Address]] = {}
        self._unresolved: dict[Address, list[tuple[bytes, Flow]]] = {}
        self._lookups: set[asyncio.Task[None]] = set()

    @property
    def open_connections(self) -> int:
        """Connections in use, those that are still being opened included."""
        return 0 if self._tcp is None else self._tcp.in_use

    async def open(self, datagrams: socket.socket, listener: socket.socket, limits: TcpLimits) -> None:
        """Take over two bound sockets and begin to read."""
        self._udp = UdpSocket(self._loop, datagrams, self.local, self._receiver, self._failed)
        self._tcp = TcpSide(self._loop, self.local, self._receiver, self._failed, limits)
        await self._tcp.listen(listener)

    def send(self, data: bytes, flow: Flow) -> None:
        """Send one message. Never blocks and never raises: what fails is told to the receiver, later.

        A host name is looked up once for the life of the endpoint; its failures are told under the name too.
        """
        target = self._targets.get(flow.remote) or self._literal(flow.remote)
        if target is None:
            self._look_up(data, flow)
        elif flow.transport == "UDP":
            if self._udp is not None:
                self._udp.send(data, target)
        elif self._tcp is not None:
            self._tcp.send(data, flow.connection, target)

    async def close(self) -> None:
        """Close sockets, connections and tasks; may be called twice.

        A name look-up that is under way is forgotten; its thread ends when the system's resolver does.
        """
        udp, self._udp = self._udp, None
        tcp, self._tcp = self._tcp, None
        if udp is not None:
            udp.close()
        for task in self._lookups:
            task.cancel()
        if tcp is not None:
            await tcp.close()
        if self._lookups:
            await asyncio.wait(self._lookups)

    def _failed(self, flow: Flow, reason: str, now: float) -> None:
        self._receiver.transport_failed(flow, reason, now)
        for name in self._aliases.get(flow.remote, ()):
            self._receiver.transport_failed(flow._replace(remote=name), reason, now)

    def _literal(self, remote: Address) -> Address | None:
        try:
            ipaddress.ip_address(remote.host)
        except ValueError:
            return None
        return self._remember(remote, remote)

    def _remember(self, remote: Address, target: Address) -> Address:
        if len(self._targets) >= MAX_TARGETS:
            self._targets.clear()
            self._aliases.clear()
        self._targets[remote] = target
        return target

    def _look_up(self, data: bytes, flow: Flow) -> None:
        if self._udp is None:
            return
        waiting = self._unresolved.get(flow.remote)
        if waiting is None:
            self._unresolved[flow.remote] = [(data, flow)]
            task = self._loop.create_task(self._resolve_and_send(flow.remote))
            self._lookups.add(task)
            task.add_done_callback(self._lookups.discard)
        elif len(waiting) < MAX_UNRESOLVED:
            waiting.append((data, flow))

    async def _resolve_and_send(self, remote: Address) -> None:
        reason = ""
        try:
            found = await self._loop.getaddrinfo(*remote, family=self._family, type=socket.SOCK_DGRAM)
            target = Address(str(found[0][4][0]), remote.port)
            self._remember(remote, target)
            self._aliases.setdefault(target, set()).add(remote)
        except (OSError, UnicodeError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else "not a host name"
        for data, flow in self._unresolved.pop(remote):
            if reason:
                self._receiver.transport_failed(flow, f"{remote.host}: {reason}", self._loop.time())
            else:
                self.send(data, flow)
        self._receiver.batch_ended(self._loop.time())


async def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, OverflowError) as error:
        raise AddressUnavailable(host, port, "UDP", getattr(error, "strerror", None) or str(error)) from error
    # `localhost` may have both families: SIP's peers speak IPv4 more often.
    family, _, _, _, sockaddr = next((entry for entry in found if entry[0] == socket.AF_INET), found[0])
    return socket.AddressFamily(family), str(sockaddr[0])


def _open_pair(family: socket.AddressFamily, host: str, literal: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a listening TCP socket on one port."""
    for attempt in range(PORT_ATTEMPTS):
        datagrams = _open(family, socket.SOCK_DGRAM, host, literal, port)
        try:
            return datagrams, _open(family, socket.SOCK_STREAM, host, literal, datagrams.getsockname()[1])
        except AddressUnavailable:
            datagrams.close()
            if port != 0 or attempt == PORT_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _open(family: socket.AddressFamily, kind: socket.SocketKind, host: str, literal: str, port: int) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM and os.name == "posix":
            # Only skips the wait for old connections: a live listener still keeps its port to itself.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((literal, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(LISTEN_BACKLOG)
    except (OSError, OverflowError) as error:
        sock.close()
        transport = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressUnavailable(host, port, transport, reason) from error
    return sock
