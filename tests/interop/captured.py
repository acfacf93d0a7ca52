"""Datagrams as a capture file, and what tshark reads in it."""

from __future__ import annotations

import ipaddress
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

from sipflow.report.frames import Framer
from tests.peers import find_peer

LIMIT_S = 30
LINKTYPE_ETHERNET = 1
LINKTYPE_RAW = 101
ETHERNET_HEADER = bytes(12) + b"\x08\x00"
HOST = ipaddress.ip_address("192.0.2.1")
PEER = ipaddress.ip_address("192.0.2.2")
WARNING = 0x600000
"""Wireshark's number for the severity from which on something is wrong."""


def write_capture(
    path: Path, datagrams: Iterable[tuple[float, bytes]], port: int, *, is_ethernet: bool = False
) -> None:
    """Each at its second, from `HOST` to `PEER`, on the same port of both. Source: draft-ietf-opsawg-pcap §4, §5.

    `is_ethernet`: with a header of Ethernet, for readers that know no packets without.
    """
    framer = Framer()
    link, header = (LINKTYPE_ETHERNET, ETHERNET_HEADER) if is_ethernet else (LINKTYPE_RAW, b"")
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, link)]
    for at, data in datagrams:
        (bare,) = framer.packets("UDP", (HOST, port), (PEER, port), data)
        packet = header + bare
        second, micro = divmod(round(at * 1e6), 1_000_000)
        parts += [struct.pack("<IIII", second, micro, len(packet), len(packet)), packet]
    path.write_bytes(b"".join(parts))


def tshark(path: Path, *options: str) -> list[str]:
    """The lines that tshark says about a file."""
    command = [find_peer("tshark"), "-n", "-r", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout.splitlines()


def fields(path: Path, display_filter: str, names: Iterable[str], *options: str) -> list[list[str]]:
    """The values of these fields in every packet that passes the filter."""
    wanted = [option for name in names for option in ("-e", name)]
    return [line.split("\t") for line in tshark(path, *options, "-Y", display_filter, "-T", "fields", *wanted)]


def complaints(path: Path, *options: str) -> list[list[str]]:
    """What tshark finds wrong in any packet."""
    bad = f"_ws.malformed || _ws.expert.severity >= {WARNING}"
    return fields(path, bad, ("frame.number", "_ws.expert.message"), *options)
