"""The loopback interface while a test runs, as tshark hears it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.interop.child import mortal
from tests.peers import find_peer

LIMIT_S = 20


class WireMessage(NamedTuple):
    """One SIP message of a capture."""

    source: str
    """`host:port`."""
    target: str
    start_line: str
    call_id: str
    cseq: str
    branch: str


class Tap:
    """A capture of some ports into a file, from `start` to `stop`."""

    def __init__(self, path: Path, ports: Sequence[int], marker: int) -> None:
        self._path = path
        self._ports = ports
        self._marker = marker
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return once the capture runs; without the right to capture, skip the test and say so."""
        wanted = " or ".join(f"port {port}" for port in (*self._ports, self._marker))
        command = mortal([find_peer("tshark"), "-i", "lo", "-f", wanted, "-w", str(self._path), "-P", "-l", "-n"])
        self._process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=1 << 20
        )
        assert self._process.stderr is not None
        said = []
        while line := (await self._process.stderr.readline()).decode():
            said.append(line)
            if "Capture started" in line:
                return
        if os.environ.get("SIPFLOW_REQUIRE_PEERS"):
            pytest.fail(f"tshark can't capture: {''.join(said)}")
        pytest.skip(f"tshark can't capture on this machine: {''.join(said)}")

    async def stop(self) -> None:
        """Return once everything sent so far is in the file: a datagram of our own comes last."""
        assert self._process is not None
        assert self._process.stdout is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"the end", ("127.0.0.1", self._marker))
        async with asyncio.timeout(LIMIT_S):
            while line := await self._process.stdout.readline():
                if f" {self._marker} ".encode() in line:
                    break
            self._process.send_signal(signal.SIGINT)
            await self._process.wait()

    def kill(self) -> None:
        """Leave nothing behind, whatever has happened."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()


def catch_up(path: Path, port: int) -> None:
    """Wait until a capture that is being written holds all that was sent so far: a datagram to this port comes last."""
    last = secrets.token_bytes(16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.sendto(last, ("127.0.0.1", port))
    deadline = time.monotonic() + LIMIT_S
    while not path.exists() or last not in path.read_bytes():
        assert time.monotonic() < deadline, f"tshark writes nothing more into {path.name}"
        time.sleep(0.05)


def sip_messages(path: Path, ports: Sequence[int]) -> list[WireMessage]:
    """Every SIP message of a capture file, in order; a packet may hold several."""
    as_sip = [option for port in ports for kind in ("udp", "tcp") for option in ("-d", f"{kind}.port=={port},sip")]
    command = [find_peer("tshark"), "-n", "-r", str(path), *as_sip, "-Y", "sip", "-T", "pdml"]
    told = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=True)
    messages = []
    for packet in ET.fromstring(told.stdout).iter("packet"):
        shown = {field.get("name"): field.get("show", "") for field in packet.iter("field")}
        kind = "udp" if "udp.srcport" in shown else "tcp"
        source, target = (f"{shown[f'ip.{end}']}:{shown[f'{kind}.{end}port']}" for end in ("src", "dst"))
        messages += [WireMessage(source, target, *_parts(proto)) for proto in packet.iter("proto") if is_sip(proto)]
    return messages


def is_sip(proto: ET.Element) -> bool:
    """Whether this part of a packet is a SIP message."""
    return proto.get("name") == "sip"


def _parts(proto: ET.Element) -> tuple[str, str, str, str]:
    shown = {field.get("name"): field.get("show", "") for field in reversed(list(proto.iter("field")))}
    start = shown.get("sip.Request-Line") or shown["sip.Status-Line"]
    return start, shown["sip.Call-ID"], f"{shown['sip.CSeq.seq']} {shown['sip.CSeq.method']}", shown["sip.Via.branch"]
