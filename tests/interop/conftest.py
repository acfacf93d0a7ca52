"""Real peers as fixtures: they end with the test, however it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.sipp_process import Sipp
from tests.peers import find_peer

StartSipp = Callable[..., Sipp]


@pytest.fixture
def start_sipp(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[StartSipp]:
    """Start a SIPp with these arguments on a free port; it is killed at the end of the test."""
    command = find_peer("sipp")
    started: list[Sipp] = []

    def start(*arguments: str) -> Sipp:
        sipp = Sipp(command, tmp_path / f"sipp-{len(started)}", free_port(), arguments)
        started.append(sipp)
        return sipp

    yield start
    for sipp in started:
        sipp.kill()


@pytest.fixture
def uas(tmp_path: Path) -> Path:
    """SIPp's built-in scenario `uas`, but that it does not wait 4 s for a repeated BYE."""
    built_in = subprocess.run([find_peer("sipp"), "-sd", "uas"], stdout=subprocess.PIPE, text=True).stdout
    assert 'timewait milliseconds="4000"' in built_in
    path = tmp_path / "uas.xml"
    path.write_text(built_in.replace('timewait milliseconds="4000"', 'timewait milliseconds="100"'))
    return path
