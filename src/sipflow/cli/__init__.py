"""The `sipflow` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line with the arguments of this process."""
    from sipflow.cli.app import run_app

    sys.exit(run_app(sys.argv[1:]))
