"""The `sipflow` command."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import NoReturn


def end_on_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end the process with 130, 143 and 129, while no run takes care of them."""
    from sipflow.cli.exit_codes import ending_signals

    for number in ending_signals():
        signal.signal(number, lambda number, _frame: os._exit(128 + number))


def main() -> NoReturn:
    """Run the command line with this process's arguments, and exit."""
    end_on_signals()  # before the imports, which take most of the time of a short command
    from sipflow.base.garbage import collect_seldom

    collect_seldom()
    from sipflow.cli.app import run_app
    from sipflow.cli.exit_codes import ending_signals

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good
    # A terminal that cannot show a character gets its escape, on stdout too.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    code = run_app(sys.argv[1:])
    for number in ending_signals():
        signal.signal(number, signal.SIG_IGN)  # all is said and done: the interpreter's own end is not to be cut
    sys.exit(code)
