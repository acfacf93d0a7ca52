"""The commands and what they share."""

from __future__ import annotations

from sipflow import __version__


def run_app(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    print(f"sipflow {__version__}")
    return 0
