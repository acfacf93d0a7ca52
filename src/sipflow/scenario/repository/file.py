"""A repository over one scenario file. Needs no database."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from sipflow.base.errors import ScenarioConflict, ScenarioError, ScenarioNotFound
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.scenario.document import MAX_BYTES, read_json, write_json
from sipflow.scenario.repository.protocol import Project, ScenarioSummary, StoredScenario


class FileRepository:
    """One project, the file's folder, with one scenario: the file. Its id is the path as it was given.

    A save replaces the file as a whole. The version is a hash of the file's bytes, so that a change by
    anybody else is seen.
    """

    def __init__(self, path: str | os.PathLike[str], source: bytes | None = None) -> None:
        """`source` is what was read of the file already: the first load takes it, since a pipe is read only once."""
        self._path = Path(path)
        self._source = source
        self.scenario_id = str(path)

    async def create_project(self, name: str) -> Project:
        self._refuse(f"create the project {name!r}")

    async def list_projects(self) -> list[Project]:
        return [self._project()]

    async def rename_project(self, project_id: str, name: str) -> Project:
        self._refuse(f"rename the project {project_id!r} to {name!r}")

    async def delete_project(self, project_id: str) -> None:
        self._refuse(f"delete the project {project_id!r}")

    async def create_scenario(
        self,
        project_id: str,
        name: str,
        flow_data: dict[str, Any] | None = None,
        *,
        is_numbered: bool = False,
    ) -> StoredScenario:
        """Refused: the file holds the one scenario there is."""
        kind = "numbered " if is_numbered else ""
        self._refuse(f"create the {kind}scenario {name!r} in {project_id!r} with {len(flow_data or {})} keys")

    async def list_scenarios(self, project_id: str) -> list[ScenarioSummary]:
        if project_id != self._project().id:
            return []
        data, updated_at_ms = await asyncio.to_thread(self._read)
        return [self._summary(data, updated_at_ms)]

    async def load_scenario(self, scenario_id: str) -> StoredScenario:
        self._check_id(scenario_id)
        data, updated_at_ms = await asyncio.to_thread(self._read)
        return self._stored(data, updated_at_ms, read_json(data, scenario_id))

    async def save_scenario(self, scenario_id: str, flow_data: dict[str, Any], *, version: int) -> StoredScenario:
        self._check_id(scenario_id)
        data = (write_json(flow_data, indent=2) + "\n").encode()
        await asyncio.to_thread(self._replace, data, version)
        return self._stored(*await asyncio.to_thread(self._read), flow_data)

    async def change_scenario(
        self, scenario_id: str, *, name: str | None = None, project_id: str | None = None
    ) -> ScenarioSummary:
        """Rename the file; the repository and the scenario's id follow it."""
        self._check_id(scenario_id)
        if project_id not in (None, self._project().id):
            self._refuse(f"move the scenario to {project_id!r}")
        if name is not None:
            await self._rename_to(name)
        return self._summary(*await asyncio.to_thread(self._read))

    async def _rename_to(self, name: str) -> None:
        if not name.strip() or not name.isprintable() or set(name) & {"/", "\\"}:
            raise ScenarioError(Saying.of("not-a-file-name", name=name))
        await asyncio.to_thread(self._rename, self._path.with_name(f"{name}{self._path.suffix}"))

    async def delete_scenario(self, scenario_id: str) -> None:
        self._check_id(scenario_id)
        await asyncio.to_thread(self._delete)

    async def close(self) -> None:
        """Nothing is held open."""

    def _project(self) -> Project:
        folder = self._path.absolute().parent
        return Project(str(folder), folder.name)

    def _check_id(self, scenario_id: str) -> None:
        if scenario_id != self.scenario_id:
            raise ScenarioNotFound(scenario_id)

    def _refuse(self, what: str) -> NoReturn:
        raise ScenarioError(Saying.of("a-single-file", what=what, path=self.scenario_id))

    def _failed(self, code: str, error: OSError) -> ScenarioError:
        return ScenarioError(Saying.of(code, path=self.scenario_id, reason=told_by_system(error)))

    def _summary(self, data: bytes, updated_at_ms: int) -> ScenarioSummary:
        project = self._project().id
        return ScenarioSummary(self.scenario_id, project, self._path.stem, _version(data), updated_at_ms, False)

    def _stored(self, data: bytes, updated_at_ms: int, flow_data: dict[str, Any]) -> StoredScenario:
        project = self._project().id
        return StoredScenario(
            self.scenario_id, project, self._path.stem, _version(data), updated_at_ms, False, flow_data
        )

    def _read(self) -> tuple[bytes, int]:
        """The file's bytes, one more than allowed at most, and when it was written."""
        source, self._source = self._source, None
        try:
            if source is not None:
                return source, self._path.stat().st_mtime_ns // 1_000_000
            with self._path.open("rb") as file:
                return file.read(MAX_BYTES + 1), os.fstat(file.fileno()).st_mtime_ns // 1_000_000
        except FileNotFoundError:
            raise ScenarioNotFound(self.scenario_id) from None
        except OSError as error:
            raise self._failed("cannot-read", error) from error

    def _replace(self, data: bytes, version: int) -> None:
        if _version(self._read()[0]) != version:
            raise ScenarioConflict(Saying.of("file-changed", path=self.scenario_id))
        target = self._path.resolve()
        temporary = ""
        try:
            descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(target, temporary)
            os.replace(temporary, target)
            _sync_folder(target.parent)
        except OSError as error:
            with suppress(OSError):
                os.unlink(temporary)
            raise self._failed("cannot-save", error) from error

    def _rename(self, target: Path) -> None:
        try:
            os.link(self._path, target)  # unlike a rename, it never replaces a file that is there
            self._path.unlink()
            _sync_folder(target.parent)
        except FileExistsError:
            raise ScenarioConflict(Saying.of("file-name-taken", name=target.name)) from None
        except FileNotFoundError:
            raise ScenarioNotFound(self.scenario_id) from None
        except OSError as error:
            raise self._failed("cannot-rename", error) from error
        self._path, self.scenario_id = target, str(target)

    def _delete(self) -> None:
        try:
            self._path.unlink()
        except FileNotFoundError:
            raise ScenarioNotFound(self.scenario_id) from None
        except OSError as error:
            raise self._failed("cannot-delete", error) from error


def _version(data: bytes) -> int:
    """48 bits of a hash: a whole number that every JSON reader keeps exactly."""
    return int.from_bytes(hashlib.sha256(data).digest()[:6])


def _sync_folder(folder: Path) -> None:
    """Make a rename in the folder last. Only systems that can open folders need it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
