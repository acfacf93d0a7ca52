"""The processes that meet in a measurement: SIPp and our user agent, each kept on one core."""

from __future__ import annotations

import csv
import json
import os
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.agent import HOST

LIMIT_S = 120.0
"""No step of a measurement takes longer."""

STAT_PERIOD_S = 0.2
FASTEST_RATE = 100_000
"""Calls a second, far beyond what any party can do: the number of open calls is the only limit."""
CPU_TIME = 2
"""With the complement of a process id above it: the clock of the time that all its threads ran, as
`clock_getcpuclockid(3)` makes it. In nanoseconds, where /proc/PID/stat counts ticks of 10 ms."""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
ROOT = Path(__file__).resolve().parent.parent


class BenchFailed(Exception):
    """A measurement could not be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one party has counted."""

    calls: int
    failed: int
    retransmissions: int
    """Messages that it sent again, or received again."""

    def __sub__(self, earlier: Tally) -> Tally:
        return Tally(
            self.calls - earlier.calls,
            self.failed - earlier.failed,
            self.retransmissions - earlier.retransmissions,
        )


class Party:
    """One process on one core. A context manager: it is killed at the end."""

    def __init__(self, command: list[str], core: int, folder: Path, *, talks: bool = False) -> None:
        pipe = subprocess.PIPE if talks else subprocess.DEVNULL
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"TERM": "dumb"},
            stdin=pipe,
            stdout=pipe,
            stderr=None if talks else subprocess.DEVNULL,
            text=True,
        )
        os.sched_setaffinity(self.process.pid, {core})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def cpu_s(self) -> float:
        """Processor time used so far, in user and kernel; still to be had when the process has ended."""
        return time.clock_gettime((~self.process.pid << 3) | CPU_TIME)

    @property
    def rss_bytes(self) -> int:
        """Memory in use."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def wait_ended(self) -> None:
        """Return when the process has ended by itself, and leave it unreaped, so that `cpu_s` still counts."""
        descriptor = os.pidfd_open(self.process.pid)
        try:
            if not select.select([descriptor], [], [], LIMIT_S)[0]:
                raise BenchFailed(f"{self.process.args!r} did not end within {LIMIT_S:g} s")
        finally:
            os.close(descriptor)


class Talker(Party):
    """A process of ours that speaks first, and answers commands: one JSON object in a line each."""

    def __init__(self, command: list[str], core: int) -> None:
        super().__init__(command, core, ROOT, talks=True)
        self.greeting = self._answer()

    def ask(self, command: str) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], LIMIT_S)[0]:
            raise BenchFailed(f"{self.process.args!r} did not answer within {LIMIT_S:g} s")
        line = self.process.stdout.readline()
        if not line:
            raise BenchFailed(f"{self.process.args!r} has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Agent(Talker):
    """Our user agent (see bench/agent.py)."""

    def __init__(self, core: int, *options: str) -> None:
        super().__init__([sys.executable, "-m", "bench.agent", *options], core)
        self.port: int = self.greeting["port"]

    def tally(self) -> Tally:
        """It counts no retransmissions: its peer sees those of both."""
        answer = self.ask("report")
        return Tally(answer["connected"], answer["failed"], 0)


class Sipp(Party):
    """SIPp with one of its built-in scenarios, `uac` or `uas`, on UDP."""

    def __init__(self, scenario: str, port: int, core: int, folder: Path, *options: str) -> None:
        self.port = port
        self._scenario = scenario
        self._folder = folder
        command = [
            "sipp", *options, "-sn", scenario, "-i", HOST, "-p", str(port), "-nostdin", "-buff_size", str(4 << 20),
            "-deadcall_wait", "0", "-trace_stat", "-stf", f"{scenario}.csv", "-trace_counts",
            "-fd", f"{int(STAT_PERIOD_S * 1000)}ms",
        ]  # fmt: skip
        super().__init__(command, core, folder)

    def wait_listening(self) -> None:
        """Return when its UDP socket is bound."""
        deadline = time.monotonic() + LIMIT_S
        wanted = f":{self.port:04X} "
        while wanted not in Path("/proc/net/udp").read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BenchFailed(f"{self.process.args!r} does not listen")
            time.sleep(0.01)

    def tally(self) -> Tally:
        """What its files say; of a process that still runs, after the next two writes."""
        if self.process.poll() is None:
            self._wait_written()
        totals = _last_row(self._folder / f"{self._scenario}.csv")
        counts = _last_row(self._folder / f"{self._scenario}_{self.process.pid}_counts.csv")
        first = "0_INVITE_Recv" if self._scenario == "uas" else "0_INVITE_Sent"
        repeated = sum(int(value) for name, value in counts.items() if name.endswith("_Retrans"))
        unexpected = sum(int(value) for name, value in counts.items() if name.endswith("_Unexp"))
        return Tally(int(counts[first]), int(totals["FailedCall(C)"]) + unexpected, repeated)

    def _wait_written(self) -> None:
        file = self._folder / f"{self._scenario}.csv"
        deadline = time.monotonic() + LIMIT_S
        lines = len(file.read_text().splitlines())
        while len(file.read_text().splitlines()) < lines + 2:
            if time.monotonic() > deadline:
                raise BenchFailed("SIPp writes no statistics")
            time.sleep(STAT_PERIOD_S / 4)


def sipp_server(core: int, folder: Path) -> Sipp:
    """SIPp that takes calls, once it listens."""
    server = Sipp("uas", free_port(), core, folder)
    server.wait_listening()
    return server


def sipp_client(
    target: int,
    core: int,
    folder: Path,
    *,
    calls: int,
    open_calls: int,
    rate: int = FASTEST_RATE,
    hold_s: float = 0.0,
) -> Sipp:
    """SIPp that places calls to a port: as many at a time as may be open, as fast as it can."""
    return Sipp(
        "uac", free_port(), core, folder, f"{HOST}:{target}", "-r", str(rate), "-l", str(open_calls), "-m", str(calls),
        "-d", str(int(hold_s * 1000)),
    )  # fmt: skip


def free_port() -> int:
    """A UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _last_row(file: Path) -> dict[str, str]:
    with file.open(newline="") as text:
        rows = list(csv.reader(text, delimiter=";"))
    return dict(zip(rows[0], rows[-1], strict=False))
