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
    """A defect of SIPFLOW itself."""


def signal_code(number: signal.Signals) -> int:
    """Return the code after a signal, as shells count: 130 for SIGINT, 143 for SIGTERM."""
    return 128 + number
