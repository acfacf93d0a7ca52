"""A repository over a database: SQLite by default, PostgreSQL by URL for a team."""

from __future__ import annotations

import uuid
from itertools import count
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sipflow.base.clock import Clock, SystemClock
from sipflow.base.errors import ProjectNotFound, ScenarioConflict, ScenarioError, ScenarioNotFound
from sipflow.base.sayings import Saying
from sipflow.scenario.document import read_json, write_json
from sipflow.scenario.repository.database import Database, name_conflict
from sipflow.scenario.repository.drafts import SqlDrafts
from sipflow.scenario.repository.protocol import Project, ScenarioSummary, StoredScenario, StoredVersion, Version
from sipflow.scenario.repository.tables import drafts, projects, scenarios, versions

MAX_NAME_CHARS: Final = 200
KEPT_VERSIONS: Final = 200
"""Of a scenario, the newest ones."""
_EMPTY_DOCUMENT: Final[dict[str, Any]] = {"nodes": [], "edges": []}
_SUMMARY = (
    scenarios.c.id,
    scenarios.c.project_id,
    scenarios.c.name,
    scenarios.c.version,
    scenarios.c.updated_at_ms,
    exists().where(drafts.c.scenario_id == scenarios.c.id).label("has_draft"),
)


class SqlRepository:
    """Projects, scenarios and their versions in a database. Made by `open`."""

    def __init__(self, database: Database, clock: Clock, kept_versions: int = KEPT_VERSIONS) -> None:
        self._database = database
        self._clock = clock
        self._kept_versions = kept_versions
        self.drafts = SqlDrafts(database, clock)

    @classmethod
    async def open(
        cls, place: str | Path, *, clock: Clock | None = None, kept_versions: int = KEPT_VERSIONS
    ) -> SqlRepository:
        """Open a database, made or migrated as needed: a path for SQLite, or an SQLAlchemy URL.

        Raises ScenarioError where it can't be opened.
        """
        return cls(await Database.open(place), clock or SystemClock(), kept_versions)

    async def create_project(self, name: str) -> Project:
        project = Project(uuid.uuid4().hex, _checked_name(name))
        with name_conflict(Saying.of("project-name-taken", name=project.name)):
            async with self._database.write() as connection:
                await connection.execute(insert(projects).values(id=project.id, name=project.name))
        return project

    async def list_projects(self) -> list[Project]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(projects.c.id, projects.c.name).order_by(projects.c.name))
        return [Project(*row) for row in rows]

    async def rename_project(self, project_id: str, name: str) -> Project:
        project = Project(project_id, _checked_name(name))
        with name_conflict(Saying.of("project-name-taken", name=project.name)):
            async with self._database.write() as connection:
                changed = update(projects).where(projects.c.id == project_id).values(name=project.name)
                if not (await connection.execute(changed)).rowcount:
                    raise ProjectNotFound(project_id)
        return project

    async def delete_project(self, project_id: str) -> None:
        async with self._database.write() as connection:
            if not (await connection.execute(delete(projects).where(projects.c.id == project_id))).rowcount:
                raise ProjectNotFound(project_id)

    async def create_scenario(
        self,
        project_id: str,
        name: str,
        flow_data: dict[str, Any] | None = None,
        *,
        is_numbered: bool = False,
    ) -> StoredScenario:
        flow_data = _EMPTY_DOCUMENT if flow_data is None else flow_data
        text = write_json(flow_data)
        name = _checked_name(name)
        with name_conflict(Saying.of("scenario-name-taken", name=name)):
            async with self._database.write() as connection:
                await _check_project(connection, project_id)
                if is_numbered:
                    name = await _free_name(connection, project_id, name)
                scenario_id, now_ms = uuid.uuid4().hex, self._clock.wall_ms()
                await connection.execute(
                    insert(scenarios).values(
                        id=scenario_id,
                        project_id=project_id,
                        name=name,
                        flow_data=text,
                        version=1,
                        updated_at_ms=now_ms,
                    )
                )
                await _keep_version(connection, scenario_id, 1, now_ms, text)
                return await _load(connection, scenario_id)

    async def list_scenarios(self, project_id: str) -> list[ScenarioSummary]:
        query = select(*_SUMMARY).where(scenarios.c.project_id == project_id).order_by(scenarios.c.name)
        async with self._database.read() as connection:
            return [ScenarioSummary(*row) for row in await connection.execute(query)]

    async def load_scenario(self, scenario_id: str) -> StoredScenario:
        async with self._database.read() as connection:
            return await _load(connection, scenario_id)

    async def load_summary(self, scenario_id: str) -> ScenarioSummary:
        """The scenario without its document."""
        async with self._database.read() as connection:
            return await _load_summary(connection, scenario_id)

    async def save_scenario(self, scenario_id: str, flow_data: dict[str, Any], *, version: int) -> StoredScenario:
        """Replace the document and drop the draft. What is saved is kept as a version."""
        text, now_ms = write_json(flow_data), self._clock.wall_ms()
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(scenarios)
                .where(scenarios.c.id == scenario_id, scenarios.c.version == version)
                .values(flow_data=text, version=version + 1, updated_at_ms=now_ms)
            )
            if not changed.rowcount:
                stored = await _load_summary(connection, scenario_id)
                raise ScenarioConflict(
                    Saying.of("scenario-changed", name=stored.name, expected=version, version=stored.version)
                )
            await connection.execute(delete(drafts).where(drafts.c.scenario_id == scenario_id))
            await _keep_version(connection, scenario_id, version + 1, now_ms, text)
            is_old = versions.c.version <= version + 1 - self._kept_versions
            await connection.execute(delete(versions).where(versions.c.scenario_id == scenario_id, is_old))
            return await _load(connection, scenario_id)

    async def change_scenario(
        self, scenario_id: str, *, name: str | None = None, project_id: str | None = None
    ) -> ScenarioSummary:
        values: dict[str, str] = {}
        if name is not None:
            values["name"] = _checked_name(name)
        if project_id is not None:
            values["project_id"] = project_id
        with name_conflict(Saying.of("scenario-of-this-name")):
            async with self._database.write() as connection:
                if project_id is not None:
                    await _check_project(connection, project_id)
                if values:
                    await connection.execute(update(scenarios).where(scenarios.c.id == scenario_id).values(**values))
                return await _load_summary(connection, scenario_id)

    async def delete_scenario(self, scenario_id: str) -> None:
        async with self._database.write() as connection:
            if not (await connection.execute(delete(scenarios).where(scenarios.c.id == scenario_id))).rowcount:
                raise ScenarioNotFound(scenario_id)

    async def list_versions(self, scenario_id: str) -> list[Version]:
        """The saves that are kept, newest first: the last `kept_versions` of them."""
        query = select(versions.c.version, versions.c.saved_at_ms).where(versions.c.scenario_id == scenario_id)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(versions.c.version.desc()))
            found = [Version(*row) for row in rows]
        if not found:  # a scenario has one from its first moment
            raise ScenarioNotFound(scenario_id)
        return found

    async def load_version(self, scenario_id: str, version: int) -> StoredVersion:
        """What was saved as this version. Raises ScenarioNotFound where it is not kept."""
        query = select(versions.c.version, versions.c.saved_at_ms, versions.c.flow_data)
        one = (versions.c.scenario_id == scenario_id) & (versions.c.version == version)
        async with self._database.read() as connection:
            row = (await connection.execute(query.where(one))).first()
        if row is None:
            raise ScenarioNotFound(f"{scenario_id} version {version}")
        return StoredVersion(row.version, row.saved_at_ms, read_json(row.flow_data, scenario_id))

    async def close(self) -> None:
        await self._database.close()


async def _load_summary(connection: AsyncConnection, scenario_id: str) -> ScenarioSummary:
    row = (await connection.execute(select(*_SUMMARY).where(scenarios.c.id == scenario_id))).first()
    if row is None:
        raise ScenarioNotFound(scenario_id)
    return ScenarioSummary(*row)


async def _load(connection: AsyncConnection, scenario_id: str) -> StoredScenario:
    query = select(*_SUMMARY, scenarios.c.flow_data).where(scenarios.c.id == scenario_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise ScenarioNotFound(scenario_id)
    summary = ScenarioSummary(*row[:-1])
    return StoredScenario(
        summary.id,
        summary.project_id,
        summary.name,
        summary.version,
        summary.updated_at_ms,
        summary.has_draft,
        read_json(row.flow_data, scenario_id),
    )


async def _keep_version(connection: AsyncConnection, scenario_id: str, version: int, now_ms: int, text: str) -> None:
    await connection.execute(
        insert(versions).values(scenario_id=scenario_id, version=version, saved_at_ms=now_ms, flow_data=text)
    )


async def _check_project(connection: AsyncConnection, project_id: str) -> None:
    if (await connection.execute(select(projects.c.id).where(projects.c.id == project_id))).first() is None:
        raise ProjectNotFound(project_id)


async def _free_name(connection: AsyncConnection, project_id: str, name: str) -> str:
    """The name, or where it is taken the first of `name (2)`, `name (3)`, … that is free."""
    taken = set(await connection.scalars(select(scenarios.c.name).where(scenarios.c.project_id == project_id)))
    numbered = (f"{name[: MAX_NAME_CHARS - len(end)]}{end}" for end in (f" ({number})" for number in count(2)))
    return name if name not in taken else next(candidate for candidate in numbered if candidate not in taken)


_JOINERS: Final = {0x200C: None, 0x200D: None}
"""What joins and parts letters and signs, as in Persian words and families of emoji; not printable itself."""


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARS or not name.translate(_JOINERS).isprintable():
        raise ScenarioError(Saying.of("name-unfit", limit=MAX_NAME_CHARS, name=name[:40]))
    return name
