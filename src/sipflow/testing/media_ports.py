"""Media ports in memory: counted, and joined by a network with delay, loss, doubling and reordering from one seed."""

from __future__ import annotations

import asyncio
import copy
from collections import defaultdict
from typing import NamedTuple

from sipflow.base.errors import AddressUnavailable
from sipflow.base.sayings import Saying
from sipflow.media import PacketReader, Source, Ticker
from sipflow.testing.under_way import CALM, UnderWay, Weather


class Packet(NamedTuple):
    """One packet as it was sent, whether or not it arrived."""

    at: float
    source: Source
    target: Source
    data: bytes


class MemoryMediaPort:
    """One RTP port of `MemoryMediaPorts`."""

    def __init__(self, owner: MemoryMediaPorts, host: str, port: int) -> None:
        self._owner = owner
        self.host = host
        self.port = port
        """Even; the port above it is RTCP's."""
        self.reader: PacketReader | None = None
        self.dscp = 0
        self.is_open = True

    def read(self, reader: PacketReader, dscp: int = 0) -> None:
        self.reader, self.dscp = reader, dscp

    def send_rtp(self, data: bytes, target: Source) -> bool:
        self._owner.send(data, (self.host, self.port), target)
        return True

    def send_rtcp(self, data: bytes, target: Source, *, is_muxed: bool = False) -> bool:
        self._owner.send(data, (self.host, self.port if is_muxed else self.port + 1), target)
        return True

    def close(self) -> None:
        """Give the port back; may be called twice."""
        if self.is_open:
            self.is_open = False
            self.reader = None
            self._owner.give_back(self)


class MemoryMediaPorts:
    """Hands out even ports, one after another, knows which are still open, and carries what they send each other."""

    def __init__(self, first: int = 10_000, last: int = 65_534, weather: Weather = CALM) -> None:
        self.ticker = Ticker()
        self.tap: list[Packet] | None = None
        """Where it is a list: everything sent, in order."""
        self._numbers = range(first, last + 1, 2)
        self._next = 0
        self._open: defaultdict[str, dict[int, MemoryMediaPort]] = defaultdict(dict)
        self._under_way = UnderWay(weather)
        self._whole = self

    @property
    def open_ports(self) -> int:
        """How many ports have been opened and not closed."""
        return sum(map(len, self._open.values()))

    @property
    def lost(self) -> int:
        """Packets that the weather took."""
        return self._under_way.lost

    def open(self, host: str) -> MemoryMediaPort:
        """The next free even port of the host. Raises AddressUnavailable when all are taken."""
        taken = self._open[host]
        for _ in self._numbers:
            number = self._numbers[self._next]
            self._next = (self._next + 1) % len(self._numbers)
            if number not in taken:
                port = taken[number] = MemoryMediaPort(self._whole, host, number)
                return port
        raise AddressUnavailable(host, 0, "RTP", Saying.of("no-port-pair", limit=self._numbers[-1]))

    def within(self, first: int, last: int) -> MemoryMediaPorts:
        part = copy.copy(self)
        part._numbers, part._next = range(first + first % 2, last, 2), 0
        return part

    def send(self, data: bytes, source: Source, target: Source) -> None:
        """Let a packet go through the weather, to whoever reads at its target by then."""
        now = asyncio.get_running_loop().time()
        if self.tap is not None:
            self.tap.append(Packet(now, source, target, data))
        self._under_way.send(now, lambda _: self._deliver(data, source, target))

    def _deliver(self, data: bytes, source: Source, target: Source) -> None:
        host, number = target
        port = self._open[host].get(number & ~1)
        if port is None or port.reader is None:
            return
        if number & 1:
            port.reader.rtcp_received(data, source)
        else:
            port.reader.rtp_received(data, source)

    def give_back(self, port: MemoryMediaPort) -> None:
        """A port was closed; with the last one, all that is under way vanishes."""
        self._open[port.host].pop(port.port, None)
        if not self.open_ports:
            self._under_way.clear()
