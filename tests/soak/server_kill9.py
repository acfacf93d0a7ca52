"""Kill -9 of `sipflow up` under write load: what was acknowledged must be there afterwards, whole.

    python -m tests.soak.server_kill9 [--kills 200] [--seed N]

Every round starts a server over the same data folder. One writer saves versions, one keeps drafts, one makes runs,
all over HTTP; the server is killed at a random moment, and what it left is looked at without it. The bounded form
is tests/loopback/test_kill9.py.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sipflow.engine.records import RunArchive
from sipflow.engine.run_info import RunResult
from tests.documents import two_party

LONGEST_LIFE_S = 1.5
ANSWER_LIMIT_S = 20


@dataclass
class Acknowledged:
    """What the server has told as done."""

    saves: int = 0
    drafts: int = 0
    started: list[str] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    """Runs whose end was told, with the number of their last event."""


@dataclass
class Outcome:
    """What a trial saw."""

    kills: int = 0
    saves: int = 0
    drafts: int = 0
    runs: int = 0
    interrupted: int = 0
    """Runs that the kill has cut short: listed as such, with the events so far."""


class Server:
    """One server process over a data folder, with its writers."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "sipflow", "up", "--no-browser", "--data-dir", str(folder)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SIPFLOW_")}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode().strip()
        self._base, _, token = line.partition("/?token=")
        assert token, "the server did not start"
        self._headers = {"Authorization": f"Bearer {token}"}

    def client(self) -> httpx.Client:
        """A client that knows the token."""
        return httpx.Client(base_url=self._base, headers=self._headers, timeout=ANSWER_LIMIT_S)

    def work_and_die(self, writers: list[Callable[[httpx.Client], None]], life_s: float) -> None:
        """Let the writers write for a while, and kill the server under them."""

        def write(writer: Callable[[httpx.Client], None]) -> None:
            with contextlib.suppress(httpx.TransportError), self.client() as http:
                while True:
                    writer(http)

        with ThreadPoolExecutor(len(writers)) as pool:
            writing = [pool.submit(write, writer) for writer in writers]
            time.sleep(life_s)
            self.kill()
            for one in writing:
                one.result(ANSWER_LIMIT_S)

    def kill(self) -> None:
        """End the process as a crash does."""
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL, "the server ended by itself"
        assert self._process.stdout is not None
        self._process.stdout.close()


def trial(kills: int, seed: int, folder: Path) -> Outcome:
    """Kill a server so many times. Raises AssertionError at the first thing that is lost or half."""
    chance, outcome, told = random.Random(seed), Outcome(), Acknowledged()
    saved, drafted, called = _prepare(folder)

    def save(http: httpx.Client) -> None:
        body = {"flowData": _document(told.saves + 1), "version": _version(http, saved)}
        _granted(http.put(f"/api/scenarios/{saved}", json=body))
        told.saves += 1

    def draft(http: httpx.Client) -> None:
        known = http.get(f"/api/scenarios/{drafted}").json()["draft"]
        revision = known["revision"] if known else None
        body = {"flowData": _document(told.drafts + 1), "baseVersion": 1, "revision": revision, "client": "trial"}
        _granted(http.put(f"/api/scenarios/{drafted}/draft", json=body))
        told.drafts += 1

    def call(http: httpx.Client) -> None:
        run_id = _granted(http.post("/api/runs", json={"scenarioId": called}))["runId"]
        told.started.append(run_id)
        while (run := http.get(f"/api/runs/{run_id}").json())["endedAt"] is None:
            time.sleep(0.01)
        assert run["result"] == "completed", run
        told.ended[run_id] = run["lastSeq"]

    for kill in range(kills):
        Server(folder).work_and_die([save, draft, call], chance.uniform(0, LONGEST_LIFE_S))
        told.saves = _examine(folder, f"kill {kill} (seed {seed})", told, saved, drafted)
        outcome.kills += 1
    outcome.saves, outcome.drafts, outcome.runs = told.saves, told.drafts, len(told.started)
    archive = RunArchive(folder / "runs")
    outcome.interrupted = sum(archive.find(run).result is RunResult.INTERRUPTED for run in told.started)
    return outcome


def _prepare(folder: Path) -> tuple[str, str, str]:
    """Three scenarios: one to save, one to edit, one to run."""
    server = Server(folder)
    with server.client() as http:
        project = http.get("/api/projects").json()[0]["id"]
        bodies: list[dict[str, Any]] = [{"name": name, "flowData": _document(0)} for name in ("saved", "edited")]
        bodies.append({"name": "call", "flowData": two_party()})
        ids = [_granted(http.post(f"/api/projects/{project}/scenarios", json=body))["id"] for body in bodies]
    server.kill()
    return ids[0], ids[1], ids[2]


def _examine(folder: Path, when: str, told: Acknowledged, saved: str, drafted: str) -> int:
    """Look at what is left; returns how many saves there are. A write under way may be there, but never half."""
    database = sqlite3.connect(folder / "sipflow.db")
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], when
        query = "SELECT flow_data, version FROM scenarios WHERE id = ?"
        [(text, version)] = database.execute(query, (saved,)).fetchall()
        kept = "SELECT flow_data FROM scenario_versions WHERE scenario_id = ? AND version = ?"
        assert database.execute(kept, (saved, version)).fetchall() == [(text,)], f"{when}: a save without its version"
        drafts = database.execute("SELECT flow_data FROM drafts WHERE scenario_id = ?", (drafted,)).fetchall()
    finally:
        database.close()
    saves = _number(text)
    assert saves == version - 1, when
    assert told.saves <= saves <= told.saves + 1, f"{when}: {told.saves} saves were acknowledged, {saves} are there"
    count = _number(drafts[0][0]) if drafts else 0
    assert told.drafts <= count <= told.drafts + 1, f"{when}: draft {told.drafts} was acknowledged, {count} is there"
    told.drafts = count
    _examine_runs(folder, when, told)
    return saves


def _examine_runs(folder: Path, when: str, told: Acknowledged) -> None:
    archive = RunArchive(folder / "runs")
    for run_id in told.started[-20:]:
        info = archive.find(run_id)
        seqs = [json.loads(line)["seq"] for line in archive.all_events(run_id)]
        assert seqs == list(range(1, len(seqs) + 1)), f"{when}: events of {run_id} are lost"
        assert seqs, f"{when}: {run_id} was acknowledged and is empty"
        if run_id in told.ended:
            assert (info.result, len(seqs)) == (RunResult.COMPLETED, told.ended[run_id]), f"{when}: {run_id}"


def _document(count: int) -> dict[str, Any]:
    filling = f"{count} " * 2_000
    return {"nodes": [], "edges": [], "count": count, "filling": filling, "hash": _hash(filling)}


def _number(text: str) -> int:
    document = json.loads(text)
    assert document["hash"] == _hash(document["filling"]), "half a document"
    return int(document["count"])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _version(http: httpx.Client, scenario_id: str) -> int:
    return int(http.get(f"/api/scenarios/{scenario_id}").json()["version"])


def _granted(response: httpx.Response) -> Any:
    assert response.is_success, response.text
    return response.json()


def main() -> None:
    """Run the full form and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = trial(options.kills, options.seed, Path(folder) / "data")
    if options.json:
        print(json.dumps(vars(outcome)))  # noqa: T201
    else:
        print(  # noqa: T201
            f"{outcome.kills} kills (seed {options.seed}): {outcome.saves} saves, {outcome.drafts} drafts and "
            f"{outcome.runs} runs acknowledged, none lost or half; {outcome.interrupted} runs were cut short"
        )


if __name__ == "__main__":
    main()
