"""One INVITE for several contacts: who rings when, and which answer the caller gets. Source: RFC 3261 §16.6, §16.7."""

from __future__ import annotations

import pytest

from sipflow.pbx import Forking
from sipflow.testing.agents import connected, disconnected, rest, ringing, virtual
from sipflow.testing.memory_peer import Callee, Caller, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from tests.pbx.scenes import House, a_house, settings_for


async def two_phones(house: House, first: str = "", second: str = "") -> tuple[Caller, MemoryPeer, MemoryPeer]:
    """A caller whose INVITE is on its way to two phones of one user, with these contact parameters."""
    phones = [await house.phone("1002", "<sip:1002@{}>" + more) for more in (first, second)]
    caller = house.caller(await house.peer(name="caller"), "1002")
    caller.invite()
    return caller, phones[0], phones[1]


async def end(caller: Caller, *statuses: int) -> None:
    """Hear these finals, and acknowledge the failures among them."""
    for status in statuses:
        await caller.hear(status)
        if status >= 300:
            caller.ask("ACK", branch=caller.branch)


@virtual
async def test_equal_contacts_ring_together_and_the_first_answer_cancels_the_other() -> None:
    async with a_house() as house:
        caller, desk, mobile = await two_phones(house)
        first, second = await desk.expect_call(), await mobile.expect_call()
        first.reply(180, "desk")
        second.reply(180, "mobile")
        assert {(await caller.peer.hear(180)).to_tag for _ in range(2)} == {"desk", "mobile"}
        second.reply(200, "mobile", AUDIO)
        assert (await caller.hear(200)).to_tag == "mobile"
        cancel = await desk.hear("CANCEL")
        assert (cancel.branch, cancel.header("CSeq")) == (first.invite.branch, "1 CANCEL")
        first.reply(200, "", to=cancel)
        first.reply(487, "desk")
        assert (await desk.hear("ACK")).branch == first.invite.branch
        await rest(1)
        assert caller.peer.count(487) == 0


@pytest.mark.conformance(73)
@virtual
async def test_every_2xx_goes_to_the_caller_each_time_it_is_sent() -> None:
    async with a_house() as house:
        caller, desk, mobile = await two_phones(house)
        first, second = await desk.expect_call(), await mobile.expect_call()
        first.reply(200, "desk", AUDIO)
        second.reply(200, "mobile", AUDIO)
        await rest(0.5)
        first.reply(200, "desk", AUDIO)
        await rest(0.5)
        assert [heard.to_tag for heard in caller.peer.heard if heard.is_a(200)] == ["desk", "mobile", "desk"]


@virtual
async def test_contacts_of_lower_q_ring_once_the_higher_have_refused() -> None:
    async with a_house() as house:
        caller, desk, mobile = await two_phones(house, ";q=0.3", ";q=0.9")
        callee = await mobile.expect_call()
        assert desk.count("INVITE") == 0
        callee.reply(486)
        await mobile.hear("ACK")
        second = await desk.expect_call()
        assert caller.peer.count(486) == 0
        second.reply(200, "desk", AUDIO)
        assert (await caller.hear(200)).to_tag == "desk"


@virtual
async def test_contacts_that_do_not_answer_are_cancelled_and_the_next_ones_ring() -> None:
    async with a_house(settings_for(forking=Forking.SEQUENTIAL, ring_s=5.0)) as house:
        caller, desk, mobile = await two_phones(house, ";q=0.3", ";q=0.9")
        callee = await mobile.expect_call()
        callee.reply(180)
        cancel = await mobile.hear("CANCEL")
        assert cancel.at - callee.invite.at == pytest.approx(5.0, abs=0.01)
        callee.reply(200, to=cancel)
        callee.reply(487)
        second = await desk.expect_call()
        second.reply(180, "desk")
        await rest(30)
        assert desk.count("CANCEL") == 0
        second.reply(480, "desk")
        await end(caller, 480)


@virtual
async def test_all_at_once_rings_whatever_the_q() -> None:
    async with a_house(settings_for(forking=Forking.PARALLEL)) as house:
        caller, desk, mobile = await two_phones(house, ";q=0.3", ";q=0.9")
        for phone in (desk, mobile):
            (await phone.expect_call()).reply(486)
        await end(caller, 486)


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        (486, 404, 486),
        (404, 486, 404),
        (486, 603, 603),
        (603, 404, 603),
        (500, 486, 486),
        (486, 302, 302),
        (404, 407, 407),
        (401, 415, 401),
        (503, 480, 480),
        (503, 502, 502),
        (503, 503, 500),
        (580, 488, 488),
    ],
)
@virtual
async def test_caller_hears_the_best_of_the_refusals(first: int, second: int, chosen: int) -> None:
    async with a_house() as house:
        caller, desk, mobile = await two_phones(house)
        one, other = await desk.expect_call(), await mobile.expect_call()
        one.reply(first)
        await desk.hear("ACK")
        other.reply(second)
        await end(caller, chosen)
        assert [heard.status for heard in caller.peer.heard if heard.status >= 200] == [chosen]


@virtual
async def test_decline_of_one_cancels_the_other() -> None:
    async with a_house() as house:
        caller, desk, mobile = await two_phones(house)
        one, other = await desk.expect_call(), await mobile.expect_call()
        other.reply(180)
        one.reply(603)
        other.reply(200, to=await mobile.hear("CANCEL"))
        assert caller.peer.count(603) == 0
        other.reply(487)
        await end(caller, 603)


@virtual
async def test_challenges_of_all_branches_reach_the_caller() -> None:
    async with a_house() as house:
        caller, desk, mobile = await two_phones(house)
        one, other = await desk.expect_call(), await mobile.expect_call()
        one.reply(407, Proxy_Authenticate='Digest realm="desk", nonce="1"')
        other.reply(401, WWW_Authenticate='Digest realm="mobile", nonce="2"')
        refused = await caller.hear(401)
        caller.ask("ACK", branch=caller.branch)
        assert refused.header("WWW-Authenticate") == 'Digest realm="mobile", nonce="2"'
        assert refused.header("Proxy-Authenticate") == 'Digest realm="desk", nonce="1"'


@virtual
async def test_silent_contacts_are_a_408_and_unreachable_ones_a_500() -> None:
    async with a_house() as house:
        caller, desk, mobile = await two_phones(house)
        house.network.black_holes.update({desk.address, mobile.address})
        await end(caller, 408)
        other = house.caller(await house.peer(name="other"), "1003")
        await house.register(caller.peer, "1003", "<sip:1003@10.0.0.77>")
        other.invite()
        await end(other, 500)


@virtual
async def test_request_other_than_invite_that_nobody_answers_gets_no_408() -> None:
    async with a_house() as house:
        phone, peer = await house.phone("1002"), await house.peer()
        house.network.black_holes.add(phone.address)
        house.caller(peer, "1002").ask("MESSAGE")
        await rest(40)
        assert [heard.status for heard in peer.heard] == []
        assert house.transactions == 0


@virtual
async def test_breadth_is_shared_out_and_more_contacts_wait_for_their_turn() -> None:
    async with a_house() as house:
        phones = [await house.phone("1002") for _ in range(3)]
        caller = house.caller(await house.peer(name="caller"), "1002")
        caller.invite(Max_Breadth="2")
        await rest(0.1)
        ringing_phones = [phone for phone in phones if phone.count("INVITE")]
        assert len(ringing_phones) == 2
        for phone in ringing_phones:
            callee = await phone.expect_call()
            assert callee.invite.header("Max-Breadth") == "1"
            callee.reply(486)
        last = next(phone for phone in phones if phone not in ringing_phones)
        callee = await last.expect_call()
        assert callee.invite.header("Max-Breadth") == "2"
        callee.reply(486)
        await end(caller, 486)


@virtual
async def test_whole_call_of_user_agents_goes_through_the_pbx() -> None:
    async with a_house() as house:
        alice, bob = await house.agent("1001"), await house.agent("1002")
        await house.register(await house.peer(), "1002", f"<{bob.agent.address}>")
        call = alice.call(house.uri("1002"))
        incoming = await bob.take()
        incoming.ring()
        await ringing(call)
        incoming.answer()
        await connected(call, incoming)
        (ack,) = house.sent("ACK")
        assert ack.flow.remote == bob.agent.local
        incoming.release()
        await disconnected(call)
        assert len(house.sent("BYE")) == 1
        await rest(70)
        assert house.transactions == 0


@virtual
async def test_call_without_record_route_goes_on_without_the_pbx() -> None:
    async with a_house(settings_for(record_route=False)) as house:
        alice, bob = await house.agent("1001"), await house.agent("1002")
        await house.register(await house.peer(), "1002", f"<{bob.agent.address}>")
        call = alice.call(house.uri("1002"))
        incoming = await bob.take()
        incoming.answer()
        await connected(call, incoming)
        call.release()
        await disconnected(incoming)
        assert (house.sent("ACK"), house.sent("BYE")) == ([], [])


@virtual
async def test_group_rings_its_members_in_order_and_is_unavailable_without_any() -> None:
    groups = {"1000": ("1002", "1003"), "1001": ("1009",)}
    async with a_house(settings_for(groups=groups, forking=Forking.SEQUENTIAL)) as house:
        second, first = await house.phone("1003"), await house.phone("1002")
        caller = house.caller(await house.peer(name="caller"), "1000")
        caller.invite()
        callee = await first.expect_call()
        assert second.count("INVITE") == 0
        callee.reply(486)
        (await second.expect_call()).reply(486)
        await end(caller, 486)
        other = house.caller(await house.peer(name="other"), "1001")
        other.invite()
        await end(other, 480)


@virtual
async def test_domain_of_a_neighbour_is_not_looked_up() -> None:
    async with a_house() as probe:
        neighbour = await probe.peer(name="neighbour")
        probe.server.pbx.router.neighbours = {"biloxi.example.com": str(neighbour.address)}
        caller = probe.caller(await probe.peer(name="caller"), "1002")
        caller.uri = "sip:1002@biloxi.example.com"
        caller.ask("OPTIONS")
        asked = await neighbour.hear("OPTIONS")
        assert asked.start_line == "OPTIONS sip:1002@biloxi.example.com SIP/2.0"
        assert not asked.headers("Route")
        Callee(neighbour, asked).reply(200, to=asked)
        await caller.hear(200)
