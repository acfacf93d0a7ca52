"""A repository over one file: whole saves, clear errors, and no database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from sipflow.base.errors import ScenarioConflict, ScenarioError, ScenarioInvalid, ScenarioNotFound
from sipflow.scenario.document import MAX_BYTES
from sipflow.scenario.repository import FileRepository, ScenarioRepository
from tests.examples import EXAMPLES


def do(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "call.json"
    path.write_text('{"z": 1, "nodes": [], "edges": []}')
    return path


def test_file_is_loaded_as_its_one_scenario(path: Path) -> None:
    repository: ScenarioRepository = FileRepository(path)
    stored = do(repository.load_scenario(str(path)))
    assert (stored.id, stored.name, stored.project_id) == (str(path), "call", str(path.parent))
    assert list(stored.flow_data) == ["z", "nodes", "edges"]
    assert do(repository.list_scenarios(stored.project_id))[0].version == stored.version
    assert [project.id for project in do(repository.list_projects())] == [str(path.parent)]
    assert do(repository.list_scenarios("other")) == []


def test_save_replaces_the_file_and_moves_the_version(path: Path) -> None:
    repository = FileRepository(path)
    path.chmod(0o640)
    first = do(repository.load_scenario(str(path)))
    second = do(repository.save_scenario(str(path), {"nodes": [], "한": 1}, version=first.version))
    assert second.version != first.version
    assert do(repository.load_scenario(str(path))) == second
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["call.json"]


def test_save_through_a_link_keeps_the_link(path: Path) -> None:
    link = path.with_name("link.json")
    link.symlink_to(path)
    repository = FileRepository(link)
    version = do(repository.load_scenario(str(link))).version
    do(repository.save_scenario(str(link), {}, version=version))
    assert link.is_symlink()
    assert path.read_text() == "{}\n"


def test_save_over_a_change_by_somebody_else_is_a_conflict(path: Path) -> None:
    repository = FileRepository(path)
    version = do(repository.load_scenario(str(path))).version
    path.write_text("{}")
    with pytest.raises(ScenarioConflict):
        do(repository.save_scenario(str(path), {"mine": 1}, version=version))
    assert path.read_text() == "{}"


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    repository = FileRepository(tmp_path / "none.json")
    with pytest.raises(ScenarioNotFound):
        do(repository.load_scenario(repository.scenario_id))


def test_another_id_is_not_found(path: Path) -> None:
    with pytest.raises(ScenarioNotFound):
        do(FileRepository(path).load_scenario("call"))


def test_broken_file_is_invalid(path: Path) -> None:
    path.write_text('{"nodes": [')
    with pytest.raises(ScenarioInvalid, match="not JSON"):
        do(FileRepository(path).load_scenario(str(path)))


def test_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(ScenarioInvalid, match="longer than 5 MiB"):
        do(FileRepository("/dev/zero").load_scenario("/dev/zero"))


def test_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"can't read .*: is a directory"):
        do(FileRepository(tmp_path).load_scenario(str(tmp_path)))


def test_rename_moves_the_file(path: Path) -> None:
    repository = FileRepository(path)
    renamed = do(repository.change_scenario(str(path), name="other"))
    assert (renamed.name, repository.scenario_id) == ("other", str(path.with_name("other.json")))
    assert do(repository.load_scenario(repository.scenario_id)).flow_data["z"] == 1
    assert not path.exists()


def test_rename_never_replaces_a_file(path: Path) -> None:
    path.with_name("other.json").write_text("theirs")
    with pytest.raises(ScenarioConflict, match=r"'other\.json'"):
        do(FileRepository(path).change_scenario(str(path), name="other"))
    assert path.with_name("other.json").read_text() == "theirs"


@pytest.mark.parametrize("name", ["", "../up", "a/b", "/etc/x"])
def test_rename_stays_in_its_folder(path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match="can't be the name of a file"):
        do(FileRepository(path).change_scenario(str(path), name=name))
    assert path.exists()


def test_delete_removes_the_file(path: Path) -> None:
    repository = FileRepository(path)
    do(repository.delete_scenario(str(path)))
    assert not path.exists()
    with pytest.raises(ScenarioNotFound):
        do(repository.delete_scenario(str(path)))


def test_a_file_holds_no_further_projects_or_scenarios(path: Path) -> None:
    repository = FileRepository(path)
    for work in (
        repository.create_project("p"),
        repository.rename_project("p", "q"),
        repository.delete_project("p"),
        repository.create_scenario("p", "s"),
    ):
        with pytest.raises(ScenarioError, match="a single file"):
            do(work)


def test_a_failed_write_leaves_the_old_file_alone(path: Path) -> None:
    """The disk is as good as full: no file of the process may grow beyond 100 bytes."""
    program = (
        "import asyncio, resource, signal, sys\n"
        "from sipflow.base.errors import ScenarioError\n"
        "from sipflow.scenario.repository import FileRepository\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "async def main(path):\n"
        "    repository = FileRepository(path)\n"
        "    stored = await repository.load_scenario(path)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "    try:\n"
        "        await repository.save_scenario(path, {'x': 'y' * 1000}, version=stored.version)\n"
        "    except ScenarioError as error:\n"
        "        print(error)\n"
        "asyncio.run(main(sys.argv[1]))\n"
    )
    before = path.read_bytes()
    result = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == f"can't save {path}: file too large"
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["call.json"]


def test_save_beyond_the_limit_is_refused(path: Path) -> None:
    repository = FileRepository(path)
    version = do(repository.load_scenario(str(path))).version
    with pytest.raises(ScenarioError, match="longer than 5 MiB"):
        do(repository.save_scenario(str(path), {"x": "y" * MAX_BYTES}, version=version))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_save_into_a_read_only_folder_is_a_clear_error(path: Path) -> None:
    repository = FileRepository(path)
    version = do(repository.load_scenario(str(path))).version
    path.parent.chmod(0o500)
    try:
        with pytest.raises(ScenarioError, match="Permission denied"):
            do(repository.save_scenario(str(path), {}, version=version))
    finally:
        path.parent.chmod(0o700)


def test_a_file_needs_no_database() -> None:
    program = (
        "import asyncio, sys\n"
        "from sipflow.nodes import load_node_types\n"
        "from sipflow.scenario import parse_scenario\n"
        "from sipflow.scenario.repository import FileRepository\n"
        "stored = asyncio.run(FileRepository(sys.argv[1]).load_scenario(sys.argv[1]))\n"
        "parse_scenario(stored.flow_data, load_node_types())\n"
        "print({'sqlalchemy', 'aiosqlite', 'alembic', 'sqlite3'} & sys.modules.keys())\n"
    )
    command = [sys.executable, "-c", program, str(EXAMPLES["two-party-call"])]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
