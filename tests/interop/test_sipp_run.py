"""`sipflow run` meets SIPp: a scenario file of ours against its built-in scenarios, and signals in mid-call."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.examples import EXAMPLES, changed_example
from tests.interop.conftest import StartSipp
from tests.interop.sipp_process import HOST, TRANSPORT_OPTIONS
from tests.loopback import command
from tests.loopback.command import end, read_until

StartRun = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start_run() -> Iterator[StartRun]:
    """Start `sipflow run --json` as a child; it is killed at the end of the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: object) -> subprocess.Popen[bytes]:
        started.append(command.start("run", "--json", *arguments))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.peer("call-out", "sipp")
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_call_out_reaches_sipp(start_sipp: StartSipp, start_run: StartRun, uas: Path, transport: str) -> None:
    sipp = start_sipp("-sf", str(uas), "-m", "1", *TRANSPORT_OPTIONS[transport])
    asyncio.run(sipp.listening(transport))

    target = f"target=sip:service@{HOST}:{sipp.port};transport={transport.lower()}"
    code, events, _ = end(start_run(EXAMPLES["call-out"], "--var", target))
    result = asyncio.run(sipp.end())

    assert (code, events[-1]["event"]) == (0, "scenario:completed")
    assert result.verdict == {"successful": 1}, result.errors


@pytest.mark.peer("call-in", "sipp")
def test_answer_calls_takes_a_call_of_sipp(
    start_sipp: StartSipp, start_run: StartRun, free_port: Callable[[], int], tmp_path: Path
) -> None:
    port = free_port()
    process = start_run(changed_example("answer-calls", tmp_path, localPort=port))
    read_until(process, '"scenario:started"')

    result = asyncio.run(start_sipp("-sn", "uac", f"{HOST}:{port}", "-m", "1", "-d", "200").end())
    code, events, _ = end(process)

    assert (code, events[-1]["event"]) == (0, "scenario:completed")
    assert result.verdict == {"successful": 1}, result.errors


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_in_mid_call_ends_it_with_a_bye_that_sipp_counts(
    start_sipp: StartSipp, start_run: StartRun, uas: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    sipp = start_sipp("-sf", str(uas), "-m", "1")
    asyncio.run(sipp.listening())
    long_call = changed_example("call-out", tmp_path, timeout=20_000)
    process = start_run(long_call, "--var", f"target=sip:service@{HOST}:{sipp.port}")
    read_until(process, '"method":"ACK"')

    process.send_signal(number)
    returned, events, _ = end(process)
    result = asyncio.run(sipp.end())

    assert (returned, events[-1]["event"]) == (code, "scenario:stopped")
    assert [event["direction"] for event in events if event.get("method") == "BYE"] == ["sent", "received"]
    assert result.verdict == {"successful": 1}, result.errors
