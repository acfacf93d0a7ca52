"""Drafts: what was typed and not saved, one a scenario, and never another's lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sipflow.base.errors import DraftConflict, ScenarioError, ScenarioNotFound
from sipflow.scenario.repository import StoredScenario
from sipflow.scenario.repository.drafts import MAX_CLIENT_CHARS, WorkingCopies
from sipflow.scenario.repository.sql import SqlRepository

Work = Callable[[SqlRepository, StoredScenario], Awaitable[None]]


def use(database: Path | str, work: Work) -> None:
    """Open the database with one scenario in it, do the work, close it."""

    async def run() -> None:
        repository = await SqlRepository.open(database)
        try:
            project = await repository.create_project("p")
            await work(repository, await repository.create_scenario(project.id, "s", {"n": 0}))
        finally:
            await repository.close()

    asyncio.run(run())


def test_draft_is_kept_in_place_of_the_one_before(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        drafts = repository.drafts
        assert await drafts.load(stored.id) is None
        first = await drafts.save(stored.id, {"n": 1}, base_version=1, revision=None, client="tab")
        second = await drafts.save(stored.id, {"n": 2}, base_version=1, revision=first.revision, client="tab")
        assert second.revision > first.revision
        assert await drafts.load(stored.id) == second
        assert (await repository.load_summary(stored.id)).has_draft
        assert (await repository.load_scenario(stored.id)).flow_data == {"n": 0}

    use(database, work)


def test_draft_that_another_has_written_is_shown_and_not_replaced(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        mine = await repository.drafts.save(stored.id, {"n": 1}, base_version=1, revision=None, client="mine")
        for revision in (None, mine.revision + 1, mine.revision - 1):
            with pytest.raises(DraftConflict) as caught:
                await repository.drafts.save(stored.id, {"n": 9}, base_version=1, revision=revision, client="other")
            assert caught.value.current == mine
        assert await repository.drafts.load(stored.id) == mine

    use(database, work)


def test_of_many_writers_at_once_one_wins(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        other = await SqlRepository.open(database)
        writes = (
            one.drafts.save(stored.id, {"n": n}, base_version=1, revision=None, client=str(n))
            for n, one in enumerate([repository, other] * 5)
        )
        results = await asyncio.gather(*writes, return_exceptions=True)
        await other.close()
        assert sorted(type(result).__name__ for result in results) == ["Draft"] + ["DraftConflict"] * 9

    use(database, work)


def test_draft_is_dropped_by_its_writer_alone(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        draft = await repository.drafts.save(stored.id, {"n": 1}, base_version=1, revision=None, client="tab")
        with pytest.raises(DraftConflict):
            await repository.drafts.delete(stored.id, draft.revision + 1)
        await repository.drafts.delete(stored.id, draft.revision)
        await repository.drafts.delete(stored.id, draft.revision)
        assert await repository.drafts.load(stored.id) is None

    use(database, work)


def test_save_drops_the_draft_whose_revision_never_comes_again(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        old = await repository.drafts.save(stored.id, {"n": 1}, base_version=1, revision=None, client="tab")
        await repository.save_scenario(stored.id, {"n": 1}, version=1)
        assert await repository.drafts.load(stored.id) is None
        with pytest.raises(DraftConflict) as caught:
            await repository.drafts.save(stored.id, {"n": 2}, base_version=1, revision=old.revision, client="tab")
        assert caught.value.current is None
        new = await repository.drafts.save(stored.id, {"n": 2}, base_version=2, revision=None, client="tab")
        assert new.revision > old.revision

    use(database, work)


def test_draft_of_nothing_and_of_nobody_is_refused(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        with pytest.raises(ScenarioNotFound):
            await repository.drafts.save("x", {}, base_version=1, revision=None, client="tab")
        for client in ("x" * (MAX_CLIENT_CHARS + 1), "a\nb"):
            with pytest.raises(ScenarioError, match="client"):
                await repository.drafts.save(stored.id, {}, base_version=1, revision=None, client=client)
        assert await repository.drafts.load("x") is None

    use(database, work)


def test_working_copy_is_the_draft_and_else_what_was_saved(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        copies = WorkingCopies(repository, repository.drafts)
        assert (await copies.load_scenario(stored.id)).flow_data == {"n": 0}
        await repository.drafts.save(stored.id, {"n": 1}, base_version=1, revision=None, client="tab")
        copy = await copies.load_scenario(stored.id)
        assert (copy.flow_data, copy.version, copy.name) == ({"n": 1}, 1, "s")

    use(database, work)


def test_draft_goes_with_its_scenario(database: Path | str) -> None:
    async def work(repository: SqlRepository, stored: StoredScenario) -> None:
        await repository.drafts.save(stored.id, {"n": 1}, base_version=1, revision=None, client="tab")
        await repository.delete_scenario(stored.id)
        assert await repository.drafts.load(stored.id) is None

    use(database, work)
