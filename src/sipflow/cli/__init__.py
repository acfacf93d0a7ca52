"""The `sipflow` command."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line with this process's arguments, and exit."""
    from sipflow.cli.app import run_app

    sys.exit(run_app(sys.argv[1:]))
