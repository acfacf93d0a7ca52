"""Calls a second and CPU time per call: one caller and one callee, each on a core of its own."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bench.agent import HOST
from bench.parties import Agent, BenchFailed, Sipp, Tally, sipp_client, sipp_server

OPEN_CALLS = 100
"""Calls open at a time: enough to keep the slower party busy, too few to fill a socket buffer."""


class Kind(StrEnum):
    """Who takes part. Ours are told apart by their sessions (see bench.agent)."""

    SIPP = "SIPp"
    PREPARED = "prepared"
    NEGOTIATED = "negotiated"
    BOUND = "bound"
    STREAMING = "streaming"


@dataclass(frozen=True, slots=True)
class Leg:
    """One measurement of `caller` against `callee`."""

    caller: Kind
    callee: Kind
    calls: int
    seconds: float
    caller_cpu_s: float
    callee_cpu_s: float
    failed: int
    retransmissions: int

    @property
    def rate(self) -> float:
        """Calls a second by the wall's clock; another load on the machine lowers it."""
        return self.calls / self.seconds

    def caller_us(self) -> float:
        """CPU µs per call of the caller."""
        return 1e6 * self.caller_cpu_s / self.calls

    def callee_us(self) -> float:
        """CPU µs per call of the callee."""
        return 1e6 * self.callee_cpu_s / self.calls


def cores() -> tuple[int, int]:
    """The caller's core and the callee's."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


@contextmanager
def callee(kind: Kind, folder: Path, *options: str) -> Iterator[Sipp | Agent]:
    """A party that takes calls on `port`."""
    core = cores()[1]
    with sipp_server(core, folder) if kind is Kind.SIPP else Agent(core, "--session", kind, *options) as party:
        yield party


Place = Callable[[int], Leg]
"""Places so many calls, `OPEN_CALLS` open at a time, and counts."""


@contextmanager
def meeting(caller: Kind, called: Kind) -> Iterator[Place]:
    """A caller and a callee that know each other; the callee, and our caller, live on from one use to the next."""
    with tempfile.TemporaryDirectory() as name, callee(called, Path(name)) as server:

        def place(work: Callable[[int], tuple[float, float, Tally]], calls: int) -> Leg:
            before_s, before = server.cpu_s, server.tally()
            seconds, caller_cpu_s, tally = work(calls)
            callee_cpu_s, taken = server.cpu_s - before_s, server.tally() - before
            if taken.calls != calls:
                raise BenchFailed(f"{caller} placed {calls} calls, {called} saw {taken.calls}")
            return Leg(
                caller, called, calls, seconds, caller_cpu_s, callee_cpu_s, tally.failed + taken.failed,
                tally.retransmissions + taken.retransmissions,
            )  # fmt: skip

        def sipp_calls(calls: int) -> tuple[float, float, Tally]:
            started = time.monotonic()
            with sipp_client(server.port, cores()[0], Path(name), calls=calls, open_calls=OPEN_CALLS) as client:
                client.wait_ended()
                return time.monotonic() - started, client.cpu_s, client.tally()

        if caller is Kind.SIPP:
            yield lambda calls: place(sipp_calls, calls)
            return
        with Agent(cores()[0], "--session", caller, "--open", str(OPEN_CALLS)) as agent:

            def agent_calls(calls: int) -> tuple[float, float, Tally]:
                before_s, before = agent.cpu_s, agent.tally()
                seconds = agent.ask(f"call {calls} {target_of(server)}")["seconds"]
                return seconds, agent.cpu_s - before_s, agent.tally() - before

            yield lambda calls: place(agent_calls, calls)


def measure(caller: Kind, called: Kind, calls: int) -> Leg:
    """One leg between two fresh processes."""
    with meeting(caller, called) as place:
        return place(calls)


def sustain(caller: Kind, called: Kind, calls: int, seconds: float) -> list[Leg]:
    """Leg after leg between the same two, until the time is over: the load under which transactions also end."""
    legs = []
    with meeting(caller, called) as place:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            legs.append(place(calls))
    return legs


def target_of(server: Sipp | Agent) -> str:
    """The URI by which a callee is called."""
    return f"sip:service@{HOST}:{server.port}"
