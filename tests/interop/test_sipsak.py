"""sipsak, a small tool of its own making, asks us what we are."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from tests.interop.calls import LIMIT_S
from tests.loopback.agents import Tape, running_agent
from tests.peers import find_peer


@pytest.mark.peer("options", "sipsak")
@pytest.mark.conformance(40)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_options_of_sipsak_are_answered(transport: str) -> None:
    command = find_peer("sipsak")

    async def scene() -> tuple[subprocess.CompletedProcess[str], Tape]:
        tape = Tape()
        async with running_agent(tape=tape) as agent:
            asked = await asyncio.to_thread(
                subprocess.run,
                [command, "-vv", "-E", transport, "-s", f"sip:anybody@{agent.local}"],
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
            )
        return asked, tape

    asked, tape = asyncio.run(scene())

    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert tape.lines("sent") == ["SIP/2.0 200 OK"]
    assert "Allow: INVITE" in asked.stdout
