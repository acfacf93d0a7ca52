"""Messages as IP packets: what a capture would have shown of them."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from typing import Final

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Endpoint = tuple[IPAddress, int]

UDP: Final = 17
TCP: Final = 6
HOP_LIMIT: Final = 64
DONT_FRAGMENT: Final = 0x4000
PUSH_AND_ACK: Final = 0x18
WINDOW: Final = 65_535
MAX_SEGMENT: Final = 65_000
"""Bytes of a stream in one segment: an IPv4 packet holds at most 65,535 with its headers. Source: RFC 791 §3.1."""
MAX_DATAGRAM: Final = 65_507
"""Bytes of a datagram in one IPv4 packet."""
_SEQUENCE: Final = 1 << 32


def read_endpoint(address: str) -> Endpoint | None:
    """Read `host:port`; None where the host is a name or the port none, which no packet has ever carried."""
    host, _, port = address.rpartition(":")
    try:
        ip = ipaddress.ip_address(host.removeprefix("[").removesuffix("]").partition("%")[0])
        number = int(port)
    except ValueError:
        return None
    return (ip, number) if 0 <= number <= 0xFFFF else None


class Framer:
    """Puts messages into packets; of streams it remembers how far each direction has come."""

    def __init__(self) -> None:
        self._sent: dict[tuple[Endpoint, Endpoint], int] = {}

    def packets(self, transport: str, source: Endpoint, target: Endpoint, data: bytes) -> Iterator[bytes]:
        """The packets of one message: a datagram, or segments of a stream whose handshake was before the capture."""
        if source[0].version != target[0].version:
            return
        if transport == "UDP":
            yield _ip(UDP, source, target, _udp(source, target, data[:MAX_DATAGRAM]))
            return
        for start in range(0, len(data), MAX_SEGMENT):
            part = data[start : start + MAX_SEGMENT]
            sequence = self._sent.get((source, target), 1)
            acknowledged = self._sent.get((target, source), 1)
            self._sent[source, target] = (sequence + len(part)) % _SEQUENCE
            yield _ip(TCP, source, target, _tcp(source, target, sequence, acknowledged, part))


def _udp(source: Endpoint, target: Endpoint, data: bytes) -> bytes:
    head = struct.pack("!HHHH", source[1], target[1], 8 + len(data), 0)
    # No sum is sent as zero: that would mean that there is none. Source: RFC 768.
    total = _checksum(_pseudo_header(UDP, source, target, len(head) + len(data)) + head + data) or 0xFFFF
    return head[:6] + struct.pack("!H", total) + data


def _tcp(source: Endpoint, target: Endpoint, sequence: int, acknowledged: int, data: bytes) -> bytes:
    words = (source[1], target[1], sequence, acknowledged, 5 << 4, PUSH_AND_ACK, WINDOW, 0, 0)
    head = struct.pack("!HHIIBBHHH", *words)
    total = _checksum(_pseudo_header(TCP, source, target, len(head) + len(data)) + head + data)
    return head[:16] + struct.pack("!H", total) + head[18:] + data


def _ip(protocol: int, source: Endpoint, target: Endpoint, payload: bytes) -> bytes:
    addresses = source[0].packed + target[0].packed
    if source[0].version == 6:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, HOP_LIMIT) + addresses + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, DONT_FRAGMENT, HOP_LIMIT, protocol, 0) + addresses
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + payload


def _pseudo_header(protocol: int, source: Endpoint, target: Endpoint, size_bytes: int) -> bytes:
    """What goes into the checksum besides the packet itself. Source: RFC 9293 §3.1, RFC 8200 §8.1."""
    layout = "!IHBB" if source[0].version == 6 else "!BBH"
    rest = (size_bytes, 0, 0, protocol) if source[0].version == 6 else (0, protocol, size_bytes)
    return source[0].packed + target[0].packed + struct.pack(layout, *rest)


def _checksum(data: bytes) -> int:
    """The one's complement of the sum of all 16-bit words. Source: RFC 1071 §1."""
    # A number in base 65,536 leaves the sum of its digits when divided by 65,535.
    total = int.from_bytes(data + b"\0" * (len(data) % 2)) % 0xFFFF
    return 0xFFFF - total if total else 0
