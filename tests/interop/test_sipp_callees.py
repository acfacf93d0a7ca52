"""We call SIPp, which answers in the ways that its built-in scenarios do not know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected, Progressed
from sipflow.testing.agents import happens
from sipflow.ua import OutgoingCall
from tests.interop.calls import LIMIT_S
from tests.interop.conftest import StartSipp
from tests.interop.sipp_process import SCENARIOS, TRANSPORT_OPTIONS, SippResult
from tests.loopback.agents import Tape, running_agent

TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])

TALK_S = 0.3

Behaviour = Callable[[OutgoingCall, Tape], Awaitable[None]]


async def talk(call: OutgoingCall, tape: Tape) -> None:
    """Wait for the answer, speak for a moment and hang up."""
    await happens(call, Connected, LIMIT_S)
    await asyncio.sleep(TALK_S)
    call.release()


async def talk_until_every_answer_has_come(call: OutgoingCall, tape: Tape) -> None:
    """Hang up between the third answer and a fourth, and once the callee has waited long enough for an ACK."""
    await tape.until("received", "SIP/2.0 200", 3)
    await asyncio.sleep(0.7)
    call.release()


async def talk_until_the_other_callee_has_gone(call: OutgoingCall, tape: Tape) -> None:
    """Hang up on the one of two callees that stays."""
    await happens(call, Connected, LIMIT_S)
    await tape.until("received", "SIP/2.0 200", 3)  # both answers, and one to the BYE
    call.release()


async def give_up(call: OutgoingCall, tape: Tape) -> None:
    """Cancel as soon as the callee rings."""
    await happens(call, Progressed, LIMIT_S)
    call.release()


async def wait(call: OutgoingCall, tape: Tape) -> None:
    """Leave the end to the callee."""
    await happens(call, Disconnected, LIMIT_S)


def place_call(
    start_sipp: StartSipp, transport: str, scenario: str, behaviour: Behaviour
) -> tuple[SippResult, Tape, list[CallEvent]]:
    """Call a SIPp that follows a scenario of ours; returns its verdict, all messages, and the events of the call."""

    async def scene() -> tuple[SippResult, Tape, list[CallEvent]]:
        tape = Tape()
        sipp = start_sipp("-sf", str(SCENARIOS / scenario), "-m", "1", *TRANSPORT_OPTIONS[transport])
        await sipp.listening(transport)
        async with running_agent(tape=tape) as agent:
            call = agent.call(f"sip:callee@127.0.0.1:{sipp.port};transport={transport.lower()}")
            await behaviour(call, tape)
            async with asyncio.timeout(LIMIT_S):
                await call.ended.wait()
            result = await sipp.end()
            assert not agent.calls
        return result, tape, call.mailbox.history

    return asyncio.run(scene())


@pytest.mark.peer("early-media", "sipp")
@pytest.mark.conformance(124)
@TRANSPORTS
def test_early_media_is_reported_before_the_answer(start_sipp: StartSipp, transport: str) -> None:
    result, tape, events = place_call(start_sipp, transport, "uas_early_media.xml", talk)
    assert result.verdict == {"successful": 1}, result.errors
    progress, connected = events
    assert isinstance(progress, Progressed)
    assert progress.status == 183
    assert b"m=audio " in progress.message
    assert isinstance(connected, Connected)
    assert tape.repeated == []


@pytest.mark.peer("busy", "sipp")
@pytest.mark.conformance(23, 44)
@TRANSPORTS
def test_busy_callee_ends_the_call_with_its_status(start_sipp: StartSipp, transport: str) -> None:
    result, tape, events = place_call(start_sipp, transport, "uas_busy.xml", wait)
    assert result.verdict == {"successful": 1}, result.errors
    assert tape.repeated == []
    (end,) = events
    assert isinstance(end, Disconnected)
    assert (end.cause, end.status) == (Cause.REJECTED, 486)


@pytest.mark.peer("cancel", "sipp")
@pytest.mark.conformance(71)
@TRANSPORTS
def test_ringing_call_is_cancelled(start_sipp: StartSipp, transport: str) -> None:
    result, tape, _ = place_call(start_sipp, transport, "uas_cancelled.xml", give_up)
    assert result.verdict == {"successful": 1}, result.errors
    assert [line.split()[0] for line in tape.lines("sent")] == ["INVITE", "CANCEL", "ACK"]
    assert tape.repeated == []


@pytest.mark.peer("route", "sipp")
@pytest.mark.conformance(67)
@TRANSPORTS
def test_ack_and_bye_follow_the_recorded_route(start_sipp: StartSipp, transport: str) -> None:
    result, tape, _ = place_call(start_sipp, transport, "uas_record_route.xml", talk)
    assert result.verdict == {"successful": 1}, result.errors
    assert tape.repeated == []


@pytest.mark.peer("repeats", "sipp")
@pytest.mark.conformance(29)
def test_every_repeated_answer_gets_an_ack(start_sipp: StartSipp) -> None:
    result, tape, events = place_call(start_sipp, "UDP", "uas_repeated_200.xml", talk_until_every_answer_has_come)
    assert (result.exit_code, result.count("SuccessfulCall")) == (0, 1), result.errors
    assert [line.split()[0] for line in tape.lines("sent")] == ["INVITE", "ACK", "BYE"]
    assert tape.count("sent", "ACK ") == tape.count("received", "SIP/2.0 200 ") - 1 == 3  # the last is that to the BYE
    assert [type(event) for event in events] == [Connected]


@pytest.mark.peer("fork", "sipp")
@pytest.mark.conformance(66, 73)
@TRANSPORTS
def test_second_callee_of_a_fork_is_hung_up_at_once(start_sipp: StartSipp, transport: str) -> None:
    result, tape, events = place_call(start_sipp, transport, "uas_forked.xml", talk_until_the_other_callee_has_gone)
    assert (result.exit_code, result.count("SuccessfulCall")) == (0, 1), result.errors
    assert [line.split()[0] for line in tape.lines("sent")] == ["INVITE", "ACK", "ACK", "BYE", "BYE"]
    assert [type(event) for event in events] == [Progressed, Progressed, Connected]


@pytest.mark.peer("call-out", "sipp")
@TRANSPORTS
def test_callee_hangs_up(start_sipp: StartSipp, transport: str) -> None:
    result, tape, events = place_call(start_sipp, transport, "uas_hangs_up.xml", wait)
    assert result.verdict == {"successful": 1}, result.errors
    assert tape.repeated == []
    assert isinstance(events[-1], Disconnected)
    assert events[-1].cause is Cause.BYE
