"""Text for people, on stderr: stdout belongs to what programs read."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path


def say(*lines: str) -> None:
    """Write lines to stderr; where nobody listens any more, nothing happens."""
    if not lines:
        return
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", file=sys.stderr, flush=True)


def say_findings(findings: Iterable[object], source: str) -> None:
    """Tell all findings of a scenario, each with the file that it is about."""
    from sipflow.report.names import printable

    say(*(f"{printable(source)}: {printable(str(finding))}" for finding in findings))


def say_unreadable(path: Path, error: OSError) -> None:
    """Tell why a file cannot be read."""
    say(f"sipflow: cannot read {path}: {error.strerror or error}")


def say_unwritten(error: OSError) -> None:
    """Tell that what was asked for could not be written to stdout."""
    say(f"sipflow: cannot write to stdout: {error.strerror or error}")


def is_live_terminal() -> bool:
    """Whether stderr can show something that changes."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def terminal_width() -> int | None:
    """The columns of the terminal that stderr goes to; None where it goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stderr.isatty() else None


class PlainFormatter(logging.Formatter):
    """A record as one line; the traceback follows only when it is asked for."""

    def __init__(self, *, is_verbose: bool) -> None:
        super().__init__("%(levelname)s: %(name)s: %(message)s")
        self._is_verbose = is_verbose

    def format(self, record: logging.LogRecord) -> str:
        if not self._is_verbose and record.exc_info:
            error = record.exc_info[1]
            record = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None})
            return f"{super().format(record).splitlines()[0]} ({error!r})"
        return super().format(record)


def set_up_logging(*, is_verbose: bool) -> None:
    """Send warnings, and with `is_verbose` everything, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter(is_verbose=is_verbose))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("sipflow").setLevel(logging.DEBUG if is_verbose else logging.WARNING)


def settle_streams() -> OSError | None:
    """Flush both streams, and return why stdout could not take all; that its reader has gone away is no reason.

    One that fails is pointed at nothing, or Python would exit with 120.
    """
    fault: OSError | None = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            with open(os.devnull, "wb") as nothing:
                os.dup2(nothing.fileno(), stream.fileno())
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                fault = error
    return fault
