"""100rel through our PBX as a B2BUA, with peers that demand it and acknowledge by PRACK. Source: RFC 3262."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.call_events import Connected, Disconnected, Held, Progressed
from sipflow.base.pbx_choices import Mode
from sipflow.pbx import PbxSettings
from sipflow.testing.agents import happens
from sipflow.ua import IncomingCall
from tests.interop.calls import LIMIT_S
from tests.interop.conftest import StartSipp
from tests.interop.phone import Happening, Phone
from tests.interop.sipp_process import SCENARIOS, TRANSPORT_OPTIONS, SippResult
from tests.interop.test_pbx import GOOD, register
from tests.loopback.agents import Tape, running_agent
from tests.loopback.pbx import running_pbx

B2BUA = PbxSettings(mode=Mode.B2BUA)
TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])


def requests(tape: Tape, way: str) -> list[str]:
    """The methods that the PBX has sent or received, REGISTER apart."""
    methods = [line.split()[0] for line in tape.lines(way) if not line.startswith("SIP/2.0")]
    return [method for method in methods if method != "REGISTER"]


@pytest.mark.peer("our-pbx", "sipp")
@pytest.mark.conformance(85, 88, 91)
@TRANSPORTS
def test_sipp_acknowledges_and_updates_through_it(start_sipp: StartSipp, transport: str) -> None:
    async def scene() -> tuple[SippResult, Tape]:
        tape, taken = Tape(), asyncio.Queue[IncomingCall]()
        async with running_pbx(B2BUA, tape=tape) as server, running_agent(taken.put_nowait) as agent:
            await register(start_sipp, server, "1002", agent.local.port)
            caller = start_sipp(
                *("-sf", str(SCENARIOS / "uac_100rel.xml"), str(server.local), "-s", "1002"),
                *("-m", "1", *TRANSPORT_OPTIONS[transport]),
            )
            async with asyncio.timeout(LIMIT_S):
                call = await taken.get()
                call.ring(183)
                await happens(call, Held, LIMIT_S)
                call.answer()
                await happens(call, Disconnected, LIMIT_S)
            return await caller.end(), tape

    result, tape = asyncio.run(scene())
    assert result.verdict == GOOD, result.errors
    assert tape.repeated == []
    assert requests(tape, "received") == requests(tape, "sent") == ["INVITE", "PRACK", "UPDATE", "ACK", "BYE"]


@pytest.mark.peer("our-pbx", "sipp")
@pytest.mark.conformance(87)
def test_sipp_rings_reliably_through_it(start_sipp: StartSipp) -> None:
    async def scene() -> tuple[SippResult, Tape]:
        tape = Tape()
        callee = start_sipp("-sf", str(SCENARIOS / "uas_100rel.xml"), "-m", "1", *TRANSPORT_OPTIONS["UDP"])
        await callee.listening()
        async with running_pbx(B2BUA, tape=tape) as server, running_agent() as agent:
            await register(start_sipp, server, "1002", callee.port)
            call = agent.call(f"sip:1002@{server.local}")
            for kind in (Progressed, Connected):
                await happens(call, kind, LIMIT_S)
            call.release()
            async with asyncio.timeout(LIMIT_S):
                await call.ended.wait()
            return await callee.end(), tape

    result, tape = asyncio.run(scene())
    assert result.verdict == GOOD, result.errors
    assert tape.repeated == []
    assert requests(tape, "received") == requests(tape, "sent") == ["INVITE", "PRACK", "ACK", "BYE"]


@pytest.mark.peer("our-pbx")
@pytest.mark.conformance(85, 87)
@pytest.mark.parametrize("phone", ["pjsua2 100rel"], indirect=True)
def test_pjsua2_that_demands_it_calls_sipp_through_it(phone: Phone, start_sipp: StartSipp) -> None:
    async def scene() -> tuple[SippResult, Tape]:
        tape = Tape()
        callee = start_sipp("-sf", str(SCENARIOS / "uas_100rel.xml"), "-m", "1", *TRANSPORT_OPTIONS["UDP"])
        await callee.listening()
        async with running_pbx(B2BUA, tape=tape) as server:
            await register(start_sipp, server, "1002", callee.port)
            phone.dial(f"sip:1002@{server.local}")
            await asyncio.to_thread(phone.until, Happening.ESTABLISHED)
            phone.hang_up()
            return await callee.end(), tape

    result, tape = asyncio.run(scene())
    assert result.verdict == GOOD, result.errors
    assert tape.repeated == []
    assert requests(tape, "received") == requests(tape, "sent") == ["INVITE", "PRACK", "ACK", "BYE"]
