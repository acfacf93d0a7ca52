"""A server that is killed loses nothing that it has acknowledged. The bounded form: 3 kills."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.conformance("R12")
def test_what_the_server_acknowledged_survives_kill_9() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.soak.server_kill9", "--kills", "3", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        cwd=ROOT,
    )
    assert result.returncode == 0, result.stderr
    outcome = json.loads(result.stdout)
    assert outcome["kills"] == 3
    assert min(outcome["saves"], outcome["drafts"], outcome["runs"]) > 0
