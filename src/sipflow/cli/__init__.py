"""The `sipflow` command."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line with this process's arguments, and exit."""
    from sipflow.base.garbage import collect_seldom

    collect_seldom()
    from sipflow.cli.app import run_app

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good
    # A terminal that cannot show a character gets its escape, on stdout too.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run_app(sys.argv[1:]))
