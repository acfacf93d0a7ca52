"""Nobody aims our answers at others, nor makes much of little. The attacker is a plain socket."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.testing import RawPeer
from tests.loopback.agents import running_agent

MAX_FACTOR = 4
"""An answer is at most so many times as long as the shortest request that gets it."""


@pytest.mark.conformance("R16")
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "REGISTER", "BYE", "MADEUP"])
@pytest.mark.parametrize("parameter", ["", ";rport", ";received=127.0.0.2", ";maddr=127.0.0.2", ";maddr=239.1.1.1"])
def test_answer_goes_to_where_the_request_came_from(method: str, parameter: str) -> None:
    async def scene() -> None:
        async with running_agent() as agent:
            with RawPeer() as attacker, RawPeer("127.0.0.2", attacker.address.port) as victim:
                via = f"SIP/2.0/UDP {victim.address}{parameter};branch=z9hG4bKaimed"
                attacker.ask(method, agent.local, Via=via)
                answer = await attacker.receive_final() if method != "INVITE" else await attacker.receive()
                assert answer.status >= 100
                await victim.hear_nothing(0.1)

    asyncio.run(scene())


@pytest.mark.conformance("R16")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"x" * 1000,
        b"\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"INVITE\r\n\r\n",
        b"ACK sip:a SIP/2.0\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_no_answer(data: bytes) -> None:
    async def scene() -> None:
        async with running_agent() as agent:
            with RawPeer() as attacker:
                attacker.send(data, agent.local)
                await attacker.hear_nothing(0.1)

    asyncio.run(scene())


@pytest.mark.conformance("R16")
@pytest.mark.parametrize("method", ["OPTIONS", "REGISTER", "BYE", "MADEUP"])
def test_answer_is_hardly_longer_than_the_shortest_request(method: str) -> None:
    async def scene() -> None:
        async with running_agent() as agent:
            with RawPeer() as attacker:
                request = (
                    f"{method} sip:a SIP/2.0\r\nv:SIP/2.0/UDP a;rport;branch=z9hG4bKa\r\nf:<sip:a>;tag=a\r\n"
                    f"t:<sip:a>\r\ni:a\r\nCSeq:1 {method}\r\n\r\n"
                )
                attacker.send(request, agent.local)
                answer = await attacker.receive_final()
                assert len(answer.data) <= MAX_FACTOR * len(request)
                await attacker.hear_nothing(0.1)

    asyncio.run(scene())
