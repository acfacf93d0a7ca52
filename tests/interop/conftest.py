"""Real peers as fixtures: they end with the tests, however those end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

import pytest

from tests.documents import Json
from tests.interop.baresip.phone import Baresip
from tests.interop.kamailio.proxy import Kamailio
from tests.interop.linphone.phone import Linphone
from tests.interop.phone import Phone
from tests.interop.pjsua2.phone import Pjsua2
from tests.interop.runs import Run
from tests.interop.sipp_process import Sipp
from tests.peers import find_peer

FreePort = Callable[[], int]
StartPhone = Callable[..., Phone]
Play = Callable[..., Run]


@runtime_checkable
class Witness(Protocol):
    """Whoever can tell what happened in a test."""

    def log(self) -> str: ...


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what peers and runs saw beside the failure."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            for witness in value if isinstance(value, list) else [value]:
                if isinstance(witness, Witness):
                    report.sections.append((f"what {name} saw", witness.log()))
    return report


class StartSipp:
    """Starts SIPps with the arguments of its calls, each on a free port."""

    def __init__(self, folder: Path, free_port: FreePort) -> None:
        self._command = find_peer("sipp")
        self._folder = folder
        self._free_port = free_port
        self._started: list[Sipp] = []

    def __call__(self, *arguments: str) -> Sipp:
        folder = self._folder / f"sipp-{len(self._started)}"
        self._started.append(Sipp(self._command, folder, self._free_port(), arguments))
        return self._started[-1]

    def log(self) -> str:
        """What they said."""
        return "\n".join(sipp.log() for sipp in self._started)

    def kill(self) -> None:
        for sipp in self._started:
            sipp.kill()


@pytest.fixture
def start_sipp(tmp_path: Path, free_port: FreePort) -> Iterator[StartSipp]:
    """What starts SIPps; they are killed at the end of the test."""
    start = StartSipp(tmp_path, free_port)
    yield start
    start.kill()


@pytest.fixture
def uas(tmp_path: Path) -> Path:
    """SIPp's built-in scenario `uas`, but that it does not wait 4 s for a repeated BYE."""
    built_in = subprocess.run([find_peer("sipp"), "-sd", "uas"], stdout=subprocess.PIPE, text=True).stdout
    assert 'timewait milliseconds="4000"' in built_in
    path = tmp_path / "uas.xml"
    path.write_text(built_in.replace('timewait milliseconds="4000"', 'timewait milliseconds="100"'))
    return path


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    """The runs of this test; those that still run at its end are stopped."""
    started: list[Run] = []
    yield started
    for run in started:
        run.stop()


@pytest.fixture
def play(tmp_path: Path, runs: list[Run], free_port: FreePort) -> Play:
    """Write a scenario to a file and start it, with variables by their names.

    Each instance gets a port that no other run had lately: a peer may still have something to say to that one.
    """

    def start(document: Json, **variables: str) -> Run:
        for node in document["nodes"]:
            if node["type"] == "sipInstance" and not node["data"].get("localPort"):
                node["data"]["localPort"] = free_port()
        run = Run(tmp_path / f"scenario-{len(runs)}.json", document)
        runs.append(run)
        run.start(variables)
        return run

    return start


@pytest.fixture(scope="module")
def start_phone(tmp_path_factory: pytest.TempPathFactory, free_port: FreePort) -> Iterator[StartPhone]:
    """The phone of this name and with these options, started at its first use."""
    phones: dict[tuple[str, ...], Phone] = {}
    kinds: dict[str, StartPhone] = {"baresip": Baresip, "linphone": Linphone, "pjsua2": Pjsua2}

    def start(name: str, *options: str) -> Phone:
        if (name, *options) not in phones:
            phones[name, *options] = kinds[name](tmp_path_factory.mktemp(name), free_port, *options)
        return phones[name, *options]

    yield start
    for phone in phones.values():
        phone.end()


@pytest.fixture(params=["baresip", "linphone", "pjsua2"])
def phone(request: pytest.FixtureRequest, start_phone: StartPhone) -> Iterator[Phone]:
    """Each softphone in turn, at rest before and after the test.

    Parametrized indirectly it is another one: a name, with options behind it, such as `pjsua2 100rel`.
    """
    phone = start_phone(*request.param.split())
    phone.rest()
    yield phone
    phone.rest()


@pytest.fixture(scope="module")
def kamailio_process(tmp_path_factory: pytest.TempPathFactory, free_port: FreePort) -> Iterator[Kamailio]:
    server = Kamailio(tmp_path_factory.mktemp("kamailio"), free_port)
    yield server
    server.end()


@pytest.fixture
def kamailio(kamailio_process: Kamailio) -> Kamailio:
    """Kamailio, with a new chapter of its log."""
    kamailio_process.rest()
    return kamailio_process
