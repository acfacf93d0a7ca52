"""Drafts over a database: the newest state of what is being edited, one a scenario, kept apart from versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sipflow.base.clock import Clock
from sipflow.base.errors import DraftConflict, ScenarioError, ScenarioNotFound
from sipflow.base.sayings import Saying
from sipflow.scenario.document import read_json, write_json
from sipflow.scenario.repository.database import Database
from sipflow.scenario.repository.protocol import Draft, ScenarioSource, StoredScenario
from sipflow.scenario.repository.tables import drafts, scenarios

MAX_CLIENT_CHARS = 100


class SqlDrafts:
    """The drafts of the scenarios in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load(self, scenario_id: str) -> Draft | None:
        """The draft of a scenario; None where there is none, or no such scenario."""
        async with self._database.read() as connection:
            return await load_draft(connection, scenario_id)

    async def save(
        self, scenario_id: str, flow_data: dict[str, Any], *, base_version: int, revision: int | None, client: str
    ) -> Draft:
        """Keep a draft in place of the one whose revision was last seen, or None for none.

        Raises DraftConflict where another was written or deleted since. `client` names the writer for others.
        """
        if len(client) > MAX_CLIENT_CHARS or not client.isprintable():
            raise ScenarioError(Saying.of("client-name-unfit", limit=MAX_CLIENT_CHARS))
        text = write_json(flow_data)
        async with self._database.write() as connection:
            # First of all, because from here on another writer of this scenario waits.
            await connection.execute(
                update(scenarios)
                .where(scenarios.c.id == scenario_id)
                .values(draft_revision=scenarios.c.draft_revision + 1)
            )
            query = select(scenarios.c.draft_revision).where(scenarios.c.id == scenario_id)
            next_revision = (await connection.execute(query)).scalar_one_or_none()
            if next_revision is None:
                raise ScenarioNotFound(scenario_id)
            await _replace(connection, scenario_id, revision)
            draft = Draft(scenario_id, next_revision, base_version, self._clock.wall_ms(), client, flow_data)
            await connection.execute(
                insert(drafts).values(
                    scenario_id=scenario_id,
                    revision=draft.revision,
                    base_version=draft.base_version,
                    updated_at_ms=draft.updated_at_ms,
                    client=draft.client,
                    flow_data=text,
                )
            )
        return draft

    async def delete(self, scenario_id: str, revision: int) -> None:
        """Drop the draft of this revision. Raises DraftConflict where it is another's; none at all is fine."""
        async with self._database.write() as connection:
            current = await load_draft(connection, scenario_id)
            if current is not None:
                await _replace(connection, scenario_id, revision)


class WorkingCopies:
    """What a run plays: the draft of a scenario where there is one, else what was saved last."""

    def __init__(self, scenarios: ScenarioSource, its_drafts: SqlDrafts) -> None:
        self._scenarios = scenarios
        self._drafts = its_drafts

    async def load_scenario(self, scenario_id: str) -> StoredScenario:
        """The scenario, with the newest document there is."""
        stored = await self._scenarios.load_scenario(scenario_id)
        draft = await self._drafts.load(scenario_id)
        return stored if draft is None else replace(stored, flow_data=draft.flow_data)


async def load_draft(connection: AsyncConnection, scenario_id: str) -> Draft | None:
    """The draft of a scenario, within a transaction."""
    row = (await connection.execute(select(drafts).where(drafts.c.scenario_id == scenario_id))).mappings().first()
    if row is None:
        return None
    return Draft(**{**row, "flow_data": read_json(row["flow_data"], scenario_id)})


async def _replace(connection: AsyncConnection, scenario_id: str, revision: int | None) -> None:
    """Make room for the draft that follows `revision`, if that one is there."""
    if revision is not None:
        seen = (drafts.c.scenario_id == scenario_id) & (drafts.c.revision == revision)
        if (await connection.execute(delete(drafts).where(seen))).rowcount:
            return
    current = await load_draft(connection, scenario_id)
    if current is not None or revision is not None:
        raise DraftConflict(scenario_id, current)
