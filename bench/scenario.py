"""What the scenario engine costs: `python -m bench.scenario` measures in a process of its own.

The same calls, one after another between two agents of one process on 127.0.0.1: by bare user agents, with
offer and answer and bound ports, and by a scenario with all its events. CPU time of both ends together.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.agent import HOST, BenchAgent
from bench.profiling import profiled
from sipflow.base.clock import SystemClock
from sipflow.base.events import EventKind, RunEvent
from sipflow.base.ids import RandomIds
from sipflow.engine import Engine
from sipflow.media import UdpMediaPorts
from sipflow.net.network import AsyncioNetwork
from sipflow.nodes import load_node_types
from sipflow.scenario.repository import FileRepository
from sipflow.sip.timers import Timing

Steps = tuple[tuple[str, str, dict[str, str]], ...]
"""Of a chain: document type, name and settings of each node."""

CALLER: Steps = (("command", "MakeCall", {"targetUri": "1002"}), ("event", "CONNECTED", {}), ("command", "Release", {}))
CALLEE: Steps = (
    ("event", "INCOMING", {}),
    ("command", "Ringing", {}),
    ("command", "Answer", {}),
    ("event", "DISCONNECTED", {}),
)


class CountingEmitter:
    """A listener that looks at every event and keeps none."""

    def __init__(self) -> None:
        self.events = 0

    def emit(self, event: RunEvent) -> None:  # noqa: ARG002 - the seam's name
        self.events += 1


def chain(instance: str, number: str, steps: Steps, calls: int) -> dict[str, Any]:
    """An instance that takes these steps once per call."""
    own = {"label": instance, "dn": number, "idleAudio": "none"}
    nodes: list[dict[str, Any]] = [{"id": instance, "type": "sipInstance", "data": own}]
    edges = []
    for call in range(calls):
        for kind, name, data in steps:
            node_id = f"{instance}-{call}-{name}"
            edges.append({"id": f"to-{node_id}", "source": nodes[-1]["id"], "target": node_id})
            settings = {kind: name, "sipInstanceId": instance, "callId": f"call-{call}"} | data
            nodes.append({"id": node_id, "type": kind, "data": settings})
    return {"nodes": nodes, "edges": edges}


def document(calls: int) -> dict[str, Any]:
    """Two parties and so many calls, one after another."""
    alice, bob = chain("alice", "1001", CALLER, calls), chain("bob", "1002", CALLEE, calls)
    return {key: alice[key] + bob[key] for key in alice}


async def run_scenario(calls: int, folder: Path) -> tuple[float, float, int]:
    """CPU seconds of a run until its instances listen, those from there to its end, and the number of its events."""
    file = folder / f"calls-{calls}.json"
    file.write_text(json.dumps(document(calls)))
    repository, emitter = FileRepository(file), CountingEmitter()
    engine = Engine(
        repository,
        emitter,
        node_types=load_node_types(),
        network=AsyncioNetwork(),
        media_ports=UdpMediaPorts(),
        clock=SystemClock(),
        ids=RandomIds(),
    )
    started = time.process_time()
    await engine.start_scenario(repository.scenario_id)
    listening = time.process_time()
    end = await engine.wait_ended()
    if end.kind is not EventKind.COMPLETED:
        raise RuntimeError(f"the scenario ended with {end.to_json()}")
    return listening - started, time.process_time() - listening, emitter.events


async def run_agents(session: str, calls: int) -> float:
    """CPU seconds of the same calls without a scenario."""
    caller, callee = (BenchAgent(session, 1, Timing()) for _ in range(2))
    await caller.agent.start()
    await callee.agent.start()
    started = time.process_time()
    await caller.place(calls, f"sip:1002@{HOST}:{callee.agent.local.port}", releases=True)
    spent = time.process_time() - started
    await caller.agent.close()
    await callee.agent.close()
    if caller.failed or callee.failed:
        raise RuntimeError("a call has failed")
    return spent


async def measure(calls: int, rounds: int) -> list[dict[str, float]]:
    """CPU µs, one dictionary a round: per call for agents and scenario, and for a run of one call."""
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await run_scenario(1, folder)
        for _ in range(rounds):
            prepared_s = await run_agents("prepared", calls)
            bound_s = await run_agents("bound", calls)
            start_s, one_s, _ = await run_scenario(1, folder)
            load_s, many_s, events = await run_scenario(1 + calls, folder)
            results.append(
                {
                    "prepared": 1e6 * prepared_s / calls,
                    "bound": 1e6 * bound_s / calls,
                    "scenario": 1e6 * (many_s - one_s) / calls,
                    "load": 1e6 * (load_s - start_s) / calls,
                    "run": 1e6 * (start_s + one_s),
                    "events": events / (1 + calls),
                }
            )
    return results


def main() -> None:
    """Measure, and print one JSON array."""
    parser = argparse.ArgumentParser(prog="python -m bench.scenario", description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="say where the time went instead")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    work = measure(options.calls, options.rounds)
    if options.profile:
        print(profiled(lambda: asyncio.run(work))[1])
    else:
        print(json.dumps(asyncio.run(work)))


if __name__ == "__main__":
    main()
