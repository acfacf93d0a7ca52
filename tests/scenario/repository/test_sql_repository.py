"""A repository over a database: what it stores, what it refuses, and how it says so."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from sipflow.base.errors import ScenarioConflict, ScenarioError, ScenarioNotFound, StorageFailed
from sipflow.scenario.document import MAX_BYTES
from sipflow.scenario.repository import ScenarioRepository
from sipflow.scenario.repository.sql import SqlRepository
from sipflow.scenario.repository.tables import metadata

Work = Callable[[SqlRepository], Awaitable[Any]]


def use(database: Path | str, work: Work, **options: Any) -> Any:
    """Open the database, do the work, close it."""

    async def run() -> Any:
        repository = await SqlRepository.open(database, **options)
        try:
            return await work(repository)
        finally:
            await repository.close()
            await repository.close()

    return asyncio.run(run())


def test_scenarios_are_stored_and_listed_by_name(database: Path | str) -> None:
    async def work(repository: ScenarioRepository) -> None:
        project = await repository.create_project(" Calls ")
        assert project.name == "Calls"
        second = await repository.create_scenario(project.id, "b", {"z": 1, "nodes": [], "a": "한"})
        first = await repository.create_scenario(project.id, "a")
        assert (first.flow_data, first.version) == ({"nodes": [], "edges": []}, 1)
        assert [summary.id for summary in await repository.list_scenarios(project.id)] == [first.id, second.id]
        assert await repository.list_projects() == [project]

    use(database, work)

    async def later(repository: ScenarioRepository) -> None:
        [project] = await repository.list_projects()
        _, summary = await repository.list_scenarios(project.id)
        stored = await repository.load_scenario(summary.id)
        assert list(stored.flow_data.items()) == [("z", 1), ("nodes", []), ("a", "한")]
        assert stored.updated_at_ms > 0

    use(database, later)


def test_save_moves_the_version_and_refuses_an_old_one(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "s")
        saved = await repository.save_scenario(stored.id, {"n": 2}, version=stored.version)
        assert (saved.version, saved.flow_data) == (2, {"n": 2})
        with pytest.raises(ScenarioConflict, match="expected version 1, got 2"):
            await repository.save_scenario(stored.id, {"n": 3}, version=stored.version)
        assert await repository.load_scenario(stored.id) == saved

    use(database, work)


def test_of_two_saves_at_once_one_is_refused(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        other = await SqlRepository.open(database)
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "s")
        results = await asyncio.gather(
            *(one.save_scenario(stored.id, {"n": n}, version=1) for n, one in enumerate([repository, other] * 5)),
            return_exceptions=True,
        )
        await other.close()
        assert sorted(type(result).__name__ for result in results) == ["ScenarioConflict"] * 9 + ["StoredScenario"]

    use(database, work)


def test_many_writers_wait_for_each_other(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        other = await SqlRepository.open(database)
        project = await repository.create_project("p")
        await asyncio.gather(
            *(one.create_scenario(project.id, str(n)) for n, one in enumerate([repository, other] * 20))
        )
        await other.close()
        assert len(await repository.list_scenarios(project.id)) == 40

    use(database, work)


def test_names_are_unique_where_they_must_be(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        first, second = await repository.create_project("p"), await repository.create_project("q")
        stored = await repository.create_scenario(first.id, "s")
        await repository.create_scenario(second.id, "s")
        other = await repository.create_scenario(first.id, "t")
        for refused in (
            repository.create_project("p"),
            repository.rename_project(second.id, "p"),
            repository.create_scenario(first.id, "s"),
            repository.change_scenario(other.id, name="s"),
        ):
            with pytest.raises(ScenarioConflict, match="already"):
                await refused
        assert (await repository.change_scenario(stored.id, name="u")).name == "u"
        assert (await repository.rename_project(first.id, "r")).name == "r"

    use(database, work)


@pytest.mark.parametrize("name", ["👩\u200d👩\u200d👧", "می\u200cخواهم", "통화 1"])
def test_names_may_be_of_any_script(database: Path | str, name: str) -> None:
    async def work(repository: SqlRepository) -> None:
        assert (await repository.create_project(name)).name == name

    use(database, work)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, "live\u202e"])
def test_names_are_short_and_printable(database: Path | str, name: str) -> None:
    async def work(repository: SqlRepository) -> None:
        with pytest.raises(ScenarioError, match="1 to 200 printable"):
            await repository.create_project(name)

    use(database, work)


def test_deleting_a_project_deletes_its_scenarios(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "s")
        await repository.delete_project(project.id)
        assert await repository.list_projects() == []
        with pytest.raises(ScenarioNotFound):
            await repository.load_scenario(stored.id)

    use(database, work)


def test_unknown_ids_are_named(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        for refused in (
            repository.load_scenario("x"),
            repository.save_scenario("x", {}, version=1),
            repository.change_scenario("x", name="y"),
            repository.delete_scenario("x"),
        ):
            with pytest.raises(ScenarioNotFound, match="no scenario 'x'"):
                await refused
        for refused_project in (
            repository.create_scenario("x", "s"),
            repository.rename_project("x", "y"),
            repository.delete_project("x"),
        ):
            with pytest.raises(ScenarioError, match="no project 'x'"):
                await refused_project
        assert await repository.list_scenarios("x") == []

    use(database, work)


def test_a_document_that_is_too_long_changes_nothing(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "s")
        with pytest.raises(ScenarioError, match="longer than 5 MiB"):
            await repository.save_scenario(stored.id, {"x": "y" * MAX_BYTES}, version=1)
        assert await repository.load_scenario(stored.id) == stored

    use(database, work)


@pytest.mark.conformance("R12")
def test_a_full_disk_is_a_clear_error_and_changes_nothing(sqlite: Path) -> None:
    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "s")
        async with (
            repository._database._engine.connect() as connection
        ):  # the pool's only connection, which the save reuses
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ScenarioError, match=r"100%\.db: no space left on device"):
            await repository.save_scenario(stored.id, {"x": "y" * 100_000}, version=1)
        assert await repository.load_scenario(stored.id) == stored
        assert (await repository.save_scenario(stored.id, {"x": 1}, version=1)).version == 2

    use(sqlite, work)


@pytest.mark.conformance("R12")
def test_a_folder_that_is_read_only_is_a_clear_error_and_what_is_there_can_be_read(read_only: Path) -> None:
    with pytest.raises(ScenarioError, match=r"file can't be opened|can only be read"):
        asyncio.run(SqlRepository.open(read_only / "new.db"))
    with pytest.raises(ScenarioError, match=r"old\.db: it can only be read"):
        asyncio.run(SqlRepository.open(read_only / "old.db"))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("/proc/no/x.db", "can't open the database /proc/no/x.db"),
        ("/proc/self", "can't open the database /proc/self: the file can't be opened"),
        ("/dev/full", "no space left on device"),
        (
            "nosuch://x",
            "can't open the database nosuch://x: expected a file for SQLite, or postgresql://USER@HOST/NAME",
        ),
        ("://", "can't open the database"),
    ],
)
def test_a_place_that_cannot_hold_a_database_is_a_clear_error(place: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        asyncio.run(SqlRepository.open(place))


def test_a_databases_password_is_never_shown() -> None:
    with pytest.raises(ScenarioError) as caught:
        asyncio.run(SqlRepository.open("nosuch://user:hunter2@host/x"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.conformance("R13")
def test_what_was_to_be_stored_is_not_told_with_an_error(sqlite: Path) -> None:
    secret = uuid.uuid4().hex  # in no line of this test either

    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        async with repository._database.write() as connection:
            await connection.exec_driver_sql("DROP TABLE scenario_versions")
        with pytest.raises(StorageFailed) as caught:
            await repository.create_scenario(project.id, "s", {"password": secret})
        assert secret not in "".join(traceback.format_exception(caught.value))

    use(sqlite, work)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(ScenarioError, match="the file is not a database, or is damaged"):
        asyncio.run(SqlRepository.open(path))
    assert path.read_text() == "Dear Sir or Madam, " * 100


def test_a_database_of_a_newer_version_is_refused(sqlite: Path) -> None:
    async def nothing(repository: SqlRepository) -> None:
        await repository.list_projects()

    use(sqlite, nothing)
    connection = sqlite3.connect(sqlite)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(ScenarioError, match="made by another version of SIPFLOW"):
        use(sqlite, nothing)


def test_sqlite_is_set_up_to_lose_nothing(sqlite: Path) -> None:
    async def work(repository: SqlRepository) -> dict[str, object]:
        async with repository._database.read() as connection:
            names = ("journal_mode", "synchronous", "foreign_keys")
            return {name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one() for name in names}

    assert use(sqlite, work) == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_migrations_lead_to_the_tables_that_the_code_uses(database: Path | str) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async def work(repository: SqlRepository) -> list[Any]:
        async with repository._database.read() as connection:
            return await connection.run_sync(differences)

    assert use(database, work) == []


@pytest.mark.conformance("R5")
@pytest.mark.parametrize("strange", ["half \ud800", "\x00", "x" * 100_000, "'; DROP TABLE scenarios; --"])
def test_id_that_no_database_holds_is_an_error_of_whoever_asks(database: Path | str, strange: str) -> None:
    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        for refused in (
            repository.load_scenario(strange),
            repository.save_scenario(strange, {}, version=1),
            repository.delete_scenario(strange),
            repository.create_scenario(strange, "s"),
            repository.drafts.save(strange, {}, base_version=1, revision=None, client="tab"),
        ):
            with pytest.raises(ScenarioError) as caught:
                await refused
            assert not isinstance(caught.value, StorageFailed)
        assert await repository.list_projects() == [project]

    use(database, work)


@pytest.mark.conformance("R5")
def test_number_that_no_database_holds_is_an_error_of_whoever_asks(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "s")
        for number in (2**31, 2**63, 10**30):
            with pytest.raises(ScenarioError) as caught:
                await repository.load_version(stored.id, number)
            assert not isinstance(caught.value, StorageFailed)

    use(database, work)


def test_document_comes_back_with_every_character(database: Path | str) -> None:
    flow_data = {"\x00": "\x00\u2028\ud800 한 😀 \\u0000", "n": [10**30, -0.0, 1e-300, None, True]}

    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "이름 😀", flow_data)
        assert (await repository.load_scenario(stored.id)).flow_data == flow_data

    use(database, work)


def test_versions_are_kept_up_to_a_number(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> None:
        project = await repository.create_project("p")
        stored = await repository.create_scenario(project.id, "s")
        for version in range(1, 6):
            await repository.save_scenario(stored.id, {"n": version + 1}, version=version)
        assert [kept.version for kept in await repository.list_versions(stored.id)] == [6, 5, 4]
        assert (await repository.load_version(stored.id, 4)).flow_data == {"n": 4}
        for gone in (3, 7):
            with pytest.raises(ScenarioNotFound, match=f"version {gone}"):
                await repository.load_version(stored.id, gone)

    use(database, work, kept_versions=3)


def test_numbered_name_is_the_first_that_is_free(database: Path | str) -> None:
    async def work(repository: SqlRepository) -> list[str]:
        project = await repository.create_project("p")
        names = ["s", "s", "s (2)", "x" * 200, "x" * 200]
        made = [await repository.create_scenario(project.id, name, is_numbered=True) for name in names]
        return [stored.name for stored in made]

    assert use(database, work) == ["s", "s (2)", "s (2) (2)", "x" * 200, "x" * 196 + " (2)"]


def test_servers_that_start_at_once_migrate_one_after_the_other(database: Path | str) -> None:
    async def work() -> None:
        opened = await asyncio.gather(*(SqlRepository.open(database) for _ in range(4)))
        for repository in opened:
            assert await repository.list_projects() == []
            await repository.close()

    asyncio.run(work())
