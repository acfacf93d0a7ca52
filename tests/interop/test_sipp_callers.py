"""SIPp calls us, in the ways that its built-in scenarios do not know.

Over TCP SIPp takes a repeated 200, which RFC 3261 §13.3.1.4 demands there too, for an unexpected message: what needs
one runs over UDP alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected
from sipflow.sip.timers import Timing
from sipflow.ua import IncomingCall
from tests.interop.conftest import StartSipp
from tests.interop.sipp_process import SCENARIOS, TRANSPORT_OPTIONS, SippResult
from tests.loopback.agents import Tape, ring, ring_and_answer, running_agent

TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])


def refuse(call: IncomingCall) -> None:
    call.ring()
    call.reject(486)


def be_called(
    start_sipp: StartSipp,
    transport: str,
    scenario: str,
    behaviour: Callable[[IncomingCall], None],
    timing: Timing | None = None,
) -> tuple[SippResult, Tape, list[CallEvent]]:
    """Let SIPp place one call by a scenario of ours; returns its verdict, all messages, and the events of the call."""
    taken: list[IncomingCall] = []

    def take(call: IncomingCall) -> None:
        taken.append(call)
        behaviour(call)

    async def scene() -> tuple[SippResult, Tape, list[CallEvent]]:
        tape = Tape()
        async with running_agent(take, tape=tape, timing=timing) as agent:
            sipp = start_sipp(
                "-sf", str(SCENARIOS / scenario), str(agent.local), "-m", "1", *TRANSPORT_OPTIONS[transport]
            )
            result = await sipp.end()
            assert not agent.calls
        (call,) = taken
        return result, tape, call.mailbox.history

    return asyncio.run(scene())


def kinds(events: list[CallEvent]) -> list[type[CallEvent]]:
    return [type(event) for event in events]


@pytest.mark.peer("repeats", "sipp")
@pytest.mark.conformance(28, 77)
def test_answer_is_repeated_until_a_late_ack_comes(start_sipp: StartSipp) -> None:
    result, tape, events = be_called(start_sipp, "UDP", "uac_slow_ack.xml", ring_and_answer)
    assert (result.exit_code, result.count("SuccessfulCall")) == (0, 1), result.errors
    lines = [data.partition(b"\r\n")[0].split(b" ")[:2] for _, data in tape.messages]
    answers, rest = lines[2 : (ack := [word for word, *_ in lines].index(b"ACK"))], lines[ack:]
    assert len(answers) > 1  # at 0, 0.5 and 1.5 s
    assert {status for _, status in answers} == {b"200"}
    assert [word for word, *_ in rest] == [b"ACK", b"BYE", b"SIP/2.0"]  # no more after it but that to the BYE
    assert kinds(events) == [Connected, Disconnected]


@pytest.mark.peer("repeats", "sipp")
@pytest.mark.conformance(28)
def test_call_without_ack_is_ended_by_a_bye(start_sipp: StartSipp) -> None:
    result, tape, events = be_called(start_sipp, "UDP", "uac_no_ack.xml", ring_and_answer, Timing(t1=0.02))
    assert (result.exit_code, result.count("SuccessfulCall")) == (0, 1), result.errors
    assert tape.lines("sent")[-1].startswith("BYE ")
    (end,) = events
    assert isinstance(end, Disconnected)
    assert end.cause is Cause.TIMEOUT


@pytest.mark.peer("cancel", "sipp")
@pytest.mark.conformance(71)
@TRANSPORTS
def test_cancel_of_a_ringing_call_is_answered_and_ends_it(start_sipp: StartSipp, transport: str) -> None:
    result, tape, events = be_called(start_sipp, transport, "uac_cancel.xml", ring)
    assert result.verdict == {"successful": 1}, result.errors
    assert tape.lines("sent") == ["SIP/2.0 180 Ringing", "SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]
    assert tape.repeated == []
    (end,) = events
    assert isinstance(end, Disconnected)
    assert end.cause is Cause.CANCEL


@pytest.mark.peer("busy", "sipp")
@TRANSPORTS
def test_refusal_is_acknowledged_and_not_repeated(start_sipp: StartSipp, transport: str) -> None:
    result, tape, events = be_called(start_sipp, transport, "uac_refused.xml", refuse)
    assert result.verdict == {"successful": 1}, result.errors
    assert tape.lines("sent") == ["SIP/2.0 180 Ringing", "SIP/2.0 486 Busy Here"]
    assert tape.repeated == []
    assert events == []


@pytest.mark.peer("late-offer", "sipp")
@pytest.mark.conformance(76)
@TRANSPORTS
def test_invite_without_offer_gets_ours_and_answers_it_in_the_ack(start_sipp: StartSipp, transport: str) -> None:
    result, tape, events = be_called(start_sipp, transport, "uac_late_offer.xml", ring_and_answer)
    assert result.verdict == {"successful": 1}, result.errors
    assert tape.repeated == []
    assert kinds(events) == [Connected, Disconnected]


@pytest.mark.peer("hold-by-peer", "sipp")
@pytest.mark.conformance(110)
@TRANSPORTS
def test_reinvite_that_holds_is_answered_with_recvonly(start_sipp: StartSipp, transport: str) -> None:
    result, tape, _ = be_called(start_sipp, transport, "uac_hold.xml", ring_and_answer)
    assert result.verdict == {"successful": 1}, result.errors
    assert tape.repeated == []
