"""200 calls of SIPp's built-in scenarios, both directions, UDP and TCP: nothing failed, unexpected or sent twice."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.call_events import Connected
from sipflow.testing.agents import hang_up, happens
from tests.interop.calls import LIMIT_S, call_briefly
from tests.interop.conftest import StartSipp
from tests.interop.sipp_process import TRANSPORT_OPTIONS
from tests.loopback.agents import Tape, ring_and_answer, running_agent

CALLS = 200
RATE = 100


@pytest.mark.peer("load", "sipp")
@pytest.mark.parametrize(
    ("scenario", "transport", "pause_ms"),
    [("uac", "UDP", 0), ("uac", "UDP", 300), ("uac", "TCP", 300), ("regexp", "UDP", 0)],
)
def test_calls_from_sipp_all_succeed(start_sipp: StartSipp, scenario: str, transport: str, pause_ms: int) -> None:
    async def scene() -> None:
        tape = Tape()
        async with running_agent(ring_and_answer, tape=tape) as agent:
            sipp = start_sipp(
                *("-sn", scenario, str(agent.local), *TRANSPORT_OPTIONS[transport], "-d", str(pause_ms)),
                *("-m", str(CALLS), "-r", str(RATE), "-l", str(CALLS)),
            )
            result = await sipp.end()
            assert not agent.calls
        assert result.verdict == {"successful": CALLS}, result.errors
        assert tape.repeated == []

    asyncio.run(scene())


@pytest.mark.peer("load", "sipp")
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_calls_to_sipp_all_succeed(start_sipp: StartSipp, transport: str) -> None:
    async def scene() -> None:
        tape = Tape()
        sipp = start_sipp("-sn", "uas", *TRANSPORT_OPTIONS[transport], "-m", str(CALLS))
        await sipp.listening(transport)
        async with running_agent(tape=tape) as agent:
            target = f"sip:service@127.0.0.1:{sipp.port};transport={transport.lower()}"
            async with asyncio.TaskGroup() as group:
                for _ in range(CALLS):
                    group.create_task(call_briefly(agent, target))
                    await asyncio.sleep(1 / RATE)
            assert not agent.calls
            result = await sipp.end()
        assert result.verdict == {"successful": CALLS}, result.errors
        assert tape.repeated == []

    asyncio.run(scene())


@pytest.mark.conformance(12)
def test_large_invite_reaches_a_sipp_that_speaks_udp_alone(start_sipp: StartSipp) -> None:
    async def scene() -> None:
        tape = Tape()
        sipp = start_sipp("-sn", "uas", *TRANSPORT_OPTIONS["UDP"], "-m", "1")
        await sipp.listening("UDP")
        async with running_agent(tape=tape) as agent, asyncio.timeout(LIMIT_S):
            call = agent.call(f"sip:service@127.0.0.1:{sipp.port}", (("Subject", "x" * 1500),))
            await happens(call, Connected, LIMIT_S)
            await hang_up(call, LIMIT_S)
            result = await sipp.end()
        assert result.verdict == {"successful": 1}, result.errors
        assert tape.repeated == []

    asyncio.run(scene())
