"""`sipflow` as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

LIMIT_S = 30


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start the command without the settings of this process; `env` adds to its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SIPFLOW_", "PYTHON"))}
    return subprocess.Popen(
        [sys.executable, "-m", "sipflow", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=environment | options.pop("env", {}),
        **options,
    )


def end(process: subprocess.Popen[bytes]) -> tuple[int, list[dict[str, Any]], str]:
    """Wait for the end; return the code, the JSON lines of stdout that were not read yet, and stderr."""
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


def run(*arguments: object, **options: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Start the command and wait for its end."""
    return end(start(*arguments, **options))


def read_until(process: subprocess.Popen[bytes], text: str) -> None:
    """Read the events of a run until one holds the text."""
    assert process.stdout is not None
    while text not in (line := process.stdout.readline().decode()):
        assert line, f"the run ended before {text!r}"
