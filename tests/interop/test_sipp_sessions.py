"""SIPp and we change standing calls and early ones: hold, UPDATE, 100rel, session timers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sipflow.base.call_events import Connected, Disconnected, Held, Progressed, Retrieved
from sipflow.sip.session_timer import TimerWishes
from sipflow.testing.agents import happens
from sipflow.ua import Call, IncomingCall, OutgoingCall
from tests.interop.calls import LIMIT_S
from tests.interop.conftest import StartSipp
from tests.interop.sipp_process import SCENARIOS, TRANSPORT_OPTIONS, SippResult
from tests.loopback.agents import Tape, ring_and_answer, running_agent

TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])
SHORT = TimerWishes(min_se_s=4)


async def be_called(
    start_sipp: StartSipp,
    transport: str,
    scenario: str,
    behaviour: Callable[[IncomingCall], Awaitable[None]],
    session_timer: TimerWishes | None = None,
) -> tuple[SippResult, Tape]:
    """Let SIPp place one call, to which `behaviour` is told."""
    taken: asyncio.Queue[IncomingCall] = asyncio.Queue()
    tape = Tape()
    async with running_agent(taken.put_nowait, tape=tape, session_timer=session_timer) as agent:
        sipp = start_sipp("-sf", str(SCENARIOS / scenario), str(agent.local), "-m", "1", *TRANSPORT_OPTIONS[transport])
        async with asyncio.timeout(LIMIT_S):
            await behaviour(await taken.get())
        result = await sipp.end()
        assert not agent.calls
    assert tape.repeated == []
    return result, tape


async def call_sipp(
    start_sipp: StartSipp,
    transport: str,
    scenario: str,
    behaviour: Callable[[OutgoingCall], Awaitable[None]],
    session_timer: TimerWishes | None = None,
    tape: Tape | None = None,
) -> tuple[SippResult, Tape]:
    """Call a SIPp, as `behaviour` tells."""
    tape = tape or Tape()
    sipp = start_sipp("-sf", str(SCENARIOS / scenario), "-m", "1", *TRANSPORT_OPTIONS[transport])
    await sipp.listening(transport)
    async with running_agent(tape=tape, session_timer=session_timer) as agent:
        call = agent.call(f"sip:callee@127.0.0.1:{sipp.port};transport={transport.lower()}")
        async with asyncio.timeout(LIMIT_S):
            await behaviour(call)
            await call.ended.wait()
        result = await sipp.end()
    assert tape.repeated == []
    return result, tape


async def hang_up_when(call: Call, *kinds: type) -> None:
    """Take events of these kinds in order, then end the call."""
    for kind in kinds:
        await happens(call, kind, LIMIT_S)
    call.release()


@pytest.mark.peer("100rel", "sipp")
@pytest.mark.conformance(85, 88, 90, 91)
@TRANSPORTS
def test_caller_that_demands_100rel_acknowledges_and_updates(start_sipp: StartSipp, transport: str) -> None:
    async def ring_be_held_and_answer(call: IncomingCall) -> None:
        call.ring(183)
        await happens(call, Held, LIMIT_S)
        call.answer()
        await happens(call, Disconnected, LIMIT_S)

    result, tape = asyncio.run(be_called(start_sipp, transport, "uac_100rel.xml", ring_be_held_and_answer))
    assert result.verdict == {"successful": 1}, result.errors
    methods = [line.split()[0] for line in tape.lines("received")]
    assert methods == ["INVITE", "PRACK", "UPDATE", "ACK", "BYE"]


@pytest.mark.peer("100rel", "sipp")
@pytest.mark.conformance(87)
@TRANSPORTS
def test_reliable_provisional_of_the_callee_gets_its_prack(start_sipp: StartSipp, transport: str) -> None:
    async def talk(call: OutgoingCall) -> None:
        await hang_up_when(call, Progressed, Connected)

    result, tape = asyncio.run(call_sipp(start_sipp, transport, "uas_100rel.xml", talk))
    assert result.verdict == {"successful": 1}, result.errors
    assert [line.split()[0] for line in tape.lines("sent")] == ["INVITE", "PRACK", "ACK", "BYE"]


@pytest.mark.peer("hold-by-us", "sipp")
@pytest.mark.conformance(110)
@TRANSPORTS
def test_callee_is_held_by_reinvite_and_taken_back_by_update(start_sipp: StartSipp, transport: str) -> None:
    async def hold_and_retrieve(call: OutgoingCall) -> None:
        await happens(call, Connected, LIMIT_S)
        for direction, method in (("sendonly", "INVITE"), ("sendrecv", "UPDATE")):
            change = call.modify(direction, method)
            await change.done.wait()
            assert change.status == 200
        call.release()

    result, tape = asyncio.run(call_sipp(start_sipp, transport, "uas_hold.xml", hold_and_retrieve))
    assert result.verdict == {"successful": 1}, result.errors
    assert [line.split()[0] for line in tape.lines("sent")] == ["INVITE", "ACK", "INVITE", "ACK", "UPDATE", "BYE"]


@pytest.mark.peer("update", "sipp")
@pytest.mark.conformance(91, 110)
@TRANSPORTS
def test_caller_that_holds_by_update_is_answered_and_told(start_sipp: StartSipp, transport: str) -> None:
    async def be_held(call: IncomingCall) -> None:
        ring_and_answer(call)
        for kind in (Held, Retrieved, Disconnected):
            await happens(call, kind, LIMIT_S)

    result, _ = asyncio.run(be_called(start_sipp, transport, "uac_update.xml", be_held))
    assert result.verdict == {"successful": 1}, result.errors


@pytest.mark.peer("session-timer", "sipp")
@pytest.mark.conformance(93, 94)
@TRANSPORTS
def test_callee_that_refuses_a_short_interval_gets_a_longer_one_and_its_refresh(
    start_sipp: StartSipp, transport: str
) -> None:
    tape = Tape()

    async def talk(call: OutgoingCall) -> None:
        await happens(call, Connected, LIMIT_S)
        await tape.until("received", "SIP/2.0 200", 2)  # the answer, and that to the refresh
        call.release()

    wishes = TimerWishes(2, 2, refreshes=True)
    result, _ = asyncio.run(call_sipp(start_sipp, transport, "uas_session_timer.xml", talk, wishes, tape))
    assert result.verdict == {"successful": 1}, result.errors
    methods = [line.split()[0] for line in tape.lines("sent")]
    assert methods == ["INVITE", "ACK", "INVITE", "ACK", "UPDATE", "BYE"]


@pytest.mark.peer("session-timer", "sipp")
@pytest.mark.conformance(92, 93, 94)
@TRANSPORTS
def test_caller_with_a_short_interval_is_told_and_then_refreshed(start_sipp: StartSipp, transport: str) -> None:
    async def answer(call: IncomingCall) -> None:
        ring_and_answer(call)
        await happens(call, Disconnected, LIMIT_S)

    result, tape = asyncio.run(be_called(start_sipp, transport, "uac_session_timer.xml", answer, SHORT))
    assert result.verdict == {"successful": 1}, result.errors
    assert "SIP/2.0 422 Session Interval Too Small" in tape.lines("sent")
