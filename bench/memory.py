"""Memory per standing call: answered, acknowledged, and nothing more happening on it.

Always the difference between some calls and six times as many, so that the program itself does not count.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.agent import HOST
from bench.parties import LIMIT_S, Agent, BenchFailed, Sipp, sipp_client
from bench.speed import Kind, callee, cores, target_of

RATE = 2_000
"""SIPp's calls a second while it fills up: slow enough for no retransmission."""
SHORT_T1_S = 0.02
"""Transactions are over after 64 times this."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Bytes per standing call of each party."""

    caller_bytes: float
    callee_bytes: float


def measure_standing(caller: Kind, called: Kind, calls: int) -> Standing:
    """Just answered: of a call of ours the transactions still live, which they do for 32 s."""
    few, many = (_fill(caller, called, number) for number in (calls // 5, calls // 5 + calls))
    return Standing(*((after - before) / calls for before, after in zip(few, many, strict=True)))


def _fill(caller: Kind, called: Kind, calls: int) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as name, callee(called, Path(name)) as server:
        if caller is Kind.SIPP:
            with sipp_client(
                server.port, cores()[0], Path(name), calls=calls, open_calls=calls, rate=RATE, hold_s=LIMIT_S
            ) as client:
                _wait_standing(server, calls)
                return client.rss_bytes, server.rss_bytes
        with Agent(cores()[0], "--session", caller) as agent:
            agent.ask(f"hold {calls} {target_of(server)}")
            _wait_standing(server, calls)
            return agent.rss_bytes, server.rss_bytes


def _wait_standing(server: Sipp | Agent, calls: int) -> None:
    deadline = time.monotonic() + LIMIT_S
    while server.tally().calls < calls:
        if time.monotonic() > deadline:
            raise BenchFailed(f"{calls} calls did not stand within {LIMIT_S:g} s")
        time.sleep(0.05)


def measure_settled(session: Kind, calls: int) -> Standing:
    """Between two agents of ours, when the transactions are over, which a short T1 brings about soon."""
    options = ("--session", session, "--t1", str(SHORT_T1_S))
    with Agent(cores()[1], *options) as server, Agent(cores()[0], *options) as client:
        sizes = []
        for _ in range(6):
            client.ask(f"hold {calls // 5} sip:bench@{HOST}:{server.port}")
            for agent in (client, server):
                while agent.ask("collect")["transactions"]:
                    time.sleep(0.1)
            sizes.append((client.rss_bytes, server.rss_bytes))
        if client.tally().failed or server.tally().failed:
            raise BenchFailed("a standing call has failed")
    return Standing(*((after - before) / calls for before, after in zip(sizes[0], sizes[-1], strict=True)))
