"""A database: opened, migrated, read and written, and its errors in clear words."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from sipflow.base.errors import ScenarioConflict, ScenarioError, StorageFailed
from sipflow.base.foreign_words import rules, told_by
from sipflow.base.sayings import Saying, Told
from sipflow.base.system_errors import told_by_system

_PRAGMAS = ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_POSTGRESQL_LIMITS: Final = {"timeout": 10, "command_timeout": 30}
"""Seconds to connect and for one statement."""
_MIGRATION_LOCK: Final = 0x5349_5046_4C4F_5701
"""Key of PostgreSQL's advisory lock under which one server at a time migrates: SIPFLOW in letters."""


_UNFIT: Final = Saying.of("text-unfit")


class Database:
    """SQLite or PostgreSQL behind one pair of methods. Made by `open`; one writer of this process at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, place: str | Path) -> Database:
        """Open a database, made or migrated as needed: a path for SQLite, or an SQLAlchemy URL.

        Raises StorageFailed where it can't be opened.
        """
        engine = _engine(place)
        database = cls(engine)
        try:
            async with database.write() as connection:
                if engine.dialect.name == "postgresql":
                    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
                await connection.run_sync(_migrate)
        except BaseException:
            await engine.dispose()
            raise
        return database

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes nothing."""
        with self._clear_errors():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is stored as a whole or not at all; over SQLite it has the write lock from the start."""
        async with self._writing:
            with self._clear_errors():
                async with self._engine.connect() as connection:
                    connection = await connection.execution_options(sipflow_writes=True)
                    async with connection.begin():
                        yield connection

    async def close(self) -> None:
        """Let go of all connections; may be called twice."""
        await self._engine.dispose()

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """Turn a database's errors into StorageFailed with place and reason; an unfit value is a ScenarioError."""
        place = _place(self._engine.url)
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            if isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")).startswith("22"):
                raise ScenarioError(_UNFIT) from error  # class 22 of SQL: the data is wrong
            raise StorageFailed(Saying.of("database-failed", place=place, reason=_told(error))) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise ScenarioError(_UNFIT) from error
        except CommandError as error:
            why = Saying.of("database-of-another-version", reason=told_by(str(error), (), "database-says"))
            raise StorageFailed(Saying.of("database-failed", place=place, reason=why)) from error


_WORDS: Final = rules(
    (r"database is locked", "database-locked"),
    (r"malformed|not a database", "database-damaged"),
    (r"readonly|read-only", "database-read-only"),
    (r"unable to open database file", "database-file-unopened"),
    (r"database or disk is full", "os-enospc"),
    (r"disk I/O error", "os-eio"),
    (r"password authentication failed for user \"(?P<user>.*?)\"", "database-password"),
    (r"no pg_hba.conf entry", "database-not-admitted"),
    (r"database \"(?P<name>.*?)\" does not exist", "database-unknown"),
    (r"role \"(?P<user>.*?)\" does not exist", "database-user-unknown"),
    (r"too many (?:clients|connections)|connection slots", "database-busy"),
    (r"permission denied", "database-forbidden"),
    (r"connection (?:was|is) closed|terminating connection|server closed|connection_lost", "database-lost"),
    (r"the database system is (?:starting up|shutting down)", "database-not-up"),
)
"""What SQLite (sqlite3ErrStr in its main.c) and PostgreSQL say in the cases that people meet."""


def _told(error: SQLAlchemyError | sqlite3.Error | OSError) -> Told:
    """Why a database failed."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, OSError) and cause.errno:
        return told_by_system(cause)
    return told_by(str(cause) or type(cause).__name__, _WORDS, "database-says")


@contextmanager
def name_conflict(message: Saying) -> Iterator[None]:
    """Around a write: what the database refuses because it is not unique is a ScenarioConflict with this message."""
    try:
        yield
    except StorageFailed as error:
        if isinstance(error.__cause__, IntegrityError):
            raise ScenarioConflict(message) from error.__cause__
        raise


def _engine(place: str | Path) -> AsyncEngine:
    is_url = isinstance(place, str) and "://" in place
    shown = str(place)
    try:
        url = make_url(str(place)) if is_url else make_url("sqlite+aiosqlite://").set(database=str(place))
        shown = url.render_as_string(hide_password=True) if is_url else shown
        url = _with_driver(url)
        if url.get_backend_name() == "postgresql":
            return create_async_engine(url, connect_args=_POSTGRESQL_LIMITS, pool_pre_ping=True, hide_parameters=True)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            # Tried here first: where the asynchronous driver fails to connect, its thread outlives the event loop.
            sqlite3.connect(url.database).close()
        engine = create_async_engine(url, hide_parameters=True)  # a document may hold passwords
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageFailed(
            Saying.of("database-unopenable", place=shown, reason=Saying.of("database-of-no-kind"))
        ) from error
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise StorageFailed(Saying.of("database-unopenable", place=shown, reason=_told(error))) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _place(url: URL) -> str:
    """What people call a database: its file, or the address where it is served."""
    if url.get_backend_name() == "sqlite" and url.database:
        return url.database
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def _with_driver(url: URL) -> URL:
    """The URL with the asynchronous driver of its database, where it names none."""
    drivers = {
        "postgres": "postgresql+asyncpg",
        "postgresql": "postgresql+asyncpg",
        "sqlite": "sqlite+aiosqlite",
    }
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


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
