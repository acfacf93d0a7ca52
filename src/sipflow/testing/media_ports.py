"""Media ports that exist on paper only, counted."""

from __future__ import annotations

from collections import defaultdict

from sipflow.base.errors import AddressUnavailable


class MemoryMediaPort:
    """One RTP port of `MemoryMediaPorts`."""

    def __init__(self, taken: set[int], host: str, port: int) -> None:
        self._taken = taken
        self.host = host
        self.port = port
        """Even; the port above it is RTCP's."""
        self.is_open = True

    def close(self) -> None:
        """Give the port back; may be called twice."""
        if self.is_open:
            self.is_open = False
            self._taken.discard(self.port)


class MemoryMediaPorts:
    """Hands out even ports, one after another, and knows which are still open."""

    def __init__(self, first: int = 10_000, last: int = 65_534) -> None:
        self._numbers = range(first, last + 1, 2)
        self._next = 0
        self._taken: defaultdict[str, set[int]] = defaultdict(set)

    @property
    def open_ports(self) -> int:
        """How many ports have been opened and not closed."""
        return sum(map(len, self._taken.values()))

    def open(self, host: str) -> MemoryMediaPort:
        """The next free even port of the host. Raises AddressUnavailable when all are taken."""
        taken = self._taken[host]
        for _ in self._numbers:
            number = self._numbers[self._next]
            self._next = (self._next + 1) % len(self._numbers)
            if number not in taken:
                taken.add(number)
                return MemoryMediaPort(taken, host, number)
        raise AddressUnavailable(host, 0, "RTP", f"all ports from {self._numbers[0]} to {self._numbers[-1]} are taken")
