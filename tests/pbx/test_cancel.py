"""Callers that give up, and timers that do it for them. Source: RFC 3261 §16.8, §16.10."""

from __future__ import annotations

import pytest

from sipflow.testing.agents import rest, virtual
from sipflow.testing.wire_text import AUDIO
from tests.pbx.scenes import a_house, settings_for


@pytest.mark.conformance(71)
@virtual
async def test_cancel_goes_to_every_phone_that_rings_and_the_caller_hears_487() -> None:
    async with a_house() as house:
        phones = [await house.phone("1002") for _ in range(2)]
        caller = house.caller(await house.peer(name="caller"), "1002")
        caller.invite()
        callees = [await phone.expect_call() for phone in phones]
        for callee in callees:
            callee.reply(180)
        await caller.hear(180)
        caller.ask("CANCEL")
        assert (await caller.hear(200)).header("CSeq") == "1 CANCEL"
        for callee in callees:
            callee.reply(200, to=await callee.peer.hear("CANCEL"))
            callee.reply(487)
        await caller.hear(487)
        caller.ask("ACK", branch=caller.branch)


@virtual
async def test_cancel_waits_for_a_provisional_and_cancels_no_further_contacts() -> None:
    async with a_house() as house:
        first = await house.phone("1002", "<sip:1002@{}>;q=0.9")
        second = await house.phone("1002", "<sip:1002@{}>;q=0.1")
        caller = house.caller(await house.peer(name="caller"), "1002")
        caller.invite()
        callee = await first.expect_call()
        caller.ask("CANCEL")
        await caller.hear(200)
        await rest(0.2)
        assert first.count("CANCEL") == 0
        callee.reply(100, "")
        callee.reply(200, to=await first.hear("CANCEL"))
        callee.reply(487)
        await caller.hear(487)
        caller.ask("ACK", branch=caller.branch)
        await rest(1)
        assert second.count("INVITE") == 0


@virtual
async def test_cancel_of_nothing_is_a_481() -> None:
    async with a_house() as house:
        caller = house.caller(await house.peer(), "1002")
        caller.branch = "z9hG4bKnothing"
        caller.ask("CANCEL")
        await caller.hear(481)


@virtual
async def test_answer_that_crosses_the_cancel_reaches_the_caller() -> None:
    async with a_house() as house:
        phone = await house.phone("1002")
        caller = house.caller(await house.peer(name="caller"), "1002")
        caller.invite()
        callee = await phone.expect_call()
        callee.reply(180)
        await caller.hear(180)
        caller.ask("CANCEL")
        callee.reply(200, body=AUDIO)
        while (answer := await caller.hear(200)).header("CSeq") != "1 INVITE":
            pass
        assert answer.to_tag == "callee"


@virtual
async def test_phone_that_never_ends_a_cancelled_call_is_given_up() -> None:
    async with a_house() as house:
        phone = await house.phone("1002")
        caller = house.caller(await house.peer(name="caller"), "1002")
        caller.invite()
        callee = await phone.expect_call()
        callee.reply(180)
        await caller.hear(180)
        caller.ask("CANCEL")
        refused = await caller.hear(487)
        assert refused.at - phone.times("CANCEL")[0] == pytest.approx(32, abs=0.1)
        caller.ask("ACK", branch=caller.branch)


@virtual
async def test_timer_c_cancels_a_call_that_rings_for_ever_and_ringing_starts_it_anew() -> None:
    async with a_house(settings_for(timer_c_s=181.0)) as house:
        phone = await house.phone("1002")
        caller = house.caller(await house.peer(name="caller"), "1002")
        caller.invite()
        callee = await phone.expect_call()
        callee.reply(100, "")
        await rest(100)
        for _ in range(50):
            callee.reply(180)
        await rest(0.1)
        assert len(house.server.layer.timers) < 50
        cancel = await phone.hear("CANCEL", 300)
        assert cancel.at - callee.invite.at == pytest.approx(281, abs=0.2)
        callee.reply(200, to=cancel)
        callee.reply(487)
        await caller.hear(408)
        caller.ask("ACK", branch=caller.branch)


@virtual
async def test_late_provisional_of_a_phone_that_was_given_up_is_met_with_a_cancel() -> None:
    async with a_house(settings_for(ring_s=3.0)) as house:
        silent = await house.phone("1002", "<sip:1002@{}>;q=0.9")
        second = await house.phone("1002", "<sip:1002@{}>;q=0.1")
        caller = house.caller(await house.peer(name="caller"), "1002")
        caller.invite()
        late, callee = await silent.expect_call(), await second.expect_call()
        assert callee.invite.at - late.invite.at == pytest.approx(3, abs=0.01)
        late.reply(180)
        late.reply(200, to=await silent.hear("CANCEL"))
        late.reply(487)
        callee.reply(200, body=AUDIO)
        await caller.hear(200)
        assert caller.peer.count(180) == 0
