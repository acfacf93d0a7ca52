from __future__ import annotations

import json
import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Put signal handlers and log handlers back: the command line sets them for its process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    root, level = logging.getLogger(), logging.getLogger("sipflow").level
    before = root.handlers[:], root.level
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    root.handlers, root.level = before
    logging.getLogger("sipflow").setLevel(level)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A valid file: one instance that waits for nothing long."""
    path = tmp_path / "short.json"
    path.write_text(
        json.dumps(
            {
                "nodes": [
                    {"id": "a", "type": "sipInstance", "data": {"label": "Alice", "dn": "1001"}},
                    {"id": "n1", "type": "event", "data": {"event": "TIMEOUT", "timeout": 1}},
                ],
                "edges": [{"id": "e", "source": "a", "target": "n1", "sourceHandle": "success"}],
            }
        ),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def invalid_scenario(tmp_path: Path) -> Path:
    """A file with two errors."""
    path = tmp_path / "invalid.json"
    path.write_text(
        json.dumps(
            {
                "nodes": [
                    {"id": "a", "type": "sipInstance", "data": {"label": "Alice"}},
                    {"id": "n1", "type": "command", "data": {"command": "Dance"}},
                ],
                "edges": [{"id": "e", "source": "a", "target": "n1", "sourceHandle": "success"}],
            }
        ),
        encoding="utf-8",
    )
    return path
