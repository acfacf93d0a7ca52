"""A flood of datagrams upon one user agent, while calls of our own go through it.

    python -m tests.soak.udp_flood --seconds 60

Garbage at 5,000 datagrams a second and 100 requests that are valid, with a call of our own every tenth of a second. At
the end, and when the last transaction has gone, it says whether all calls went well, how late the event loop was, and
what memory came back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from sipflow.base.call_events import Connected
from sipflow.sip.flow import Address
from sipflow.sip.timers import Timing
from sipflow.testing.agents import hang_up, happens
from sipflow.testing.wire_text import AUDIO, request_text
from tests.loopback.agents import ring_and_answer, running_agent

HOST = "127.0.0.1"
TICK_S = 0.02
CALL_LIMIT_S = 10.0


@dataclass
class Verdict:
    """What a flood has shown."""

    sent: int = 0
    calls: int = 0
    failed: int = 0
    lags_s: list[float] = field(default_factory=list)
    peak_transactions: int = 0
    left_transactions: int = 0
    rss_before: int = 0
    rss_after: int = 0

    @property
    def lag_p99_s(self) -> float:
        """How late the event loop was, but for the worst hundredth."""
        return sorted(self.lags_s)[int(len(self.lags_s) * 0.99)]

    def __str__(self) -> str:
        growth = (self.rss_after - self.rss_before) / self.rss_before
        return (
            f"{self.sent} datagrams, {self.calls} calls of which {self.failed} failed, loop lag p99 "
            f"{self.lag_p99_s * 1000:.0f} ms, at most {self.peak_transactions} transactions, {self.left_transactions} "
            f"left, memory {self.rss_before >> 20} to {self.rss_after >> 20} MiB ({growth:+.0%})"
        )


def rss_bytes() -> int:
    """The memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def valid_request(number: int, source: Address, target: Address) -> bytes:
    """An INVITE, OPTIONS or REGISTER of its own transaction; an INVITE is never acknowledged."""
    method = ("INVITE", "OPTIONS", "REGISTER")[number % 3]
    return request_text(
        method,
        f"sip:agent@{target}",
        via=f"SIP/2.0/UDP {source};rport;branch=z9hG4bKflood{number}",
        from_=f"<sip:flood@{source}>;tag=f{number}",
        to=f"<sip:agent@{target}>",
        call_id=f"flood-{number}",
        contact=f"sip:flood@{source}",
        body=AUDIO if method == "INVITE" else "",
    )


async def flood(seconds: float, garbage_a_s: int, valid_a_s: int, timing: Timing) -> Verdict:
    """Flood an agent for so long, and wait until its transactions have ended."""
    verdict, chance, loop = Verdict(), random.Random(1), asyncio.get_running_loop()
    shapes = [
        os.urandom(200),
        b"INVITE " * 30,
        b"SIP/2.0 200 OK\r\n" * 5,
        b"OPTIONS sip:a SIP/2.0\r\n\r\n",
        b"\x00" * 500,
    ]
    async with running_agent(ring_and_answer, timing=timing) as agent, running_agent() as caller:
        verdict.rss_before = rss_bytes()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
            attacker.setblocking(False)
            attacker.bind((HOST, 0))
            source = Address(*attacker.getsockname())

            async def attack() -> None:
                began, ticks, valid = time.monotonic(), 0, 0
                while (since := time.monotonic() - began) < seconds:
                    for _ in range(int(garbage_a_s * TICK_S)):
                        try:
                            attacker.sendto(chance.choice(shapes), agent.local)
                            verdict.sent += 1
                        except BlockingIOError:
                            break
                    while valid < since * valid_a_s:
                        valid += 1
                        attacker.sendto(valid_request(valid, source, agent.local), agent.local)
                        verdict.sent += 1
                    ticks += 1
                    due = began + ticks * TICK_S - time.monotonic()
                    await asyncio.sleep(max(0.0, due))

            async def watch() -> None:
                while True:
                    due = loop.time() + 0.01
                    await asyncio.sleep(0.01)
                    verdict.lags_s.append(loop.time() - due)
                    verdict.peak_transactions = max(verdict.peak_transactions, len(agent.layer))

            async def call() -> None:
                verdict.calls += 1
                try:
                    async with asyncio.timeout(CALL_LIMIT_S):
                        ours = caller.call(agent.address)
                        await happens(ours, Connected, CALL_LIMIT_S)
                        await hang_up(ours, CALL_LIMIT_S)
                except (AssertionError, TimeoutError):
                    verdict.failed += 1

            watching = loop.create_task(watch())
            attacking = loop.create_task(attack())
            while not attacking.done():
                await call()
                await asyncio.sleep(0.1)
            await attacking
            watching.cancel()
        await asyncio.sleep(2.5 * timing.limit)
        verdict.left_transactions = len(agent.layer) + len(agent.calls)
        verdict.rss_after = rss_bytes()
    return verdict


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    verdict = asyncio.run(flood(options.seconds, 5_000, 100, Timing()))
    sys.stdout.write(f"{verdict}\n")
    if verdict.failed or verdict.left_transactions or verdict.lag_p99_s > 0.1:
        raise SystemExit("the user agent did not bear it")


if __name__ == "__main__":
    main()
