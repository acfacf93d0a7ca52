"""Calls that nobody ever finishes, in masses: whatever they take is given back in time."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.sip.flow import Address
from sipflow.sip.timers import Timing
from sipflow.testing import RawPeer
from sipflow.testing.agents import held_by
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import IncomingCall
from tests.loopback.agents import running_agent
from tests.loopback.descriptors import counts_descriptors, open_files
from tests.loopback.torture_verdicts import ask_options

CALLS = 2_000
BURST = 25
LIMIT_S = 15
ANSWERED = 200
"""Each holds two sockets for RTP, and a process may have 1,024 files."""
TIMING = Timing(t1=0.02, t2=0.16)


class Callee:
    """Answers a few calls, refuses many, and lets the others ring."""

    def __init__(self) -> None:
        self.taken = 0

    def __call__(self, call: IncomingCall) -> None:
        self.taken += 1
        call.ring()
        if self.taken % 10 == 0:
            call.answer()
        elif self.taken % 2:
            call.reject(486)


def invite_without_end(peer: RawPeer, agent: Address, number: int) -> None:
    """Send an INVITE, and a CANCEL to those that ring on; no ACK ever, and no answer to a BYE."""
    via = f"SIP/2.0/UDP {peer.address};rport;branch=z9hG4bKflood{number}"
    fields = {"Via": via, "Call_ID": f"flood-{number}", "From": f"<sip:flood@{peer.address}>;tag=flood{number}"}
    peer.ask("INVITE", agent, body=AUDIO, **fields)
    if number % 2 == 0 and number % 10:
        peer.ask("CANCEL", agent, **fields)


@counts_descriptors
@pytest.mark.conformance(34, "R10")
def test_unfinished_calls_leave_nothing() -> None:
    callee = Callee()

    async def scene() -> None:
        async with running_agent(callee, timing=TIMING) as agent:
            tasks, files = asyncio.all_tasks(), open_files()
            with RawPeer() as peer:
                for number in range(1, CALLS + 1):
                    invite_without_end(peer, agent.local, number)
                    if number % BURST == 0:
                        await ask_options(agent.local)
                assert callee.taken == CALLS
                assert held_by(agent)["transactions"] > CALLS / 10
                # 64·T1 for the ACK, and again for the answer to our BYE.
                await asyncio.sleep(2 * TIMING.limit)
                async with asyncio.timeout(LIMIT_S):
                    while held_by(agent):  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
            assert asyncio.all_tasks() == tasks
            assert open_files() == files
            await ask_options(agent.local)

    asyncio.run(scene())
