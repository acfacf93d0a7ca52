"""Calls that end at the PBX and begin anew. Source: RFC 3261 §6."""

from __future__ import annotations

import pytest

from sipflow.base.pbx_choices import Mode
from sipflow.pbx.core import Pbx
from sipflow.testing.agents import connected, disconnected, rest, ringing, virtual
from sipflow.testing.memory_peer import Callee, Caller, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from tests.pbx.scenes import House, a_house, settings_for

B2BUA = settings_for(mode=Mode.B2BUA)


def legs_of(house: House) -> int:
    """How many legs the PBX keeps."""
    pbx: Pbx = house.server.pbx
    return 0 if pbx.b2bua is None else len(pbx.b2bua)


async def ring_bob(house: House, **headers: str | None) -> tuple[Caller, MemoryPeer, Callee]:
    """A caller whose INVITE has arrived at Bob's phone."""
    phone = await house.phone("1002")
    caller = house.caller(await house.peer(name="1001"), "1002", **headers)
    caller.invite()
    return caller, phone, await phone.expect_call()


async def connect_bob(house: House, body: str = AUDIO) -> tuple[Caller, MemoryPeer, Callee]:
    """A caller and Bob's phone, connected."""
    phone = await house.phone("1002")
    caller = house.caller(await house.peer(name="1001"), "1002")
    caller.invite(body)
    callee = await phone.expect_call()
    callee.reply(200, body=AUDIO)
    answer = await caller.hear(200)
    caller.uri = answer.header("Contact").strip("<>")
    caller.ask("ACK", "" if body else AUDIO)
    await phone.hear("ACK")
    return caller, phone, callee


@virtual
async def test_each_side_has_a_dialog_of_its_own_and_what_else_is_said_goes_across() -> None:
    async with a_house(B2BUA) as house:
        caller, _, callee = await ring_bob(house, Subject="Lunch", Supported="timer, 100rel", Max_Forwards="10")
        invite = callee.invite
        assert invite.header("Call-ID") != caller.call_id
        assert caller.tag not in invite.header("From")
        assert invite.header("From").startswith(f"<sip:1001@{caller.peer.address}>;tag=")
        assert (invite.header("Subject"), invite.header("Supported")) == ("Lunch", "timer, 100rel")
        assert invite.header("Contact") == f"<sip:1001@{house.address}>"
        assert invite.header("Max-Forwards") == "9"
        assert len(invite.headers("Via")) == 1
        assert not invite.headers("Record-Route")
        assert invite.body == AUDIO.encode()
        callee.reply(183, body=AUDIO, Server="Bob's")
        progress = await caller.hear(183)
        assert progress.header("Contact") == f"<sip:1002@{house.address}>"
        assert (progress.header("Server"), progress.body) == ("Bob's", AUDIO.encode())
        assert progress.to_tag != "callee"
        callee.reply(486)
        await caller.hear(486)
        caller.ask("ACK", branch=caller.branch)
        assert legs_of(house) == 0


@virtual
async def test_call_is_answered_acknowledged_and_hung_up_by_either_side() -> None:
    async with a_house(B2BUA) as house:
        for hangs_up in ("caller", "callee"):
            caller, phone, callee = await connect_bob(house)
            if hangs_up == "caller":
                caller.ask("BYE", Reason='Q.850;cause=16;text="done"')
                bye = await phone.hear("BYE")
                callee.reply(200, to=bye)
                assert bye.header("Reason") == 'Q.850;cause=16;text="done"'
                await caller.hear(200)
            else:
                callee.ask("BYE")
                bye = await caller.peer.hear("BYE")
                assert bye.header("Call-ID") == caller.call_id
                await phone.hear(200)
                Callee(caller.peer, bye).reply(200, "")
            await rest(1)
            assert legs_of(house) == 0


@pytest.mark.conformance(76)
@virtual
async def test_offer_of_the_callee_is_answered_in_the_ack() -> None:
    async with a_house(B2BUA) as house:
        phone = await house.phone("1002")
        caller = house.caller(await house.peer(name="1001"), "1002")
        caller.invite("")
        callee = await phone.expect_call()
        assert callee.invite.body == b""
        callee.reply(200, body=AUDIO)
        assert (await caller.hear(200)).body == AUDIO.encode()
        assert phone.count("ACK") == 0
        caller.ask("ACK", AUDIO.replace("40000", "40002"))
        ack = await phone.hear("ACK")
        assert b"40002" in ack.body
        assert ack.header("Content-Type") == "application/sdp"


@pytest.mark.conformance(28, 29)
@virtual
async def test_both_handshakes_survive_what_is_lost() -> None:
    async with a_house(B2BUA) as house:
        caller, phone, callee = await connect_bob(house)
        callee.reply(200, body=AUDIO)
        await phone.hear("ACK")
        assert caller.peer.count(200) == 1
        other = house.caller(await house.peer(name="1003"), "1002")
        other.invite()
        second = await phone.expect_call()
        second.reply(200, body=AUDIO)
        await other.hear(200)
        await rest(1.6)
        assert other.peer.count(200) == 3


@virtual
async def test_caller_that_never_acknowledges_is_hung_up_on_with_the_callee() -> None:
    async with a_house(B2BUA) as house:
        caller, phone, callee = await ring_bob(house)
        callee.reply(200, body=AUDIO)
        bye = await caller.peer.hear("BYE")
        assert bye.at - callee.invite.at == pytest.approx(32, abs=0.1)
        assert (await phone.hear("ACK")).at == pytest.approx(bye.at, abs=0.1)
        callee.reply(200, to=await phone.hear("BYE"))
        Callee(caller.peer, bye).reply(200, "")


@virtual
async def test_reinvite_and_other_requests_go_across_in_both_directions() -> None:
    async with a_house(B2BUA) as house:
        caller, phone, callee = await connect_bob(house)
        caller.invite(AUDIO.replace("a=rtpmap", "a=sendonly\r\na=rtpmap"))
        hold = await phone.hear("INVITE")
        assert hold.to_tag == "callee"
        assert b"a=sendonly" in hold.body
        callee.reply(200, body=AUDIO.replace("40000", "40004"), to=hold)
        assert b"40004" in (await caller.hear(200)).body
        caller.ask("ACK", cseq=caller.cseq)
        assert (await phone.hear("ACK")).header("CSeq") == hold.header("CSeq").replace("INVITE", "ACK")
        callee.ask("INFO", body="Signal=1", Content_Type="application/dtmf-relay", Contact=None)
        info = await caller.peer.hear("INFO")
        assert (info.body, info.header("Content-Type")) == (b"Signal=1", "application/dtmf-relay")
        Callee(caller.peer, info).reply(469, "", to=info)
        await phone.hear(469)
        caller.ask("REFER", Refer_To="<sip:1003@10.0.0.3>")
        refer = await phone.hear("REFER")
        assert refer.header("Refer-To") == "<sip:1003@10.0.0.3>"
        callee.reply(202, to=refer)
        await caller.hear(202)


@pytest.mark.conformance(78)
@virtual
async def test_second_reinvite_while_one_is_under_way_is_put_off_and_a_cancel_goes_across() -> None:
    async with a_house(B2BUA) as house:
        caller, phone, callee = await connect_bob(house)
        caller.invite()
        first = await phone.hear("INVITE")
        callee.reply(180, to=first)
        await caller.hear(180)
        callee.ask("INVITE", body=AUDIO)
        await phone.hear(491)
        caller.ask("CANCEL")
        cancel = await phone.hear("CANCEL")
        assert cancel.branch == first.branch
        callee.reply(200, to=cancel)
        callee.reply(487, to=first)
        await caller.hear(487)


@virtual
async def test_caller_that_gives_up_ends_the_ringing_by_cancel_or_by_bye() -> None:
    async with a_house(B2BUA) as house:
        for method in ("CANCEL", "BYE"):
            caller, phone, callee = await ring_bob(house)
            callee.reply(180)
            ringing_ = await caller.hear(180)
            caller.uri = ringing_.header("Contact").strip("<>") if method == "BYE" else caller.uri
            caller.ask(method)
            callee.reply(200, to=await phone.hear("CANCEL"))
            callee.reply(487)
            await caller.hear(487)
            await rest(1)
            assert legs_of(house) == 0
            phone.heard.clear()


@pytest.mark.conformance(73)
@virtual
async def test_second_answer_of_a_fork_is_hung_up() -> None:
    async with a_house(B2BUA) as house:
        phones = [await house.phone("1002") for _ in range(2)]
        caller = house.caller(await house.peer(name="1001"), "1002")
        caller.invite()
        callees = [await phone.expect_call() for phone in phones]
        for number, callee in enumerate(callees):
            callee.reply(200, f"phone{number}", AUDIO)
        await caller.hear(200)
        caller.ask("ACK")
        for phone in phones:
            await phone.hear("ACK")
        bye = await phones[1].hear("BYE")
        assert bye.to_tag == "phone1"
        callees[1].reply(200, to=bye)
        await rest(1)
        assert (caller.peer.count(200), phones[0].count("BYE"), legs_of(house)) == (1, 0, 2)


@virtual
async def test_requirement_that_can_not_go_across_is_refused_and_an_unknown_dialog_too() -> None:
    async with a_house(B2BUA) as house:
        await house.phone("1002")
        caller = house.caller(await house.peer(name="1001"), "1002")
        caller.invite(Require="gruu")
        assert (await caller.hear(420)).header("Unsupported") == "gruu"
        caller.ask("ACK", branch=caller.branch)
        stranger = house.caller(await house.peer(name="1009"), "1002")
        stranger.to_tag = "nothing"
        stranger.invite()
        await stranger.hear(481)


@virtual
async def test_low_cseq_within_a_call_is_refused() -> None:
    async with a_house(B2BUA) as house:
        caller, _, _ = await connect_bob(house)
        caller.ask("INFO", cseq=0)
        await caller.hear(500)


@virtual
async def test_request_that_the_other_side_never_answers_is_left_without_an_answer_too() -> None:
    async with a_house(B2BUA) as house:
        caller, phone, _ = await connect_bob(house)
        house.network.black_holes.add(phone.address)
        caller.ask("INFO")
        await rest(40)
        assert not [heard for heard in caller.peer.heard if "INFO" in heard.header("CSeq")]
        assert house.transactions == 0


@virtual
async def test_user_agents_talk_through_it() -> None:
    async with a_house(B2BUA) as house:
        alice, bob = await house.agent("1001"), await house.agent("1002")
        await house.register(await house.peer(), "1002", f"<{bob.agent.address}>")
        call = alice.call(house.uri("1002"))
        incoming = await bob.take()
        assert incoming.sip_call_id != call.sip_call_id
        incoming.ring()
        await ringing(call)
        incoming.answer()
        await connected(call, incoming)
        call.release()
        await disconnected(incoming)
        await rest(70)
        assert (house.transactions, legs_of(house)) == (0, 0)
