"""What all circles of tests share: markers by folder, and fixtures that only a test can want."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.free_ports import FreePorts
from tests.postgresql import PostgreSql, serve_postgresql

TESTS = Path(__file__).parent
# How long an example takes says nothing on a machine that has other work. CI has further settings, which stay.
settings.register_profile("any machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

CIRCLES = {"loopback": "loopback", "server": "loopback", "interop": "interop", "journeys": "interop"}
"""The mark of every test in these folders."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark every test that uses more than this process by its folder, before `-m` chooses by the marks.

    Those with a browser come last, after all other sorting: Playwright keeps an event loop running, beside which no
    other can.
    """
    for item in items:
        if item.path.is_relative_to(TESTS):
            folder = item.path.relative_to(TESTS).parts[0]
            if folder in CIRCLES:
                item.add_marker(CIRCLES[folder])
    yield
    items.sort(key=lambda item: item.path.is_relative_to(TESTS / "journeys"))


@pytest.fixture
def heeds_hang_up() -> Iterator[None]:
    """Let processes that a test starts heed SIGHUP, which those of a trial under nohup ignore."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A PostgreSQL that goes with the tests."""
    with serve_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def free_port() -> Iterator[FreePorts]:
    """Give ports of 127.0.0.1 that are free for UDP and TCP at the moment, each another."""
    ports = FreePorts()
    yield ports
    ports.close()
