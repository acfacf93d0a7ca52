"""All 61 torture messages as datagrams to a running user agent.

Nothing of a message is changed. Where its top Via has no `rport`, the answer goes to the port named there, so the
sender is bound to that port, on a loopback address of its own.
"""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from sipflow.testing import RawPeer
from tests.loopback.agents import Tape, ring, running_agent
from tests.loopback.torture_verdicts import CASES, VERDICTS, ask_options, sender_host, sent_by_port
from tests.torture.cases import TORTURE, TortureCase

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux gives every address of 127.0.0.0/8 without being asked"
)


REQUIRED = {405: ["Allow"], 501: ["Allow"], 406: ["Accept"], 415: ["Accept"], 420: ["Unsupported"], 488: ["Warning"]}
"""Header fields that an answer of this status must have."""


@pytest.mark.conformance(4, 6, 16, 17, 18, 19, 25, 36, 37, 38, 39, 41, 42, 70)
@pytest.mark.parametrize("case", CASES)
def test_torture_datagram_gets_its_verdict(case: TortureCase) -> None:
    async def scene() -> None:
        tape = Tape()
        async with running_agent(ring, tape=tape) as agent:
            with RawPeer(sender_host(), sent_by_port(case)) as sender:
                sender.send(case.data, agent.local)
                await ask_options(agent.local)
                verdict = VERDICTS[case.name]
                *answers, _ = tape.lines("sent")
                assert [int(line.split()[1]) for line in answers] == ([verdict] if verdict else [])
                if verdict:
                    answer = await sender.receive()
                    assert answer.status == verdict
                    for name in REQUIRED.get(verdict, ()):
                        assert answer.headers(name)

    asyncio.run(scene())


@pytest.mark.conformance(9, 16, 35)
@pytest.mark.parametrize("name", ["wsinv", "longreq", "mpart01", "transports"])
def test_torture_answer_repeats_what_identifies_the_request(name: str) -> None:
    case = TORTURE[name]

    async def scene() -> None:
        async with running_agent(ring) as agent:
            with RawPeer(sender_host(), sent_by_port(case)) as sender:
                sender.send(case.data, agent.local)
                answer = await sender.receive()
                assert f";received={sender.address.host}" in answer.headers("Via")[0]
                if name == "mpart01":
                    assert f";rport={sender.address.port}" in answer.headers("Via")[0]
                vias = [via for line in answer.headers("Via") for via in line.split(",")]
                assert len(vias) == {"wsinv": 3, "longreq": 34, "mpart01": 1, "transports": 5}[name]
                assert answer.header("Call-ID").encode() in case.data

    asyncio.run(scene())


@pytest.mark.conformance(16, 42, "R9")
def test_agent_survives_all_torture_datagrams_in_a_row() -> None:
    async def scene() -> float:
        slowest = 0.0
        tape = Tape()
        async with running_agent(ring, tape=tape) as agent:
            for case in TORTURE.values():
                with RawPeer(sender_host()) as sender:
                    sender.send(case.data, agent.local)
                began = time.monotonic()
                await ask_options(agent.local)
                slowest = max(slowest, time.monotonic() - began)
        answered = [line for line in tape.lines("sent") if line.startswith("SIP/2.0 2")]
        good = [name for name, verdict in VERDICTS.items() if verdict == 200]
        assert len(answered) == len(TORTURE) + len(good)
        return slowest

    assert asyncio.run(scene()) < 2


def test_no_invalid_torture_request_is_accepted() -> None:
    for case in TORTURE.values():
        if case.is_request and case.validity == "invalid":
            assert (VERDICTS[case.name] or 0) >= 400, case.name
    assert VERDICTS.keys() == TORTURE.keys()
