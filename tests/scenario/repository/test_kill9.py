"""A save is all or nothing under kill -9, and an acknowledged one is there. The bounded form: 20 kills."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "soak" / "kill9.py"


def test_acknowledged_saves_survive_kill_9() -> None:
    result = subprocess.run(
        [sys.executable, str(SCRIPT), "--kills", "20", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert result.returncode == 0, result.stderr
    outcome = json.loads(result.stdout)
    assert outcome["kills"] == 20
    assert outcome["acknowledged"] > 20
