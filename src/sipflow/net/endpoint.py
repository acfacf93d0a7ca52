"""The seam between a user agent and the wire: real sockets here, `MemoryNetwork` in `sipflow.testing`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from sipflow.base import sayings
from sipflow.base.errors import FramingError
from sipflow.net.resolver import Resolver
from sipflow.net.tls import TlsSettings
from sipflow.sip.flow import Address, Flow

Told = Callable[[bytes, Flow], None]
"""Called once a message is really sent, with the flow by which it went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """How an endpoint behaves on its streams."""

    tls: TlsSettings = field(default_factory=TlsSettings)
    websocket_path: str = "/ws"
    """What a WebSocket of ours asks its server for."""
    keep_alive_s: float = 0.0
    """How often a connection of ours is probed; 0: never. Source: RFC 5626 §4.4.1."""


PLAIN: Final = StreamSettings()
"""How it is where nothing is said."""


class Receiver(Protocol):
    """What an endpoint calls. Every call is made from the event loop's thread and must not block."""

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one whole message cut from a stream. `data` is as it came."""
        ...

    def stream_broken(self, fault: FramingError, flow: Flow, now: float) -> None:
        """No further message can be cut from a stream, which is about to be closed: the last time to answer on it."""
        ...

    def batch_ended(self, now: float) -> None:
        """A burst of `message_received` is over: the time to look at timers."""
        ...

    def transport_failed(self, flow: Flow, reason: sayings.Told, now: float) -> None:
        """Something sent to `flow.remote` could not be delivered (ICMP, refused, reset, TLS, no route).

        `flow.connection` is 0 for datagrams. Source: RFC 3261 §18.4.
        """
        ...

    def connection_closed(self, flow: Flow, now: float) -> None:
        """The peer has closed a stream in good order, with nothing waiting to be sent: no failure."""
        ...


class Endpoint(Protocol):
    """One address with UDP and streams on the same port: TCP, TLS, WS and WSS."""

    @property
    def local(self) -> Address: ...

    def send(self, data: bytes, flow: Flow, told: Told | None = None) -> None:
        """Send one message; `flow.remote` holds an IP literal. Never blocks and never raises: what fails is told
        to the receiver, later.
        """
        ...

    async def close(self) -> None:
        """Close sockets, connections and tasks; may be called twice."""
        ...


class Network(Protocol):
    """Where endpoints come from, and where names are looked up."""

    @property
    def resolver(self) -> Resolver: ...

    async def bind(self, host: str, port: int, receiver: Receiver, settings: StreamSettings = PLAIN) -> Endpoint:
        """Listen with UDP and streams on one port; 0 chooses one that is free for both.

        Raises AddressUnavailable or TlsUnusable, and then leaves nothing open.
        """
        ...

    async def host_towards(self, host: str) -> str:
        """The address of this machine from which a host, a literal or a name, is reached. Raises AddressUnavailable."""
        ...
