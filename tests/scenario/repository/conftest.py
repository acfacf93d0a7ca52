from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipflow.scenario.repository.sql import SqlRepository
from tests.postgresql import PostgreSql

NOBODY = 65_534


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    """Where an SQLite database is to be."""
    return tmp_path / "folder that is made" / "100%.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Path | str:
    """Where a database is to be made: each test that takes it runs over each kind."""
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("sqlite")
        return path
    server: PostgreSql = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder with a database, `old.db`, in which this process may write nothing, not even as root."""

    async def make(database: Path) -> None:
        await (await SqlRepository.open(database)).close()

    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:  # others may not enter the folders of pytest
        folder = Path(name)
        asyncio.run(make(folder / "old.db"))
        folder.chmod(0o555)
        (folder / "old.db").chmod(0o444)
        if is_root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o755)
