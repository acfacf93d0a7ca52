"""Requests whose answer the scenario gives: the client is told that they have come. Source: RFC 4320 §4.1."""

from __future__ import annotations

import pytest

from sipflow.testing.agents import Stage, rest, virtual
from sipflow.ua.requests import HeldRequest, Wish
from tests.ua.scenes import both_transports, meet_bob


@pytest.mark.conformance(33)
@both_transports
@virtual
async def test_request_that_waits_for_its_answer_gets_100_after_3_5_s(transport: str) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage, transport)
        requests = bob.agent.requests
        requests.wishes = lambda method, call: Wish.HELD
        caller.ask("MESSAGE")
        await rest(10)
        (held,) = [event for event in requests.outside.history if isinstance(event, HeldRequest)]
        assert round(peer.times(100)[0] - held.at, 2) == 3.5
        held.answer(200)
        await peer.hear(200)
