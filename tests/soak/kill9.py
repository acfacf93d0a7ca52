"""Kill -9 while scenarios are saved: every acknowledged save must be there afterwards, whole.

    python tests/soak/kill9.py [--kills 200] [--seed N]

Every round forks a writer that saves in a loop and tells of each save that has returned, kills it at a random
moment, the making of the database included, and looks at what is left. The bounded form is
tests/scenario/repository/test_kill9.py.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import select
import signal
import sqlite3
import struct
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sipflow.scenario.repository.sql import SqlRepository

ROUNDS_PER_DATABASE = 4
LONGEST_LIFE_S = 0.3
ACK = struct.Struct("<I")
TABLES = {"alembic_version", "projects", "scenarios", "scenario_versions", "drafts"}


@dataclass
class Outcome:
    """What a trial saw."""

    kills: int = 0
    acknowledged: int = 0
    found_unacknowledged: int = 0
    """Saves that were stored though the kill came before they were acknowledged: allowed, never half."""


def trial(kills: int, seed: int, folder: Path) -> Outcome:
    """Kill a writer so many times. Raises AssertionError at the first save that is lost or half."""
    chance = random.Random(seed)
    outcome, longest_s = Outcome(), LONGEST_LIFE_S
    database, last = folder / "0.db", 0
    for kill in range(kills):
        if kill % ROUNDS_PER_DATABASE == 0:
            database, last = folder / f"{kill}.db", 0
        acknowledged = max(last, _run_writer(database, last, chance.uniform(0, longest_s), chance.random()))
        found = _stored_count(database)
        assert found >= acknowledged, (
            f"kill {kill} (seed {seed}): save {acknowledged} was acknowledged, {found} is there"
        )
        assert found <= acknowledged + 1, (
            f"kill {kill} (seed {seed}): {found} is there, {acknowledged} was acknowledged"
        )
        if acknowledged == last:
            longest_s *= 1.2  # a busy machine has come to nothing yet
        outcome.kills += 1
        outcome.acknowledged += acknowledged - last
        outcome.found_unacknowledged += found - acknowledged
        last = found
    return outcome


def _run_writer(database: Path, last: int, life_s: float, randomness: float) -> int:
    """Let a writer go on from save `last` for a while, kill it, and return the last save it acknowledged."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            asyncio.run(_write_until_killed(database, last, writing, random.Random(randomness)))
        finally:
            os._exit(1)
    os.close(writing)
    deadline = time.monotonic() + life_s
    told = b""
    while (left := deadline - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        chunk = os.read(reading, 65536)
        assert chunk, "the writer ended by itself"
        told += chunk
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "the writer ended by itself"
    while chunk := os.read(reading, 65536):
        told += chunk
    os.close(reading)
    whole = len(told) // ACK.size * ACK.size
    return int(ACK.unpack_from(told, whole - ACK.size)[0]) if whole else 0


async def _write_until_killed(database: Path, last: int, acks: int, chance: random.Random) -> None:
    repository = await SqlRepository.open(database)
    projects = await repository.list_projects()
    project = projects[0] if projects else await repository.create_project("trial")
    scenarios = await repository.list_scenarios(project.id)
    stored = (
        await repository.load_scenario(scenarios[0].id)
        if scenarios
        else await repository.create_scenario(project.id, "trial")
    )
    for count in range(last + 1, sys.maxsize):
        filling = chance.randbytes(chance.choice([10, 1_000, 60_000])).hex()
        document = {"count": count, "filling": filling, "hash": hashlib.sha256(filling.encode()).hexdigest()}
        stored = await repository.save_scenario(stored.id, document, version=stored.version)
        os.write(acks, ACK.pack(count))


def _stored_count(database: Path) -> int:
    """The number of the save that the database holds; 0 for none. Checks that database and document are whole."""
    if not database.exists():
        return 0
    connection = sqlite3.connect(database)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables in (set(), TABLES), f"half a migration: {tables}"
        newest = """SELECT s.flow_data, s.version, v.flow_data FROM scenarios s
            LEFT JOIN scenario_versions v ON v.scenario_id = s.id AND v.version = s.version"""
        rows = connection.execute(newest).fetchall() if tables else []
    finally:
        connection.close()
    if not rows:
        return 0
    [(text, version, kept)] = rows
    assert kept == text, "a save without its version"
    document: dict[str, Any] = json.loads(text)
    if version == 1:
        return 0
    assert hashlib.sha256(document["filling"].encode()).hexdigest() == document["hash"], "half a document"
    assert document["count"] == version - 1
    return int(document["count"])


def main() -> None:
    """Run the full form and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = trial(options.kills, options.seed, Path(folder))
    if options.json:
        print(json.dumps(vars(outcome)))  # noqa: T201
    else:
        print(  # noqa: T201
            f"{outcome.kills} kills (seed {options.seed}), {outcome.acknowledged} saves acknowledged, none lost "
            f"or half; {outcome.found_unacknowledged} were stored just before their acknowledgement"
        )


if __name__ == "__main__":
    main()
