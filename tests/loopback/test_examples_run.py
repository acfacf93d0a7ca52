"""Every example runs over real sockets and ends as its name says: all at one time, each in an engine of its own."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sipflow.base.events import EventKind, NodeState, NodeStateChanged, SipMessageSeen
from sipflow.base.ids import RandomIds
from sipflow.media import UdpMediaPorts
from sipflow.net.network import AsyncioNetwork
from sipflow.pbx import PbxServer, PbxSettings
from sipflow.scenario.repository import FileRepository
from sipflow.testing import EventList
from tests.examples import EXAMPLES, changed_example
from tests.loopback.engines import an_engine

LIMIT_S = 120
"""Alone they take seven seconds; a busy machine may take longer."""
pytestmark = pytest.mark.timeout(3 * LIMIT_S)  # others may have their turn before
FAILING_NODES = {
    "busy-with-failure-branch": {"alice-call"},
    "either-busy-or-answer": {"bob-free"},
    "pbx-answers-503-then-recovers": {"alice-first", "alice-second"},
    "registration-and-a-wrong-password": {"bob-register"},
    "rfc3665-3-4-proxy-failure": {"alice-call"},
    "no-answer": {"alice-call"},
    "transfer-refused-keeps-the-call": {"alice-transfer"},
    "wrong-call-id": {"alice-hold", "alice-retrieve", "alice-held"},
    "wrong-call-id-in-a-transfer": {"alice-blind", "alice-primary", "alice-consult"},
}
"""Nodes that are there to fail, and to be left by their failure branch."""
ANSWERED = {
    "answer-calls": 1,
    "assert-and-capture": 1,
    "attended-transfer": 5,
    "b2bua-joins-two-calls": 6,
    "blind-transfer": 2,
    "busy-with-failure-branch": 1,
    "call-out": 1,
    "callee-hangs-up": 1,
    "cancel-while-ringing": 0,
    "challenged-call": 1,
    "dtmf": 1,
    "early-media": 1,
    "encrypted-calls": 2,
    "either-busy-or-answer": 0,
    "forking-one-after-the-other": 2,
    "forking-to-two-phones": 2,
    "hold-and-retrieve": 3,
    "late-offer": 1,
    "loop-calls": 3,
    "message-and-info": 1,
    "no-answer": 0,
    "options-ping": 0,
    "pbx-answers-503-then-recovers": 2,
    "pbx-loses-an-invite": 2,
    "play-and-record": 1,
    "raw-invite": 0,
    "redirected-call": 1,
    "register": 0,
    "register-and-call-through-a-pbx": 2,
    "registration-and-a-wrong-password": 0,
    "reliable-ringing": 1,
    "rfc3665-2-3-list-of-contacts": 0,
    "rfc3665-3-2-two-proxies": 3,
    "rfc3665-3-3-two-proxies-ask-for-passwords": 3,
    "rfc3665-3-4-proxy-failure": 2,
    "rfc3665-3-5-through-an-alg": 3,
    "rfc3665-3-6-redirect-and-proxy": 2,
    "rfc5359-2-16-call-pickup": 1,
    "rfc5359-2-18-click-to-dial": 1,
    "rfc5359-2-2-consultation-hold": 4,
    "rfc5359-2-3-music-on-hold": 3,
    "rfc5359-2-3-music-server": 4,
    "rfc5359-2-8-forwarding-when-busy": 2,
    "rfc5359-2-9-forwarding-on-no-answer": 1,
    "session-timer": 1,
    "srtp-call": 1,
    "subscribe-notify": 0,
    "sync-two-callers": 2,
    "ten-instances": 5,
    "three-parties": 2,
    "transfer-refused-keeps-the-call": 1,
    "two-calls-on-one-instance": 2,
    "two-party-call": 1,
    "who-hears-whom": 2,
    "wrong-call-id": 1,
    "wrong-call-id-in-a-transfer": 2,
}
"""How many INVITEs of each example are answered with 200: re-INVITEs count too, and what a PBX passes on."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> dict[str, EventList]:
    """The events of every example; one process at a time, for some of the ports stand in the files.

    The first of several workers runs them for all.
    """
    together = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    told = tmp_path_factory.getbasetemp().parent / f"examples-{together}"
    with (Path(tempfile.gettempdir()) / "sipflow-examples.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if together and told.exists():
            events: dict[str, EventList] = pickle.loads(told.read_bytes())
            return events
        events = asyncio.run(run_all(tmp_path_factory.mktemp("examples"), free_port()))
        if together:
            told.write_bytes(pickle.dumps(events))
        return events


async def run_all(folder: Path, port: int) -> dict[str, EventList]:
    ports = UdpMediaPorts()
    pbx = PbxServer(PbxSettings(), network=AsyncioNetwork(), ids=RandomIds())
    await pbx.start()
    paths = EXAMPLES | {
        "answer-calls": changed_example("answer-calls", folder, localPort=port),
        "register": changed_example("register", folder, pbxPort=pbx.local.port),
    }
    variables = {
        "call-out": {"target": f"sip:1002@127.0.0.1:{port}"},
        "register": {"registrar": "127.0.0.1", "user": "1001", "password": "secret"},
    }
    listening = asyncio.Event()

    async def run(name: str) -> EventList:
        if name == "call-out":
            await listening.wait()
        events = EventList()
        engine = an_engine(FileRepository(paths[name]), events, ports, recordings=folder)
        await engine.start_scenario(str(paths[name]), variables.get(name))
        if name == "answer-calls":
            listening.set()
        await engine.wait_ended()
        return events

    try:
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(run(name)) for name in sorted(paths)}
    finally:
        await pbx.close()
    assert ports.open_ports == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return {name: task.result() for name, task in tasks.items()}


def test_every_example_is_known_here() -> None:
    assert EXAMPLES.keys() == ANSWERED.keys()


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_example_completes_and_fails_only_where_it_means_to(runs: dict[str, EventList], name: str) -> None:
    events = runs[name]
    failed = {event.node_id for event in events.of(NodeStateChanged) if event.new_state is NodeState.FAILED}
    answers = [
        event.direction for event in events.of(SipMessageSeen) if (event.method, event.status_code) == ("INVITE", 200)
    ]

    assert events.terminal().kind is EventKind.COMPLETED
    assert failed == FAILING_NODES.get(name, set())
    assert max(answers.count("sent"), answers.count("received")) == ANSWERED[name]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
