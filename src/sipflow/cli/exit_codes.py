"""What the command line returns. Of several files the worst, which is the highest, counts."""

from __future__ import annotations

import signal
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes below those of signals."""

    PASSED = 0
    FAILED = 1
    """A scenario failed, at whatever moment after `scenario:started`."""
    INVALID = 2
    """Wrong usage, or a scenario that is not valid."""
    NOT_STARTED = 3
    """Nothing could be started: a port in use, no such address."""
    INTERNAL = 4
    """A defect of SIPFLOW itself, or output that could not be written."""


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end a run or a server in order.

    SIGHUP is one, because a terminal that is gone is no reason to leave calls up; ignored, as by nohup, it stays so.
    """
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is None or signal.getsignal(hang_up) == signal.SIG_IGN:
        return signal.SIGINT, signal.SIGTERM
    return signal.SIGINT, signal.SIGTERM, hang_up


def signal_code(number: signal.Signals) -> int:
    """Return the code after a signal, as shells count: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP."""
    return 128 + number
