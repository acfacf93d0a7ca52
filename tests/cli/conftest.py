from __future__ import annotations

import json
import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import Json, chain, command, document, event, instance


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
    return write(tmp_path / "short.json", instance("a", "1001", label="Alice"), event("n1", "TIMEOUT", timeout=1))


@pytest.fixture
def invalid_scenario(tmp_path: Path) -> Path:
    """A file with two errors."""
    return write(tmp_path / "invalid.json", instance("a", dn="", label="Alice"), command("n1", "Dance"))


def write(path: Path, *nodes: Json) -> Path:
    """Write a file of an instance and its step."""
    path.write_text(json.dumps(document(*nodes, edges=chain("a", "n1"))), encoding="utf-8")
    return path
