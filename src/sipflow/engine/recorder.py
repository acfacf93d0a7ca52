"""The record of one run, written while it goes on by a thread of its own: a slow disk never slows the run.

A record is a folder: `run.json`, `scenario.json`, and `events.ndjson` with an index of places in `events.index`.
What has been written survives the end of the process, however it ends.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from sipflow.base.events import RunEvent, SipMessageSeen
from sipflow.engine.masking import variables_without_secrets, without_secrets
from sipflow.engine.run_info import RunInfo

logger = logging.getLogger(__name__)

INFO_FILE: Final = "run.json"
SCENARIO_FILE: Final = "scenario.json"
EVENTS_FILE: Final = "events.ndjson"
INDEX_FILE: Final = "events.index"
INDEX_EVERY: Final = 1_000
"""Every so many events the index tells where the next one begins."""
OFFSET_BYTES: Final = 8
MAX_WAITING: Final = 50_000
"""Events that may wait for the disk; past that the record ends, the run goes on."""
FLUSH_LIMIT_S: Final = 5.0


class Record:
    """The record of a run under way. What the run calls never waits and never fails."""

    def __init__(self, folder: Path, info: RunInfo, flow_data: Mapping[str, Any]) -> None:
        self.folder = folder
        self._info = replace(info, variables=variables_without_secrets(info.variables, flow_data))
        self._name = info.name  # apart from the rest: it is set by another thread
        self._last_seq = 0
        self._messages = 0
        self._is_full = False
        self.is_broken = False
        """Whether the disk has failed: what is on it may not be the whole run."""
        self._waiting: queue.SimpleQueue[bytes | threading.Event | None] = queue.SimpleQueue()
        scenario = json.dumps(without_secrets(flow_data), ensure_ascii=False)
        self._thread = threading.Thread(target=self._write, args=(scenario,), name=f"record of {info.id}", daemon=True)
        self._thread.start()

    @property
    def info(self) -> RunInfo:
        """The run as it stands."""
        return replace(self._info, name=self._name, last_seq=self._last_seq, messages=self._messages)

    def add(self, event: RunEvent, line: bytes) -> None:
        """Keep an event, given as its line of JSON. The terminal one closes the record."""
        self._last_seq = event.seq
        self._messages += isinstance(event, SipMessageSeen) and event.seq == event.first_seq
        if not self._is_full and self._waiting.qsize() >= MAX_WAITING:
            self._is_full = True
            logger.warning("the record of %s ends before event %d: the disk is too slow", self._info.id, event.seq)
        if not self._is_full:
            self._waiting.put(line)
        if event.is_terminal:
            self._info = self._info.ended(event, self._messages)
            self._waiting.put(None)

    def rename(self, name: str | None) -> None:
        """Give the run a name; it is on the disk, or past a limit, when this returns."""
        self._name = name
        self.flush()

    def flush(self) -> None:
        """Return once everything so far can be read, or after a limit."""
        done = threading.Event()
        self._waiting.put(done)
        if self._thread.is_alive():
            done.wait(FLUSH_LIMIT_S)

    def close(self) -> None:
        """Return once the record of a run that has ended is complete, or after a limit."""
        self._thread.join(FLUSH_LIMIT_S)

    def _write(self, scenario: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_text(self.folder / SCENARIO_FILE, scenario)
            write_info(self.folder, self.info)
            with ExitStack() as files:
                events = files.enter_context((self.folder / EVENTS_FILE).open("wb"))
                # Unbuffered: an event on the disk is never without its place.
                index = files.enter_context((self.folder / INDEX_FILE).open("wb", buffering=0))
                self._write_events(events, index)
        except OSError as error:
            logger.warning("the record of %s can't be written: %s", self._info.id, error.strerror)
            self._drain()

    def _write_events(self, events: BinaryIO, index: BinaryIO) -> None:
        count = offset = 0
        while True:
            item = self._waiting.get()
            if isinstance(item, bytes):
                if count % INDEX_EVERY == 0:
                    index.write(offset.to_bytes(OFFSET_BYTES))
                events.write(item)
                count += 1
                offset += len(item)
                if not self._waiting.empty():
                    continue
            events.flush()
            if isinstance(item, bytes):
                continue
            write_info(self.folder, self.info)
            if item is None:
                return
            item.set()

    def _drain(self) -> None:
        """Go on without the disk; at the end try to tell at least what became of the run."""
        self._is_full = self.is_broken = True
        while (item := self._waiting.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
        try:
            write_info(self.folder, self.info)
        except OSError as error:
            logger.warning("what became of %s can't be written: %s", self._info.id, error.strerror)


def event_line(event: RunEvent) -> bytes:
    """An event as its line of JSON, a lone surrogate as the escape that it is."""
    text = json.dumps(event.to_json(), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def write_info(folder: Path, info: RunInfo) -> None:
    """Write what is known of a run. Raises OSError."""
    write_text(folder / INFO_FILE, json.dumps(asdict(info), ensure_ascii=False))


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole, or leave the old one. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    os.replace(temporary, path)
