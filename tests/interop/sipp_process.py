"""SIPp as a child process, judged by its statistics file and its exit code."""

from __future__ import annotations

import asyncio
import csv
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.interop.child import mortal
from tests.interop.ports import wait_for_port

HOST = "127.0.0.1"
SCENARIOS = Path(__file__).parent / "sipp"
LOG_CHARS = 5_000
GLOBAL_LIMIT_S = 40
"""SIPp ends by itself after this, as failed."""


@dataclass(frozen=True, slots=True)
class SippResult:
    """What SIPp says about its calls, cumulated."""

    exit_code: int
    statistics: dict[str, str]
    errors: str
    """Its error log: unexpected messages and timeouts."""

    def count(self, name: str) -> int:
        """One cumulated counter, such as `FailedCall`. Raises KeyError for one that SIPp does not know."""
        return int(self.statistics[f"{name}(C)"])

    @property
    def verdict(self) -> dict[str, int]:
        """All that must be zero for a faultless run, but for what is; and the number of good calls."""
        found = {"successful": self.count("SuccessfulCall")}
        if self.exit_code:
            found["exit code"] = self.exit_code
        faults = set(FAULTS) - (AFTER_REPETITIONS if self.count("Retransmissions") else set())
        return found | {name: self.count(name) for name in FAULTS if name in faults and self.count(name)}


FAULTS = (  # of retransmissions a tape or a run tells what is a fault: a busy machine makes some
    "FailedCall",
    "FailedCannotSendMessage",
    "FailedMaxUDPRetrans",
    "FailedTcpConnect",
    "FailedTcpClosed",
    "FailedUnexpectedMessage",
    "FailedCallRejected",
    "FailedCmdNotSent",
    "FailedRegexpDoesntMatch",
    "FailedTimeoutOnRecv",
    "FailedTimeoutOnSend",
    "OutOfCallMsgs",
    "DeadCallMsgs",
    "Warnings",
    "FatalErrors",
)
AFTER_REPETITIONS = {"DeadCallMsgs", "Warnings"}
"""What it makes of the second answer to a BYE that it has repeated."""


TRANSPORT_OPTIONS = {
    "UDP": ("-t", "u1"),
    "TCP": ("-t", "t1", "-reconnect_close", "false"),  # else our closing the connection counts as an error
}


class Sipp:
    """One SIPp. It listens on `port`; `end` waits for it, `kill` is for the test's finalizer."""

    def __init__(self, command: str, folder: Path, port: int, arguments: Sequence[str]) -> None:
        self.port = port
        folder.mkdir()
        self._folder = folder
        self._screen = (folder / "screen").open("wb")
        self._process = subprocess.Popen(
            mortal(
                [
                    *(command, *arguments, "-i", HOST, "-p", str(port), "-nostdin"),
                    *("-timeout", str(GLOBAL_LIMIT_S), "-timeout_error"),
                    # That the machine let it wait is no fault of its peer.
                    *("-watchdog_minor_threshold", "60000", "-watchdog_major_threshold", "60000"),
                    *("-trace_stat", "-stf", "statistics", "-fd", "1", "-trace_err", "-error_file", "errors"),
                ]
            ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=self._screen,
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    async def listening(self, transport: str = "UDP") -> None:
        """Wait until its socket is open."""
        await wait_for_port(self.port, transport)

    async def end(self, limit_s: float = GLOBAL_LIMIT_S + 5) -> SippResult:
        """Wait for SIPp to end by itself. Raises subprocess.TimeoutExpired."""
        exit_code = await asyncio.to_thread(self._process.wait, limit_s)
        with (self._folder / "statistics").open(newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        log = self._folder / "errors"
        return SippResult(exit_code, last, log.read_text(errors="replace") if log.exists() else "")

    def log(self) -> str:
        """Its error log, and the end of what it showed last, which counts its messages."""
        parts = [f"SIPp on {self.port}, exit code {self._process.poll()}"]
        for name in ("errors", "screen"):
            path = self._folder / name
            if path.exists():
                parts.append(path.read_text(errors="replace")[-LOG_CHARS:])
        return "\n".join(parts)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._screen.close()
