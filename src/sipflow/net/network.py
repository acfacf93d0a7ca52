"""Real sockets: UDP and streams on one port, behind the `Network` seam."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any, Final

from sipflow.base.errors import AddressUnavailable
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.net.certificates import TestAuthority
from sipflow.net.connection import StreamLimits
from sipflow.net.dns import SystemResolver
from sipflow.net.endpoint import PLAIN, Receiver, StreamSettings, Told
from sipflow.net.resolver import Resolver
from sipflow.net.streams import StreamSide
from sipflow.net.tls import TlsContexts
from sipflow.net.udp import UdpSocket
from sipflow.sip.flow import Address, Flow

PORT_ATTEMPTS: Final = 50
LISTEN_BACKLOG: Final = 1024

_Info = tuple[Any, ...]
"""What getaddrinfo tells of one address."""


class AsyncioNetwork:
    """The machine's own network, on the running event loop.

    Endpoints of one network trust the test certificates of each other.
    """

    def __init__(
        self,
        limits: StreamLimits | None = None,
        *,
        resolver: Resolver | None = None,
        key_log: Path | None = None,
        authority: TestAuthority | None = None,
    ) -> None:
        """`key_log` gets the secrets of all TLS sessions, so that a capture of them can be read."""
        self.resolver = resolver or SystemResolver()
        self._limits = limits or StreamLimits()
        self._authority = authority or TestAuthority()
        self._key_log = key_log

    async def bind(self, host: str, port: int, receiver: Receiver, settings: StreamSettings = PLAIN) -> AsyncioEndpoint:
        """Listen with UDP and streams on one port; 0 chooses one that is free for both.

        `host` is an IP literal or a name of this machine. Raises AddressUnavailable or TlsUnusable, and then leaves
        nothing open.
        """
        family, literal = await _resolve(host, port)
        tls = TlsContexts(settings.tls, self._authority, literal, self._key_log)
        await tls.check()
        datagrams, listener = _open_pair(family, host, literal, port)
        local = Address(literal, datagrams.getsockname()[1])
        endpoint = AsyncioEndpoint(local, receiver)
        try:
            endpoint.open(datagrams, listener, self._limits, settings, tls)
        except BaseException:
            await endpoint.close()
            raise
        return endpoint

    async def host_towards(self, host: str) -> str:
        """The address of this machine from which a host is reached; nothing is sent. Raises AddressUnavailable."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, 5060, type=socket.SOCK_DGRAM)
            family, _, _, _, target = _preferred(found)
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect(target)
                return str(probe.getsockname()[0])
        except (OSError, UnicodeError) as error:
            reason = Saying.of("no-way-to-host", reason=told_by_system(error))
            raise AddressUnavailable(host, 0, "UDP", reason) from error


class AsyncioEndpoint:
    """One address with UDP and streams on the same port."""

    def __init__(self, local: Address, receiver: Receiver) -> None:
        self.local = local
        self._receiver = receiver
        self._udp: UdpSocket | None = None
        self._streams: StreamSide | None = None

    @property
    def open_connections(self) -> int:
        """Connections in use, those that are still being opened included."""
        return 0 if self._streams is None else self._streams.in_use

    def open(
        self,
        datagrams: socket.socket,
        listener: socket.socket,
        limits: StreamLimits,
        settings: StreamSettings,
        tls: TlsContexts,
    ) -> None:
        """Take over two bound sockets and begin to read."""
        loop, failed = asyncio.get_running_loop(), self._receiver.transport_failed
        self._udp = UdpSocket(loop, datagrams, self.local, self._receiver, failed)
        self._streams = StreamSide(loop, self.local, self._receiver, failed, limits, settings, tls)
        self._streams.listen(listener)

    def send(self, data: bytes, flow: Flow, told: Told | None = None) -> None:
        """Send one message; `flow.remote` holds an IP literal. Never blocks and never raises: what fails is told
        to the receiver, later.
        """
        if flow.transport == "UDP":
            if self._udp is not None and self._udp.send(data, flow.remote) and told is not None:
                told(data, flow)
        elif self._streams is not None:
            self._streams.send(data, flow, told)

    async def close(self) -> None:
        """Close sockets, connections and tasks; may be called twice."""
        udp, self._udp = self._udp, None
        streams, self._streams = self._streams, None
        if udp is not None:
            udp.close()
        if streams is not None:
            await streams.close()


async def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, OverflowError) as error:
        raise AddressUnavailable(host, port, "UDP", told_by_system(error)) from error
    family, _, _, _, sockaddr = _preferred(found)
    return socket.AddressFamily(family), str(sockaddr[0])


def _preferred(found: list[_Info]) -> _Info:
    """`localhost` may have both families: SIP's peers speak IPv4 more often."""
    return next((entry for entry in found if entry[0] == socket.AF_INET), found[0])


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
        raise AddressUnavailable(host, port, transport, told_by_system(error)) from error
    return sock
