"""A repository over a database: SQLite by default, anything SQLAlchemy can reach asynchronously by URL."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, delete, event, insert, make_url, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from sipflow.base.clock import Clock, SystemClock
from sipflow.base.errors import ScenarioConflict, ScenarioError, ScenarioNotFound
from sipflow.scenario.document import read_json, write_json
from sipflow.scenario.repository.protocol import Project, ScenarioSummary, StoredScenario
from sipflow.scenario.repository.tables import projects, scenarios

MAX_NAME_CHARS = 200
_PRAGMAS = ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_EMPTY_DOCUMENT: dict[str, Any] = {"nodes": [], "edges": []}
_SUMMARY = (scenarios.c.id, scenarios.c.project_id, scenarios.c.name, scenarios.c.version, scenarios.c.updated_at_ms)


class SqlRepository:
    """Projects and scenarios in a database. Made by `open`; one writer at a time."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, database: str | Path, *, clock: Clock | None = None) -> SqlRepository:
        """Open a database, made or migrated as needed: a path for SQLite, or an SQLAlchemy URL.

        Raises ScenarioError where it can't be opened.
        """
        engine = _engine(database)
        repository = cls(engine, clock or SystemClock())
        try:
            async with repository._write() as connection:
                await connection.run_sync(_migrate)
        except BaseException:
            await engine.dispose()
            raise
        return repository

    async def create_project(self, name: str) -> Project:
        project = Project(uuid.uuid4().hex, _checked_name(name))
        with _name_conflict(f"there is a project {project.name!r} already"):
            async with self._write() as connection:
                await connection.execute(insert(projects).values(id=project.id, name=project.name))
        return project

    async def list_projects(self) -> list[Project]:
        async with self._read() as connection:
            rows = await connection.execute(select(projects.c.id, projects.c.name).order_by(projects.c.name))
        return [Project(*row) for row in rows]

    async def rename_project(self, project_id: str, name: str) -> Project:
        project = Project(project_id, _checked_name(name))
        with _name_conflict(f"there is a project {project.name!r} already"):
            async with self._write() as connection:
                changed = update(projects).where(projects.c.id == project_id).values(name=project.name)
                if not (await connection.execute(changed)).rowcount:
                    raise _no_project(project_id)
        return project

    async def delete_project(self, project_id: str) -> None:
        async with self._write() as connection:
            if not (await connection.execute(delete(projects).where(projects.c.id == project_id))).rowcount:
                raise _no_project(project_id)

    async def create_scenario(
        self, project_id: str, name: str, flow_data: dict[str, Any] | None = None
    ) -> StoredScenario:
        flow_data = _EMPTY_DOCUMENT if flow_data is None else flow_data
        text = write_json(flow_data)
        summary = ScenarioSummary(uuid.uuid4().hex, project_id, _checked_name(name), 1, self._clock.wall_ms())
        with _name_conflict(f"there is a scenario {summary.name!r} already"):
            async with self._write() as connection:
                known = await connection.execute(select(projects.c.id).where(projects.c.id == project_id))
                if known.first() is None:
                    raise _no_project(project_id)
                await connection.execute(
                    insert(scenarios).values(
                        id=summary.id,
                        project_id=project_id,
                        name=summary.name,
                        flow_data=text,
                        version=summary.version,
                        updated_at_ms=summary.updated_at_ms,
                    )
                )
        return _stored(summary, text)

    async def list_scenarios(self, project_id: str) -> list[ScenarioSummary]:
        async with self._read() as connection:
            rows = await connection.execute(
                select(*_SUMMARY).where(scenarios.c.project_id == project_id).order_by(scenarios.c.name)
            )
        return [ScenarioSummary(*row) for row in rows]

    async def load_scenario(self, scenario_id: str) -> StoredScenario:
        async with self._read() as connection:
            return await _load(connection, scenario_id)

    async def save_scenario(self, scenario_id: str, flow_data: dict[str, Any], *, version: int) -> StoredScenario:
        text = write_json(flow_data)
        async with self._write() as connection:
            changed = await connection.execute(
                update(scenarios)
                .where(scenarios.c.id == scenario_id, scenarios.c.version == version)
                .values(flow_data=text, version=version + 1, updated_at_ms=self._clock.wall_ms())
            )
            stored = await _load(connection, scenario_id)
            if not changed.rowcount:
                raise ScenarioConflict(
                    f"scenario {stored.name!r} has been saved since it was loaded: "
                    f"expected version {version}, got {stored.version}"
                )
        return stored

    async def rename_scenario(self, scenario_id: str, name: str) -> ScenarioSummary:
        name = _checked_name(name)
        with _name_conflict(f"there is a scenario {name!r} already"):
            async with self._write() as connection:
                await connection.execute(update(scenarios).where(scenarios.c.id == scenario_id).values(name=name))
                row = (await connection.execute(select(*_SUMMARY).where(scenarios.c.id == scenario_id))).first()
        if row is None:
            raise ScenarioNotFound(scenario_id)
        return ScenarioSummary(*row)

    async def delete_scenario(self, scenario_id: str) -> None:
        async with self._write() as connection:
            if not (await connection.execute(delete(scenarios).where(scenarios.c.id == scenario_id))).rowcount:
                raise ScenarioNotFound(scenario_id)

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncConnection]:
        with _clear_errors(self._engine):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds the database's write lock from its first moment."""
        async with self._writing:
            with _clear_errors(self._engine):
                async with self._engine.connect() as connection:
                    connection = await connection.execution_options(sipflow_writes=True)
                    async with connection.begin():
                        yield connection


async def _load(connection: AsyncConnection, scenario_id: str) -> StoredScenario:
    query = select(*_SUMMARY, scenarios.c.flow_data).where(scenarios.c.id == scenario_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise ScenarioNotFound(scenario_id)
    *summary, text = row
    return _stored(ScenarioSummary(*summary), text)


def _stored(summary: ScenarioSummary, text: str) -> StoredScenario:
    return StoredScenario(
        summary.id,
        summary.project_id,
        summary.name,
        summary.version,
        summary.updated_at_ms,
        read_json(text, summary.id),
    )


def _engine(database: str | Path) -> AsyncEngine:
    is_url = isinstance(database, str) and "://" in database
    shown = str(database)
    try:
        url = make_url(str(database)) if is_url else make_url("sqlite+aiosqlite://").set(database=str(database))
        shown = url.render_as_string(hide_password=True) if is_url else shown
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            # Tried here first: where the asynchronous driver fails to connect, its thread outlives the event loop.
            sqlite3.connect(url.database).close()
        engine = create_async_engine(url)
    except (OSError, sqlite3.Error, SQLAlchemyError, ModuleNotFoundError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ScenarioError(f"can't open the database {shown}: {reason}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver's own BEGINs would come too late: see _begin_sqlite
    cursor = connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except BaseException:
        connection.close()  # the pool does not know it yet, and its thread would live on
        raise


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: a lock that is asked for later can't be waited for."""
    writes = connection.get_execution_options().get("sipflow_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise ScenarioError(f"a name has 1 to {MAX_NAME_CHARS} printable characters, got {name[:40]!r}")
    return name


def _no_project(project_id: str) -> ScenarioError:
    return ScenarioError(f"no project {project_id!r}")


@contextmanager
def _name_conflict(message: str) -> Iterator[None]:
    try:
        yield
    except ScenarioError as error:
        if isinstance(error.__cause__, IntegrityError):
            raise ScenarioConflict(message) from error.__cause__
        raise


@contextmanager
def _clear_errors(engine: AsyncEngine) -> Iterator[None]:
    """Turn a database's errors into ScenarioError: what could not be done, where and why."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        raise ScenarioError(f"database {_place(engine)}: {reason}") from error
    except CommandError as error:
        raise ScenarioError(f"database {_place(engine)}: made by another version of SIPFLOW ({error})") from error


def _place(engine: AsyncEngine) -> str:
    return engine.url.database or engine.url.render_as_string(hide_password=True)
