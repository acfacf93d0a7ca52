"""Readers of a run's events: lines of JSON, plain text, a live ladder, and what to say of a failure.

`LiveLadder` is to be had from `sipflow.report.ladder`, because it alone needs rich.
"""

from sipflow.report.console import PlainConsole
from sipflow.report.failure import FailureReport
from sipflow.report.json_lines import JsonLines
from sipflow.report.names import Names
from sipflow.report.reader import Background, Reader, Readers

__all__ = [
    "Background",
    "FailureReport",
    "JsonLines",
    "Names",
    "PlainConsole",
    "Reader",
    "Readers",
]
