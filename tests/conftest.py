"""What all circles of tests share: markers by folder, and fixtures that only a test can want."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CIRCLES = ("loopback", "interop")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of tests/loopback and tests/interop by its folder."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            folder = item.path.relative_to(TESTS).parts[0]
            if folder in CIRCLES:
                item.add_marker(folder)


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Give ports of 127.0.0.1 that are free for UDP and TCP at the moment, each another."""
    given: set[int] = set()

    def find() -> int:
        while True:
            with (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
                contextlib.suppress(OSError),
            ):
                udp.bind(("127.0.0.1", 0))
                port: int = udp.getsockname()[1]
                tcp.bind(("127.0.0.1", port))
                if port not in given:
                    given.add(port)
                    return port

    return find
