"""Migrations: a database of any age becomes today's, with what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from sipflow.scenario.repository import database, migrations
from sipflow.scenario.repository.tables import metadata


@pytest.fixture
def connection(sqlite: Path) -> Iterator[Connection]:
    """A database with nothing in it."""
    sqlite.parent.mkdir()
    engine = create_engine(f"sqlite:///{sqlite}")
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def config(connection: Connection) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(migrations.__file__).parent))
    made.attributes["connection"] = connection
    return made


def test_first_database_gets_versions_of_what_it_holds(connection: Connection) -> None:
    command.upgrade(config(connection), "0001")
    connection.execute(text("INSERT INTO projects (id, name) VALUES ('p', 'mine')"))
    values = "('s', 'p', 'call', '{\"n\": 7}', 3, 99)"
    columns = "(id, project_id, name, flow_data, version, updated_at_ms)"
    connection.execute(text(f"INSERT INTO scenarios {columns} VALUES {values}"))

    database._migrate(connection)

    assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    kept = connection.execute(text("SELECT scenario_id, version, saved_at_ms, flow_data FROM scenario_versions"))
    assert [tuple(row) for row in kept] == [("s", 3, 99, '{"n": 7}')]
    assert connection.execute(text("SELECT draft_revision FROM scenarios")).scalar_one() == 0


def test_every_step_can_be_taken_back(connection: Connection) -> None:
    database._migrate(connection)
    command.downgrade(config(connection), "base")
    assert inspect(connection).get_table_names() == ["alembic_version"]
    database._migrate(connection)
    assert compare_metadata(MigrationContext.configure(connection), metadata) == []
