"""Every run kept, and found again."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sipflow.base.errors import RunNotFound, RunUnderWay, StorageFailed
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.engine.recorder import (
    EVENTS_FILE,
    INDEX_EVERY,
    INDEX_FILE,
    INFO_FILE,
    OFFSET_BYTES,
    SCENARIO_FILE,
    Record,
    write_info,
)
from sipflow.engine.run_info import RunInfo, RunResult

MAX_NAME_CHARS: Final = 200
RECORDINGS: Final = "recordings"
MAX_PAGE_BYTES: Final = 8 * 1024 * 1024
"""A page of events that is longer ends earlier."""
_RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunArchive:
    """All runs there are. Its methods but `begin` read files: call them off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._newest: Record | None = None

    def begin(self, info: RunInfo, flow_data: Mapping[str, Any]) -> Record:
        """Open the record of a run that begins."""
        self._newest = Record(self._place(info.id), info, flow_data)
        return self._newest

    def recordings(self, run_id: str) -> Path:
        """Where a run's recordings are kept, and deleted with it."""
        return self._place(run_id) / RECORDINGS

    def all(self) -> list[RunInfo]:
        """Every run, the newest first; what can't be read is left out."""
        names: set[str] = set()
        with suppress(FileNotFoundError, NotADirectoryError):
            names.update(entry.name for entry in os.scandir(self._folder) if entry.is_dir())
        if self._newest is not None:
            names.add(self._newest.info.id)
        found = []
        for name in names:
            with suppress(RunNotFound):
                found.append(self.find(name))
        return sorted(found, key=lambda info: (info.started_at, info.id), reverse=True)

    def find(self, run_id: str) -> RunInfo:
        """One run. Raises RunNotFound."""
        record = self._newest
        if record is not None and record.info.id == run_id and (record.info.ended_at is None or record.is_broken):
            return record.info
        info = self._read_info(run_id)
        if info.result is RunResult.RUNNING:
            last_seq = sum(1 for _ in self._lines(run_id, self._indexed(run_id)))
            return replace(info, result=RunResult.INTERRUPTED, last_seq=self._indexed(run_id) + last_seq)
        return info

    def scenario(self, run_id: str) -> dict[str, Any]:
        """The document as it was run, secrets masked. Raises RunNotFound."""
        self.flush(run_id)
        return self._read_json(run_id, SCENARIO_FILE)

    def rename(self, run_id: str, name: str | None) -> RunInfo:
        """Give a run a name, or take it away. Raises RunNotFound, and StorageFailed where it can't be written."""
        name = (name or "").strip()[:MAX_NAME_CHARS] or None
        record = self._live_record(run_id)
        if record is not None:
            record.rename(name)
            return record.info
        try:
            write_info(self._place(run_id), replace(self._read_info(run_id), name=name))
        except OSError as error:
            raise StorageFailed(Saying.of("run-unnameable", reason=told_by_system(error))) from error
        return self.find(run_id)

    def delete(self, run_id: str) -> None:
        """Delete a run that has ended. Raises RunNotFound, RunUnderWay, and StorageFailed where it can't be."""
        if self._live_record(run_id) is not None:
            raise RunUnderWay(run_id)
        try:
            shutil.rmtree(self._place(run_id))
        except FileNotFoundError:
            raise RunNotFound(run_id) from None
        except OSError as error:
            raise StorageFailed(Saying.of("run-undeletable", reason=told_by_system(error))) from error

    def events(self, run_id: str, after: int, limit: int) -> tuple[list[bytes], int]:
        """The lines of up to `limit` events that follow number `after`, and the number of the last one there is.

        Fewer than there are where they are long. Raises RunNotFound, and StorageFailed where they can't be read.
        """
        self.flush(run_id)
        info = self.find(run_id)
        lines: list[bytes] = []
        size_bytes = 0
        for line in self._lines(run_id, after):
            if len(lines) == limit or size_bytes > MAX_PAGE_BYTES:
                break
            lines.append(line)
            size_bytes += len(line)
        return lines, info.last_seq

    def all_events(self, run_id: str) -> Iterator[bytes]:
        """The lines of all events so far, one after another. Raises as `events` does."""
        self.flush(run_id)
        self.find(run_id)
        return self._lines(run_id, 0)

    def flush(self, run_id: str) -> None:
        """Return once everything so far of a run outlives this process, or after a limit."""
        record = self._newest
        if record is None or record.info.id != run_id:
            return
        if record.info.ended_at is None:
            record.flush()
        else:
            record.close()

    def close(self) -> None:
        """Return once the record of the last run, which has ended, is complete."""
        if self._newest is not None:
            self._newest.close()

    def _live_record(self, run_id: str) -> Record | None:
        record = self._newest
        return record if record is not None and record.info.id == run_id and record.info.ended_at is None else None

    def _place(self, run_id: str) -> Path:
        """A run id is the name of a folder; what could lead elsewhere is none."""
        if not _RUN_ID.fullmatch(run_id):
            raise RunNotFound(run_id)
        return self._folder / run_id

    def _indexed(self, run_id: str) -> int:
        """How many events lie before the last place in the index."""
        with suppress(OSError):
            return max((self._place(run_id) / INDEX_FILE).stat().st_size // OFFSET_BYTES - 1, 0) * INDEX_EVERY
        return 0

    def _lines(self, run_id: str, after: int) -> Iterator[bytes]:
        """The lines of the events that follow number `after`."""
        place = self._place(run_id)
        entry, skip = divmod(max(after, 0), INDEX_EVERY)
        try:
            with (place / INDEX_FILE).open("rb") as index, (place / EVENTS_FILE).open("rb") as events:
                index.seek(entry * OFFSET_BYTES)
                offset = index.read(OFFSET_BYTES)
                if len(offset) < OFFSET_BYTES:
                    return
                events.seek(int.from_bytes(offset))
                for line in events:
                    if not line.endswith(b"\n"):
                        return  # torn by the end of the process
                    if skip:
                        skip -= 1
                    else:
                        yield line
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageFailed(Saying.of("events-unreadable", reason=told_by_system(error))) from error

    def _read_info(self, run_id: str) -> RunInfo:
        self.flush(run_id)
        raw = self._read_json(run_id, INFO_FILE)
        try:
            return RunInfo(**raw | {"result": RunResult(raw["result"])})
        except (KeyError, TypeError, ValueError):
            raise RunNotFound(run_id) from None

    def _read_json(self, run_id: str, name: str) -> dict[str, Any]:
        try:
            raw = json.loads((self._place(run_id) / name).read_bytes())
        except (OSError, ValueError):
            raise RunNotFound(run_id) from None
        if not isinstance(raw, dict):
            raise RunNotFound(run_id)
        return raw
