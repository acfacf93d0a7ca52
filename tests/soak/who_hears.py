"""1,000 seeded networks with calls, holds and transfers: who hears whom where all is well, and where it is not.

    python -m tests.soak.who_hears --runs 1000

Each has a weather and codecs of its own, and meets every situation below. A clean one must pass; a fault must fail the
node, which must tell the cell that is wrong. It names the seeds that went wrong, and fails if any did. The tests do the
same with fewer runs.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from sipflow.base.events import ScenarioCompleted
from sipflow.sip.flow import Address
from sipflow.testing import MemoryMediaPorts, MemoryNetwork, Weather
from sipflow.testing.memory_network import MemoryEndpoint
from tests.documents import Json
from tests.engine.stage import Stage, Step, lane, on_stage, scenario, step

Rewrite = Callable[[bytes], bytes]
DEAD_PORT = b"19998"
RINGS, ANSWERS = step("INCOMING", timeout=60_000), step("Answer")
MEETS = step("Sync", timeout=60_000)
STAYS = step("DISCONNECTED", timeout=120_000)
HANGS_UP = step("Release")


class Middle(MemoryNetwork):
    """Rewrites what goes over it, without a change of length."""

    def __init__(self, weather: Weather, rewrite: Rewrite) -> None:
        super().__init__(weather)
        self._rewrite = rewrite

    def send_datagram(self, data: bytes, source: MemoryEndpoint, target: Address) -> None:
        super().send_datagram(self._rewrite(data), source, target)


def _untouched(data: bytes) -> bytes:
    return data


class Crossing:
    """Answers get each other's media port: what is meant for one callee reaches the other."""

    def __init__(self) -> None:
        self._ports: dict[bytes, bytes] = {}

    def __call__(self, data: bytes) -> bytes:
        found = re.search(rb"m=audio (\d+)", data)
        if found is None or not data.startswith(b"SIP/2.0 200"):
            return data
        # The callers have the first two ports of four.
        other = {b"10004": b"10006", b"10006": b"10004"}[found[1]]
        return data.replace(b"m=audio " + found[1], b"m=audio " + other)


def to_a_dead_port(data: bytes) -> bytes:
    """The first callee's answer names a port at which nobody is."""
    return data.replace(b"m=audio 10004", b"m=audio " + DEAD_PORT)


def one_way(data: bytes) -> bytes:
    """One callee is asked to listen only, and its caller is not told."""
    if data.startswith(b"INVITE") and b"m=audio 10000" in data:
        return data.replace(b"a=sendrecv", b"a=sendonly")
    return data.replace(b"a=recvonly", b"a=sendrecv")


def deaf_to_hold(data: bytes) -> bytes:
    """The held side is not told of the hold, and the holder not of that."""
    if data.startswith(b"INVITE"):
        return data.replace(b"a=sendonly", b"a=sendrecv")
    return data.replace(b"a=sendrecv", b"a=recvonly") if b"m=audio 10002" in data and b"CSeq: 2 " in data else data


def two_calls(settings: Json, **hears: Any) -> Json:
    """1001 calls 1002, 1003 calls 1004."""
    return scenario(
        lane(
            "a", "1001", step("MakeCall", targetUri="1002"), MEETS, step("AssertHears", **hears), HANGS_UP, **settings
        ),
        lane(
            "c", "1003", step("MakeCall", targetUri="1004"), MEETS, step("TIMEOUT", timeout=6000), HANGS_UP, **settings
        ),
        lane("b", "1002", RINGS, ANSWERS, MEETS, STAYS, **settings),
        lane("d", "1004", RINGS, ANSWERS, MEETS, STAYS, **settings),
    )


def held(settings: Json, **hears: Any) -> Json:
    """1001 holds 1002."""
    judges = step("AssertHears", respectsHold=True, **hears)
    return scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("Hold"), judges, HANGS_UP, **settings),
        lane("b", "1002", RINGS, ANSWERS, STAYS, **settings),
    )


def gives_up(name: str) -> Step:
    """What follows where nobody calls."""
    return step("TIMEOUT", f"{name}.over", timeout=1)


def transferred(settings: Json, target: str = "1003", **hears: Any) -> Json:
    """1001 hands 1002 over to 1003; 1004 would answer too."""
    moved = step("AssertHears", "after", expected="1002 <-> 1003", **hears)
    return scenario(
        lane(
            "a", "1001", RINGS, ANSWERS, step("AssertHears", "before", expected="1001 <-> 1002", **hears),
            step("BlindTransfer", targetUri=target), **settings,
        ),
        lane("b", "1002", step("MakeCall", targetUri="1001"), step("TRANSFERRED", timeout=60_000), moved,
             step("Release", callId="call-1-transfer"), **settings),
        *[
            lane(name, dn, step("INCOMING", f"{name}.in", (gives_up(name),), timeout=30_000),
                 ANSWERS, STAYS, **settings) for name, dn in (("c", "1003"), ("d", "1004"))
        ],
    )  # fmt: skip


SITUATIONS: dict[str, tuple[Callable[..., Json], Callable[[], Rewrite], str]] = {
    "two calls": (two_calls, lambda: _untouched, ""),
    "a held call": (held, lambda: _untouched, ""),
    "a blind transfer": (transferred, lambda: _untouched, ""),
    "crossed media": (two_calls, Crossing, "1004 hears 1001"),
    "one-way audio": (two_calls, lambda: one_way, "1001 does not hear 1002"),
    "a dead port": (two_calls, lambda: to_a_dead_port, "1002 does not hear 1001"),
    "a leak through hold": (held, lambda: deaf_to_hold, "1001 hears 1002"),
    "the wrong party transferred": (partial(transferred, target="1004"), lambda: _untouched, "1004 hears 1002"),
}
"""By name: the scenario, what is done to its messages, and the wrong cell that must be told; none where all is well."""


def trial(name: str, seed: int) -> str:
    """What went wrong in the verdict; empty where it is right."""
    make, rewrite, wrong = SITUATIONS[name]
    chance = random.Random(seed)
    delay_s = chance.choice((0.0, 0.02, 0.1))
    jitter_s = chance.choice((0.0, 0.01, 0.04))
    weather = Weather(seed, delay_s, delay_s + jitter_s, chance.choice((0.0, 0.01, 0.05)), 0.02)
    settings = {
        "codecs": chance.choice((["PCMU"], ["PCMA"], ["PCMU", "PCMA"])),
        "idleAudio": chance.choice(("silence", "none")),
    }
    document = make(settings, durationMs=chance.choice((1_500, 2_000, 3_000)))
    # What is said may be late and twice, but is not lost: which port is whose must not hang on the weather.
    network = Middle(Weather(seed, 0.001, 0.001), rewrite())

    async def scene(stage: Stage) -> str:
        end = await stage.run()
        if isinstance(end, ScenarioCompleted):
            return "" if not wrong else "the fault was not noticed"
        error = str(getattr(end, "error", end))
        return "" if wrong and wrong in error.partition(", got ")[2] else error

    return on_stage(document, scene, network=network, ports=MemoryMediaPorts(weather=weather), seed=seed + 1)


def _seed(seed: int) -> list[tuple[str, int, str]]:
    return [(name, seed, fault) for name in SITUATIONS if (fault := trial(name, seed))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.processes) as pool:
        wrong = [one for found in pool.map(_seed, range(arguments.runs), chunksize=10) for one in found]
    for name in SITUATIONS:
        failed = [(seed, fault) for its, seed, fault in wrong if its == name]
        sys.stdout.write(f"{name}: {arguments.runs - len(failed)} of {arguments.runs} right {failed[:3] or ''}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
