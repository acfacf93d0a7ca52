"""What we send, as tshark reads it off the wire: nothing malformed, and every header field that must be there."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.calls import call_briefly
from tests.interop.child import mortal
from tests.loopback.agents import ring_and_answer, running_agent
from tests.peers import find_peer

CAPTURE_LIMIT_S = 20
WARNING = 0x600000
"""Wireshark's number for the severity from which on something is wrong."""
PAYLOAD = "udp or (ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) > 0)"
"""Capture filter: no bare TCP acknowledgements."""
FIELDS = {
    "method": "sip.Method",
    "status": "sip.Status-Code",
    "branch": "sip.Via.branch",
    "rport": "sip.Via.rport",
    "hops": "sip.Max-Forwards",
    "from tag": "sip.from.tag",
    "to tag": "sip.to.tag",
    "call id": "sip.Call-ID",
    "cseq": "sip.CSeq",
    "contact": "sip.Contact",
    "media": "sdp.media",
}

StartCapture = Callable[[Path, str, int], subprocess.Popen[bytes]]


@pytest.fixture
def start_capture() -> Iterator[StartCapture]:
    """Start a capture of the loopback interface into a file: of so many packets, or for 20 s.

    It runs when this returns, and is killed at the end of the test.
    """
    command = find_peer("tshark")
    started: list[subprocess.Popen[bytes]] = []

    def start(path: Path, capture_filter: str, packets: int) -> subprocess.Popen[bytes]:
        limits = ["-c", str(packets), "-a", f"duration:{CAPTURE_LIMIT_S}"]
        process = subprocess.Popen(
            mortal([command, "-i", "lo", "-f", capture_filter, "-w", str(path), "-q", *limits]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        assert process.stderr is not None
        said = []
        while line := process.stderr.readline().decode():
            said.append(line)
            if "Capture started" in line:
                return process
        if os.environ.get("SIPFLOW_REQUIRE_PEERS"):
            pytest.fail(f"tshark can't capture: {''.join(said)}")
        pytest.skip(f"tshark can't capture on this machine: {''.join(said)}")

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


class Capture:
    """A file of packets, as tshark reads it."""

    def __init__(self, path: Path, ports: list[int]) -> None:
        as_sip = [option for port in ports for kind in ("udp", "tcp") for option in ("-d", f"{kind}.port=={port},sip")]
        self._command = [find_peer("tshark"), "-n", "-r", str(path), *as_sip]

    def ask(self, display_filter: str, *fields: str) -> list[list[str]]:
        """The values of these fields in every packet that passes the filter."""
        wanted = [option for field in fields for option in ("-e", field)]
        told = subprocess.run(
            [*self._command, "-Y", display_filter, "-T", "fields", *wanted],
            capture_output=True,
            text=True,
            timeout=CAPTURE_LIMIT_S,
            check=True,
        )
        return [line.split("\t") for line in told.stdout.splitlines()]


@pytest.mark.peer("well-formed", "tshark")
def test_calls_are_well_formed_to_tshark(start_capture: StartCapture, tmp_path: Path) -> None:
    path = tmp_path / "calls.pcapng"
    methods = ["INVITE", "", "", "ACK", "BYE", ""] * 2

    async def scene() -> Capture:
        async with running_agent() as caller, running_agent(ring_and_answer) as callee:
            ports = [caller.local.port, callee.local.port]
            hosts = " or ".join(f"port {port}" for port in ports)
            tshark = await asyncio.to_thread(start_capture, path, f"({hosts}) and ({PAYLOAD})", len(methods))
            for transport in ("udp", "tcp"):
                await call_briefly(caller, f"sip:callee@{callee.local};transport={transport}")
            await asyncio.to_thread(tshark.wait, CAPTURE_LIMIT_S)
            return Capture(path, ports)

    capture = asyncio.run(scene())
    messages = [dict(zip(FIELDS, row, strict=True)) for row in capture.ask("sip", *FIELDS.values())]
    faults = capture.ask(f"_ws.malformed || _ws.expert.severity >= {WARNING}", "frame.number", "_ws.expert.message")

    assert [message["method"] for message in messages] == methods
    assert faults == []
    for message in messages:
        assert message["branch"].startswith("z9hG4bK")
        assert all(message[name] for name in ("from tag", "call id", "cseq"))
        assert bool(message["to tag"]) == (message["method"] != "INVITE")
        if message["method"]:
            assert (message["hops"], message["rport"]) == ("70", "rport")
        if "INVITE" in message["cseq"] and message["status"] != "180":
            assert message["contact"]
            assert message["media"].startswith("audio ")
