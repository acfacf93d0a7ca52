"""SIPp and sipsak register with our PBX and call through it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sipflow.base.pbx_choices import Guarded, Mode
from sipflow.pbx import Gate, PbxServer, PbxSettings
from sipflow.sip.digest_server import DigestServer
from tests.interop.calls import LIMIT_S
from tests.interop.conftest import StartSipp
from tests.interop.sipp_process import SCENARIOS, TRANSPORT_OPTIONS, SippResult
from tests.loopback.agents import Tape
from tests.loopback.pbx import running_pbx
from tests.peers import find_peer

MODES = pytest.mark.parametrize("mode", Mode)
GOOD = {"successful": 1}


def a_gate(guarded: Guarded = Guarded.REGISTRATIONS) -> Gate:
    """Who knows one user: SIPp and sipsak both speak MD5."""
    server = DigestServer("pbx", {"1002": "bob's secret"}, secret=b"secret", algorithms=("MD5",))
    return Gate(guarded, server, {})


async def register(start_sipp: StartSipp, server: PbxServer, user: str, port: int, *more: str) -> SippResult:
    """Let SIPp register a contact of this machine."""
    scenario = str(SCENARIOS / "uac_register.xml")
    options = ("-s", user, "-key", "cport", str(port), "-m", "1", *TRANSPORT_OPTIONS["UDP"], *more)
    return await start_sipp("-sf", scenario, str(server.local), *options).end()


@pytest.mark.peer("our-pbx", "sipp")
@pytest.mark.conformance(50, 64)
@pytest.mark.parametrize(("password", "status"), [("bob's secret", "200"), ("wrong", "401")])
def test_registration_of_sipp_is_granted_for_the_right_password_alone(
    start_sipp: StartSipp, password: str, status: str
) -> None:
    async def scene() -> tuple[SippResult, Tape, int]:
        tape = Tape()
        async with running_pbx(gate=a_gate(), tape=tape) as server:
            result = await register(start_sipp, server, "1002", 5999, "-au", "1002", "-ap", password)
            loop = asyncio.get_running_loop()
            return result, tape, len(server.pbx.location.bindings("1002", loop.time()))

    result, tape, bound = asyncio.run(scene())
    assert [line.split()[1] for line in tape.lines("sent")][:2] == ["401", status]
    assert (result.count("SuccessfulCall"), bound) == ((1, 1) if status == "200" else (0, 0))


@pytest.mark.peer("our-pbx", "sipp")
@MODES
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_calls_of_sipp_to_sipp_go_through_the_pbx(start_sipp: StartSipp, uas: Path, mode: Mode, transport: str) -> None:
    calls = 20

    async def scene() -> tuple[list[SippResult], Tape, int]:
        tape = Tape()
        async with running_pbx(PbxSettings(mode=mode), tape=tape) as server:
            callee = start_sipp("-sf", str(uas), "-m", str(calls), *TRANSPORT_OPTIONS["UDP"])
            await callee.listening()
            await register(start_sipp, server, "1002", callee.port)
            caller = start_sipp(
                *("-sf", str(SCENARIOS / "uac_routed.xml"), str(server.local), "-s", "1002"),
                *("-m", str(calls), "-r", "20", *TRANSPORT_OPTIONS[transport]),
            )
            results = [await caller.end(), await callee.end()]
            legs = 0 if server.pbx.b2bua is None else len(server.pbx.b2bua)
            return results, tape, legs

    results, tape, legs = asyncio.run(scene())
    assert tape.repeated == []
    assert [result.verdict for result in results] == [{"successful": calls}] * 2, [result.errors for result in results]
    sent = [line.split()[0] for line in tape.lines("sent")]
    assert (sent.count("INVITE"), sent.count("ACK"), sent.count("BYE"), legs) == (calls, calls, calls, 0)


@pytest.mark.peer("our-pbx", "sipp")
@MODES
def test_call_of_sipp_rings_two_phones_and_the_slower_one_is_cancelled(
    start_sipp: StartSipp, uas: Path, mode: Mode
) -> None:
    async def scene() -> list[SippResult]:
        async with running_pbx(PbxSettings(mode=mode)) as server:
            slow = start_sipp("-sf", str(SCENARIOS / "uas_cancelled.xml"), "-m", "1", *TRANSPORT_OPTIONS["UDP"])
            quick = start_sipp("-sf", str(uas), "-m", "1", *TRANSPORT_OPTIONS["UDP"])
            for phone in (slow, quick):
                await phone.listening()
                await register(start_sipp, server, "1002", phone.port)
            caller = start_sipp(
                *("-sf", str(SCENARIOS / "uac_routed.xml"), str(server.local), "-s", "1002"),
                *("-m", "1", *TRANSPORT_OPTIONS["UDP"]),
            )
            return [await sipp.end() for sipp in (caller, quick, slow)]

    results = asyncio.run(scene())
    assert [result.verdict for result in results] == [GOOD] * 3, [result.errors for result in results]


@pytest.mark.peer("our-pbx", "sipsak")
@pytest.mark.conformance(48, 50)
def test_sipsak_registers_and_is_found(free_port: Callable[[], int]) -> None:
    command = find_peer("sipsak")

    async def sipsak(*options: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run, [command, *options], capture_output=True, text=True, timeout=LIMIT_S
        )

    async def scene() -> tuple[list[subprocess.CompletedProcess[str]], Tape]:
        tape = Tape()
        async with running_pbx(PbxSettings(port=free_port()), gate=a_gate(), tape=tape) as server:
            target, contact = f"sip:1002@{server.local}", f"sip:1002@127.0.0.1:{free_port()}"
            own = ("-U", "-s", target, "-C", contact, "-x", "60", "-i", "-u", "1002")
            runs = [
                await sipsak(*own, "-a", "bob's secret"),
                await sipsak(*own, "-a", "wrong"),
                await sipsak("-vv", "-s", f"sip:{server.local}"),
                await sipsak("-vv", "-s", f"sip:1009@{server.local}"),
            ]
            return runs, tape

    runs, tape = asyncio.run(scene())
    assert [run.returncode for run in runs[:3]] == [0, 2, 0], [run.stdout + run.stderr for run in runs]
    assert "404 Not Found" in runs[3].stdout
    assert tape.lines("sent").count("SIP/2.0 200 OK") == 2
