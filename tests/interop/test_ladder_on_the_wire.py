"""The editor's ladder and the exported capture, message for message against what tshark heard on the wire."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from sipflow.engine.recorder import event_line
from sipflow.report import Names
from sipflow.report.pcapng import capture
from sipflow.scenario.repository import ScenarioRepository
from sipflow.testing import EventList
from tests.documents import Json
from tests.engine.stage import Shelf, lane, scenario, step
from tests.examples import example
from tests.interop.wire import LIMIT_S, Tap, WireMessage, sip_messages
from tests.loopback.engines import an_engine
from tests.peers import find_peer

WEB = Path(__file__).parents[2] / "web"
NODE_LIMIT_S = 40
FreePort = Callable[[], int]


class Heard:
    """A run over real sockets: its events, and what went over the wire meanwhile."""

    def __init__(self, folder: Path, document: Json, free_port: FreePort) -> None:
        self.ports: dict[str, int] = {}
        for node in document["nodes"]:
            if node["type"] == "sipInstance":
                self.ports[node["id"]] = node["data"]["localPort"] = free_port()
        self._document = document
        self._folder = folder
        self._marker = free_port()
        self.lines: list[bytes] = []

    async def play(self) -> None:
        tap = Tap(self._folder / "wire.pcapng", self.all_ports, self._marker)
        events = EventList()
        try:
            await tap.start()
            engine = an_engine(cast(ScenarioRepository, Shelf({"it": self._document})), events)
            async with asyncio.timeout(LIMIT_S):
                await engine.start_scenario("it")
                await engine.wait_ended()
            await tap.stop()
        finally:
            tap.kill()
        self.lines = [event_line(event) for event in events]

    @property
    def all_ports(self) -> list[int]:
        return list(self.ports.values())

    def on_the_wire(self) -> list[WireMessage]:
        """What tshark heard."""
        return sip_messages(self._folder / "wire.pcapng", self.all_ports)

    def exported(self) -> list[WireMessage]:
        """What our capture file of the run holds, as tshark reads it."""
        path = self._folder / "run.pcapng"
        path.write_bytes(b"".join(capture(lambda: self.lines, Names(), "")))
        return sip_messages(path, self.all_ports)

    def ladder(self) -> dict[str, Any]:
        """What the editor draws: its own model, run by node."""
        path = self._folder / "events.ndjson"
        path.write_bytes(b"".join(self.lines))
        command = [find_peer("node"), str(Path(__file__).with_name("ladder.mjs")), str(WEB), str(path)]
        told = subprocess.run(command, capture_output=True, text=True, timeout=NODE_LIMIT_S, check=False)
        assert told.returncode == 0, told.stderr
        drawn: dict[str, Any] = json.loads(told.stdout)
        return drawn


def over(transport: str, document: Json) -> Json:
    """The scenario with this transport for all calls."""
    for node in document["nodes"]:
        if node["type"] == "sipInstance":
            node["data"]["pbxTransport"] = transport
    return document


def heard(folder: Path, free_port: FreePort, document: Json) -> Heard:
    run = Heard(folder, document, free_port)
    asyncio.run(run.play())
    return run


def words_of(raw: str) -> tuple[str, str, str, str]:
    """Start line, Call-ID, CSeq and branch of a message as an event tells it."""

    def field(pattern: str) -> str:
        found = re.search(pattern, raw, re.MULTILINE)
        return found[1].strip() if found else ""

    cseq = field(r"^CSeq: (.*)$")
    return raw.partition("\r\n")[0], field(r"^Call-ID: (.*)$"), cseq, field(r"^Via: .*branch=([^;\s]+)")


def check_ladder(run: Heard) -> list[int]:
    """Compare the editor's arrows with the wire; returns how often each arrow was on it."""
    wire = run.on_the_wire()
    arrows = run.ladder()["arrows"]
    assert Counter(message[2:] for message in wire) == Counter(
        {words_of(arrow["raw"]): arrow["count"] for arrow in arrows}
    )
    lanes = {f"127.0.0.1:{port}": instance for instance, port in run.ports.items()}
    for arrow in arrows:
        for message in wire:
            if message[2:] == words_of(arrow["raw"]):
                ends = lanes.get(message.source), lanes.get(message.target)
                # The end that opened a stream has a port there that is nobody's address.
                assert ends in {(arrow["source"], arrow["target"]), (arrow["source"], None), (None, arrow["target"])}
    return [arrow["count"] for arrow in arrows]


@pytest.fixture(autouse=True)
def _needs_packages() -> None:
    if not (WEB / "node_modules" / "vite").is_dir():
        pytest.skip("the editor's packages are not installed (scripts/build_web.py installs them)")


@pytest.mark.peer("well-formed", "tshark")
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("name", ["two-party-call", "callee-hangs-up", "three-parties"])
def test_ladder_and_capture_agree_with_the_wire(name: str, transport: str, tmp_path: Path, free_port: FreePort) -> None:
    run = heard(tmp_path, free_port, over(transport, example(name)))

    counts = check_ladder(run)

    assert len(counts) >= 5
    assert Counter(run.exported()) == Counter(run.on_the_wire())


def test_retransmissions_are_one_arrow_and_as_many_packets(tmp_path: Path, free_port: FreePort) -> None:
    # Nobody acknowledges at this address: a socket that only takes what comes.
    async def scene() -> Heard:
        loop = asyncio.get_running_loop()
        silent, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        try:
            port = silent.get_extra_info("sockname")[1]
            call = step("MakeCall", "call", targetUri=f"sip:x@127.0.0.1:{port}", timeout=1_200)
            failure = step("TIMEOUT", "rest", timeout=10)
            call.on_failure = (failure,)
            run = Heard(tmp_path, scenario(lane("a", "1001", call)), free_port)
            await run.play()
            return run
        finally:
            silent.close()

    run = asyncio.run(scene())

    counts = check_ladder(run)

    assert max(counts) >= 2
    assert Counter(run.exported()) == Counter(run.on_the_wire())
