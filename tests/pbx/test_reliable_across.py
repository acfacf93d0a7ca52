"""100rel through a B2BUA: reliable ringing and its PRACK go across. Source: RFC 3262."""

from __future__ import annotations

import pytest

from sipflow.sip.extensions import Reliability
from sipflow.testing.agents import connected, disconnected, rest, ringing, virtual
from sipflow.testing.under_way import Weather
from sipflow.testing.wire_text import AUDIO
from tests.pbx.scenes import a_house
from tests.pbx.test_b2bua import B2BUA, legs_of


@pytest.mark.conformance(87)
@pytest.mark.parametrize("loss", [0.0, 0.2])
@virtual
async def test_user_agents_ring_reliably_through_it(loss: float) -> None:
    async with a_house(B2BUA, Weather(seed=5)) as house:
        alice, bob = [await house.agent(user, reliable=Reliability.REQUIRED) for user in ("1001", "1002")]
        await house.register(await house.peer(), "1002", f"<{bob.agent.address}>")
        house.network.weather = Weather(seed=5, loss=loss)
        call = alice.call(house.uri("1002"))
        incoming = await bob.take()
        incoming.ring(183)
        await ringing(call, 183)
        await rest(20)
        incoming.ring(180)
        await rest(20)
        incoming.answer()
        await connected(call, incoming)
        house.network.weather = Weather()
        theirs, ours = [{m.header("RSeq") for m in party} for party in (bob.sent(183), alice.received(183))]
        assert theirs == ours != {None}
        racks = {m.header("RAck") for m in bob.received("PRACK")}
        assert len(racks) == 2
        assert all(rack is not None and rack.endswith(" 1 INVITE") for rack in racks)
        call.release()
        await disconnected(incoming)
        await rest(70)
        assert (house.transactions, legs_of(house)) == (0, 0)


@virtual
async def test_phones_that_ring_at_once_are_numbered_through_and_each_gets_its_own_prack() -> None:
    async with a_house(B2BUA) as house:
        phones = [await house.phone("1002") for _ in range(2)]
        caller = house.caller(await house.peer(name="1001"), "1002", Supported="100rel")
        caller.cseq = 6
        caller.invite()
        callees = [await phone.expect_call() for phone in phones]
        for callee, rseq in zip(callees, ("500", "20"), strict=True):
            callee.reply(183, body=AUDIO, Require="100rel", RSeq=rseq)
        heard = [await caller.hear(183) for _ in callees]
        assert [message.header("RSeq") for message in heard] == ["500", "501"]
        assert {message.header("Require") for message in heard} == {"100rel"}
        callees[0].reply(183, body=AUDIO, Require="100rel", RSeq="500")
        assert (await caller.hear(183)).header("RSeq") == "500"
        for message, phone, callee, rack in zip(heard, phones, callees, ("500 1", "20 1"), strict=True):
            caller.ask("PRACK", RAck=f"{message.header('RSeq')} 7 INVITE")
            prack = await phone.hear("PRACK")
            assert prack.header("RAck") == f"{rack} INVITE"
            callee.reply(200, to=prack)
            await caller.hear(200)
        caller.ask("PRACK", RAck="502 7 INVITE")
        await caller.hear(481)


@virtual
async def test_flood_of_reliable_responses_is_cut() -> None:
    async with a_house(B2BUA) as house:
        phone = await house.phone("1002")
        caller = house.caller(await house.peer(name="1001"), "1002", Supported="100rel")
        caller.invite()
        callee = await phone.expect_call()
        for number in range(150):
            callee.reply(183, Require="100rel", RSeq=str(1 + number))
        await rest(1)
        assert caller.peer.count(183) == 100
