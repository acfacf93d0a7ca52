"""A network in memory: the `Network` seam with delay, loss, duplication and reordering from one seed.

It works on any event loop; on a `VirtualTimeLoop` a run is the same every time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from itertools import count
from typing import NamedTuple

from sipflow.base import sayings
from sipflow.base.errors import AddressUnavailable
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import IN_USE
from sipflow.net.endpoint import Receiver, StreamSettings, Told
from sipflow.sip.flow import Address, Flow
from sipflow.testing.memory_resolver import MemoryResolver
from sipflow.testing.under_way import CALM, UnderWay, Weather

CONNECT_TIMEOUT_S = 5.0
MAX_DATAGRAM_BYTES = 65_507  # what an IPv4 datagram holds beside its IP and UDP headers


class Tapped(NamedTuple):
    """One message as it was sent, whether or not it arrived."""

    at: float
    source: Address
    target: Address
    data: bytes
    transport: str


class MemoryNetwork:
    """A `Network` whose endpoints reach each other, and nothing else."""

    def __init__(
        self,
        weather: Weather = CALM,
        hosts: Collection[str] | None = None,
        resolver: MemoryResolver | None = None,
    ) -> None:
        """`hosts`: the only addresses this machine has; None lets every host be bound."""
        self.resolver = resolver or MemoryResolver()
        self.weather = weather
        self.tap: list[Tapped] = []
        """Everything sent, in order."""
        self.black_holes: set[Address] = set()
        """Addresses that swallow what is sent to them: a silent peer, a firewall that drops."""
        self.reached: dict[MemoryEndpoint, None] = {}
        """Endpoints that the burst under way has called, in order."""
        self._hosts = hosts
        self._endpoints: dict[Address, MemoryEndpoint] = {}
        self._under_way = UnderWay(weather, self._end_burst)
        self._free_ports = count(30_000)
        self._client_ports = count(50_000)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def lost(self) -> int:
        """Datagrams that the weather took."""
        return self._under_way.lost

    @property
    def open_endpoints(self) -> list[Address]:
        """The addresses that are bound now."""
        return list(self._endpoints)

    @property
    def open_connections(self) -> int:
        """Ends of streams that are open now: two for each connection in use."""
        return sum(len(endpoint.sides) for endpoint in self._endpoints.values())

    async def bind(
        self,
        host: str,
        port: int,
        receiver: Receiver,
        settings: StreamSettings | None = None,  # noqa: ARG002 - nothing is encrypted here
    ) -> MemoryEndpoint:
        """Take an address; port 0 takes the next free one. Raises AddressUnavailable."""
        if self._hosts is not None and host not in self._hosts:
            raise AddressUnavailable(host, port, "UDP", Saying.of("os-eaddrnotavail"))
        self._loop = asyncio.get_running_loop()
        local = Address(host, port)
        if port == 0:
            local = next(a for n in self._free_ports if (a := Address(host, n)) not in self._endpoints)
        if local in self._endpoints:
            raise AddressUnavailable(host, port, "UDP", IN_USE)
        endpoint = self._endpoints[local] = MemoryEndpoint(self, local, receiver)
        return endpoint

    async def host_towards(self, host: str) -> str:
        """All hosts are near: IPv6 is reached from ::1, everything else from 127.0.0.1."""
        return "::1" if ":" in host else "127.0.0.1"

    def break_connections(self, address: Address, *, reset: bool) -> None:
        """Break the streams of an endpoint now: both ends see a reset, or an orderly close."""
        for side in list(self._endpoints[address].sides.values()):
            for end in (side, side.other):
                if end is not None:
                    end.end(Saying.of("os-econnreset") if reset else None, self._now())

    def _now(self) -> float:
        return self._running().time()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("nothing has been bound yet")
        return self._loop

    def endpoint_at(self, address: Address) -> MemoryEndpoint | None:
        """Who listens there; nobody at a black hole."""
        return None if address in self.black_holes else self._endpoints.get(address)

    def client_address(self, host: str) -> Address:
        """The address that an outgoing stream comes from."""
        return Address(host, next(self._client_ports))

    def note(self, source: Address, target: Address, data: bytes, transport: str) -> None:
        self.tap.append(Tapped(self._now(), source, target, data, transport))

    def forget(self, endpoint: MemoryEndpoint) -> None:
        """Give an address back; with the last one, all that is under way vanishes."""
        self._endpoints.pop(endpoint.local, None)
        if not self._endpoints:
            self._under_way.clear()

    def send_datagram(self, data: bytes, source: MemoryEndpoint, target: Address) -> None:
        """Let a datagram go through the weather."""
        self.note(source.local, target, data, "UDP")

        def arrive(now: float) -> None:
            listener = self.endpoint_at(target)
            if listener is not None:
                listener.deliver(data, Flow("UDP", target, source.local), now)
            elif target not in self.black_holes:
                source.report(Flow("UDP", source.local, target), Saying.of("os-econnrefused"), now)

        if len(data) > MAX_DATAGRAM_BYTES:
            flow = Flow("UDP", source.local, target)
            self.schedule(self._now(), lambda now: source.report(flow, "message too long", now))
            return
        self._under_way.send(self._now(), arrive)

    def arrival(self) -> float:
        """When something sent now is there."""
        return self._under_way.arrival(self._now())

    def schedule(self, at: float, action: Callable[[float], None]) -> None:
        """Do it at that time; what shares a time keeps its order."""
        self._under_way.schedule(at, action)

    def _end_burst(self, now: float) -> None:
        reached, self.reached = self.reached, {}
        for endpoint in reached:
            endpoint.end_batch(now)


class MemoryEndpoint:
    """One address of a `MemoryNetwork`. Connections count from 1, as they do on the real network."""

    def __init__(self, network: MemoryNetwork, local: Address, receiver: Receiver) -> None:
        self.local = local
        self.sides: dict[int, _Side] = {}
        self._network = network
        self._receiver = receiver
        self.takes_streams = True
        """False: a peer that speaks UDP alone."""
        self._numbers = count(1)
        self._is_open = True

    def send(self, data: bytes, flow: Flow, told: Told | None = None) -> None:
        if not self._is_open:
            return
        if not flow.is_reliable:
            if told is not None:
                told(data, flow)
            self._network.send_datagram(data, self, flow.remote)
            return
        side = self.sides.get(flow.connection) or self._side_to(flow) or self._connect(flow)
        side.send(data, told)

    async def close(self) -> None:
        if self._is_open:
            self._is_open = False
            for side in list(self.sides.values()):
                side.close()
            self._network.forget(self)

    def open_side(self, local: Address, remote: Address, transport: str) -> _Side:
        """Count a new connection in."""
        number = next(self._numbers)
        side = self.sides[number] = _Side(self._network, self, number, local, remote, transport)
        return side

    def deliver(self, data: bytes, flow: Flow, now: float) -> None:
        """Hand a message up, unless closed meanwhile."""
        if self._is_open:
            self._network.reached[self] = None
            self._receiver.message_received(data, flow, now)

    def report(self, flow: Flow, reason: sayings.Told, now: float) -> None:
        """Tell of a failure, unless closed meanwhile."""
        if self._is_open:
            self._network.reached[self] = None
            self._receiver.transport_failed(flow, reason, now)

    def report_closed(self, flow: Flow, now: float) -> None:
        """Tell of an orderly end, unless closed meanwhile."""
        if self._is_open:
            self._network.reached[self] = None
            self._receiver.connection_closed(flow, now)

    def end_batch(self, now: float) -> None:
        """Close a burst."""
        if self._is_open:
            self._receiver.batch_ended(now)

    def _side_to(self, flow: Flow) -> _Side | None:
        wanted = (flow.remote, flow.transport)
        return next((side for side in self.sides.values() if (side.remote, side.flow.transport) == wanted), None)

    def _connect(self, flow: Flow) -> _Side:
        network, remote = self._network, flow.remote
        side = self.open_side(network.client_address(self.local.host), remote, flow.transport)

        def arrive(now: float) -> None:
            listener = network.endpoint_at(remote)
            if listener is not None and listener.takes_streams:
                side.other = listener.open_side(remote, side.local, flow.transport)
                side.other.other = side
                side.flush(now)
            elif remote not in network.black_holes:
                side.end(Saying.of("os-econnrefused"), now)

        side.in_order(arrive)
        if remote in network.black_holes:
            deadline = asyncio.get_running_loop().time() + CONNECT_TIMEOUT_S
            network.schedule(deadline, lambda now: side.end(Saying.of("connect-timed-out"), now))
        return side


class _Side:
    """One end of a stream."""

    def __init__(
        self,
        network: MemoryNetwork,
        endpoint: MemoryEndpoint,
        number: int,
        local: Address,
        remote: Address,
        transport: str,
    ) -> None:
        self.local = local
        self.remote = remote
        self.other: _Side | None = None
        self._network = network
        self._endpoint = endpoint
        self._number = number
        self.flow = Flow(transport, endpoint.local, remote, number)
        self._last_arrival = 0.0
        self._unsent: list[tuple[bytes, Told | None]] = []

    def in_order(self, action: Callable[[float], None]) -> None:
        """Let something happen at the far end, after all that was sent before it."""
        self._last_arrival = max(self._last_arrival, self._network.arrival())
        self._network.schedule(self._last_arrival, action)

    def send(self, data: bytes, told: Told | None = None) -> None:
        """Send, or keep until the far end has accepted."""
        if self.other is None:
            self._unsent.append((data, told))
            return
        self._last_arrival = max(self._last_arrival, self._network.arrival())
        self._deliver(data, told, self._last_arrival)

    def _deliver(self, data: bytes, told: Told | None, at: float) -> None:
        if told is not None:
            told(data, self.flow)
        self._network.note(self.local, self.remote, data, self.flow.transport)

        def arrive(now: float) -> None:
            # What meets a closed end is lost unseen: its closing has told, or is about to tell, the sender.
            if self.other is not None and self.other.is_open:
                self.other._endpoint.deliver(data, self.other.flow, now)

        self._network.schedule(at, arrive)

    def flush(self, now: float) -> None:
        """The far end has accepted: what waited is there with it."""
        self._last_arrival = now
        for data, told in self._unsent:
            self._deliver(data, told, now)
        self._unsent.clear()

    @property
    def is_open(self) -> bool:
        return self._number in self._endpoint.sides

    def close(self) -> None:
        """Close in good order: the far end learns of it after what is under way."""
        if self._endpoint.sides.pop(self._number, None) is not None:
            self.in_order(lambda now: self.other.end(None, now) if self.other is not None else None)

    def end(self, failure: Saying | None, now: float) -> None:
        """The connection is gone; a failure is reported."""
        if self._endpoint.sides.pop(self._number, None) is None:
            return
        if failure is None:
            self._endpoint.report_closed(self.flow, now)
        else:
            self._endpoint.report(self.flow, failure, now)
