"""One INVITE with several answers: early dialogs, forked 2xx, and peers that make too many of them."""

from __future__ import annotations

import re

import pytest

from sipflow.base.call_events import Cause, Connected, Disconnected, Progressed
from sipflow.testing.agents import Stage, connected, disconnected, happens, rest, virtual
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from sipflow.ua.answers import MAX_FORKS
from sipflow.ua.mailbox import MAX_EVENTS
from sipflow.ua.sending import send_request
from tests.ua.scenes import let_alice_call, meet_bob

MOVED = "<sip:moved@{}>"


@pytest.mark.conformance(66)
@virtual
async def test_every_to_tag_of_a_provisional_is_an_early_dialog() -> None:
    async with Stage() as stage:
        _, _, call, callee = await let_alice_call(stage)
        callee.reply(100, tag="")
        callee.reply(180, tag="desk")
        callee.reply(180, tag="mobile")
        await happens(call, Progressed)
        await happens(call, Progressed)
        assert [dialog.remote_tag for dialog in call.dialogs()] == ["desk", "mobile"]
        assert call.dialog is None
        callee.reply(200, tag="mobile", body=AUDIO)
        await connected(call)
        assert call.dialog is not None
        assert call.dialog.remote_tag == "mobile"


@pytest.mark.conformance(66)
@virtual
async def test_request_of_an_answered_call_goes_to_who_answered_while_another_still_rings() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, tag="desk")
        callee.reply(180, tag="mobile")
        callee.reply(200, tag="desk", body=AUDIO)
        await connected(call)
        send_request(alice.agent, "INFO", "", within=call)
        assert (await peer.hear("INFO")).to_tag == "desk"


@pytest.mark.conformance(66)
@virtual
async def test_success_with_a_new_to_tag_is_another_dialog() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, tag="desk")
        callee.reply(200, tag="voicemail", body=AUDIO)
        ack = await peer.hear("ACK")
        assert ack.to_tag == "voicemail"
        assert ack.start_line == f"ACK sip:voicemail@{peer.address} SIP/2.0"
        await connected(call)
        call.release()
        assert (await peer.hear("BYE")).to_tag == "voicemail"


@pytest.mark.conformance(66)
@virtual
async def test_requests_within_every_early_dialog_are_answered() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, tag="desk")
        callee.reply(180, tag="mobile")
        await happens(call, Progressed)
        for tag in ("desk", "mobile"):
            callee.ask("OPTIONS", tag)
            await peer.hear(200)
        callee.ask("OPTIONS", "unknown")
        await peer.hear(481)
        assert call.state is CallState.PROCEEDING


@pytest.mark.conformance(73)
@virtual
async def test_every_forked_success_is_acknowledged_and_all_but_the_first_are_hung_up() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        for tag in ("one", "two", "three"):
            callee.reply(200, tag=tag, body=AUDIO)
        assert {(await peer.hear("ACK")).to_tag for _ in range(3)} == {"one", "two", "three"}
        byes = [await peer.hear("BYE") for _ in range(2)]
        assert {bye.to_tag for bye in byes} == {"two", "three"}
        assert {bye.start_line.split()[1] for bye in byes} == {f"sip:{tag}@{peer.address}" for tag in ("two", "three")}
        assert {bye.header("CSeq") for bye in byes} == {"2 BYE"}
        for bye in byes:
            callee.reply(200, to=bye)
        await connected(call)
        assert call.state is CallState.CONFIRMED
        call.release()
        assert (await peer.hear("BYE")).to_tag == "one"


@pytest.mark.conformance(29, 73)
@virtual
async def test_repeated_forked_success_is_acknowledged_again_and_hung_up_once() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, tag="one", body=AUDIO)
        await connected(call)
        for _ in range(3):
            callee.reply(200, tag="two", body=AUDIO)
            await rest(0.1)
        assert (peer.count("ACK"), peer.count("BYE")) == (4, 1)


@pytest.mark.conformance(73)
@virtual
async def test_forked_success_after_the_end_of_the_call_is_hung_up() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, tag="one", body=AUDIO)
        await connected(call)
        call.release()
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()
        callee.reply(200, tag="late", body=AUDIO)
        assert (await peer.hear("BYE")).to_tag == "late"


@virtual
async def test_bye_of_one_early_dialog_leaves_the_call_to_the_others() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, tag="one")
        callee.reply(180, tag="two")
        await happens(call, Progressed)
        callee.ask("BYE", "one")
        await peer.hear(200)
        callee.ask("BYE", "one")
        await peer.hear(481)
        callee.reply(200, tag="two", body=AUDIO)
        await connected(call)


@virtual
async def test_bye_of_a_loser_leaves_the_call_to_the_winner() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, tag="one")
        callee.reply(180, tag="two")
        callee.reply(200, tag="two", body=AUDIO)
        await connected(call)
        callee.reply(200, tag="one", body=AUDIO)
        await peer.hear("BYE")
        callee.ask("BYE", "one")
        await peer.hear(200)
        await rest(1)
        assert call.state is CallState.CONFIRMED
        callee.ask("BYE", "two")
        assert (await disconnected(call)).cause is Cause.BYE


@virtual
async def test_early_answer_counts_where_the_success_has_none() -> None:
    async with Stage() as stage:
        _, _, call, callee = await let_alice_call(stage)
        callee.reply(183, body=AUDIO)
        callee.reply(200, body="hello", Content_Type="text/plain")
        await connected(call)


@virtual
async def test_early_answer_of_another_fork_does_not_count() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(183, tag="one", body=AUDIO)
        callee.reply(200, tag="two")
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.REJECTED, 488)
        await peer.hear("ACK")
        await peer.hear("BYE")


@pytest.mark.conformance(42)
@virtual
async def test_flood_of_forks_makes_a_bounded_number_of_dialogs() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        for number in range(500):
            callee.reply(180, tag=f"e{number}")
        await rest(1)
        assert len(call.dialogs()) == MAX_FORKS
        for number in range(500):
            callee.reply(200, tag=f"w{number}", body=AUDIO)
        await connected(call)
        await rest(0.1)
        assert peer.count("ACK") == MAX_FORKS
        assert len({message.to_tag for message in peer.heard if message.is_a("BYE")}) == MAX_FORKS - 1
        assert len(alice.agent.layer) <= MAX_FORKS


@virtual
async def test_flood_of_provisionals_neither_fills_memory_nor_hides_the_end() -> None:
    async with Stage() as stage:
        _, _, call, callee = await let_alice_call(stage)
        for _ in range(MAX_EVENTS + 500):
            callee.reply(180)
        await rest(1)
        assert len(call.mailbox.history) == MAX_EVENTS
        callee.reply(200, body=AUDIO)
        await happens(call, Connected)
        callee.ask("BYE")
        await happens(call, Disconnected)


@pytest.mark.parametrize("tag", ["x" * 500, "a=b", '"quoted"', "%41", "-.!%*_+`'~", "1;x=y"], ids=lambda tag: tag[:12])
@virtual
async def test_odd_to_tags_are_kept_as_they_are(tag: str) -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, tag=tag, body=AUDIO, Contact=f"<{peer.uri}>")
        await rest(1)
        if call.state is CallState.CONFIRMED:
            assert (await peer.hear("ACK")).to_tag == tag
            callee.ask("BYE", tag, Contact=f"<{peer.uri}>")
            await peer.hear(200)
        else:
            assert peer.count("ACK") == 0


@virtual
async def test_success_without_a_to_tag_or_contact_is_a_call_all_the_same() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, tag="", body=AUDIO, Contact=None)
        await connected(call)
        ack = await peer.hear("ACK")
        assert ack.start_line == f"ACK {peer.uri} SIP/2.0"
        call.release()
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()


@pytest.mark.parametrize("contact", ["<>", "*", "<sip:bob@127.0.0.1:99999>"])
@virtual
async def test_answer_with_a_contact_that_cannot_be_read_is_acknowledged_and_hung_up(contact: str) -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO, Contact=contact)
        event = await disconnected(call)
        assert (event.cause, str(event.reason)) == (Cause.REJECTED, "the Contact of the 200 can't be read")
        assert (await peer.hear("ACK")).start_line == f"ACK {peer.uri} SIP/2.0"
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()


@pytest.mark.parametrize(
    "contact",
    [
        "<sips:bob@h;transport=udp>",
        "<sip:bob@127.0.0.1;transport=sctp>",
        "<tel:+1234>",
        "<mailto:bob@example.com>",
    ],
)
@pytest.mark.conformance(73)
@virtual
async def test_answer_from_where_nobody_can_be_reached_is_acknowledged_and_hung_up(contact: str) -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(180, Contact=contact)
        callee.reply(200, body=AUDIO, Contact=contact)
        event = await disconnected(call)
        assert event.cause is Cause.TRANSPORT
        assert re.search("no transport of ours|can't be secured", str(event.reason))
        assert (await peer.hear("ACK")).start_line == f"ACK {contact[1:-1]} SIP/2.0"
        callee.reply(200, body=AUDIO, Contact=contact)
        await rest(0.1)
        assert peer.count("ACK") == 2
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()


@pytest.mark.conformance(73)
@virtual
async def test_answer_from_a_host_of_unknown_name_is_acknowledged_and_hung_up() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO, Contact="<sip:bob@nowhere.example>")
        event = await disconnected(call)
        reason = "the Contact of the 200 can't be reached: nowhere.example: name or service not known"
        assert (event.cause, str(event.reason)) == (Cause.TRANSPORT, reason)
        assert (await peer.hear("ACK")).start_line == "ACK sip:bob@nowhere.example SIP/2.0"
        callee.reply(200, to=await peer.hear("BYE"))
        callee.reply(200, body=AUDIO, Contact="<sip:bob@nowhere.example>")
        await call.ended.wait()
        await rest(0.1)
        assert peer.count("ACK") == 2
        assert not any(str(event).startswith("connected") for event in call.mailbox.history)
        assert {seen.flow.remote for seen in alice.log if seen.direction == "sent"} == {peer.address}


@pytest.mark.parametrize("ends", ["peer", "us"])
@virtual
async def test_answer_from_a_host_of_known_name_stands_once_its_ack_is_sent(ends: str) -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        stage.network.resolver.hosts["bob.example"] = ["127.0.0.1"]
        callee.reply(200, body=AUDIO, Contact=f"<sip:bob@bob.example:{peer.address.port}>")
        await connected(call)
        await peer.hear("ACK")
        if ends == "peer":
            callee.ask("BYE")
            await disconnected(call)
        else:
            call.release()
            callee.reply(200, to=await peer.hear("BYE"))
            await call.ended.wait()


@virtual
async def test_caller_of_unknown_name_is_hung_up_the_way_it_called() -> None:
    async with Stage() as stage:
        _, peer, caller = await meet_bob(stage)
        caller.invite(AUDIO, Contact="<sip:alice@nowhere.example>")
        incoming = await stage.parties[0].take()
        incoming.answer()
        await caller.hear(200)
        caller.ask("ACK")
        await connected(incoming)
        incoming.release()
        assert (await peer.hear("BYE")).start_line == "BYE sip:alice@nowhere.example SIP/2.0"


@virtual
async def test_fork_that_answers_late_from_out_of_reach_is_hung_up_too() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, tag="one", body=AUDIO)
        await connected(call)
        callee.reply(200, tag="two", body=AUDIO, Contact="<sip:bob@127.0.0.1;transport=sctp>")
        bye = await peer.hear("BYE")
        assert (peer.count("ACK"), bye.to_tag) == (2, "two")
        callee.reply(200, to=bye)
        await rest(0.1)
        assert call.is_live


@pytest.mark.conformance(67)
@virtual
async def test_header_fields_of_a_contact_do_not_get_into_the_request_uri() -> None:
    async with Stage() as stage:
        _, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO, Contact=f"<sip:b@{peer.address};x=1?Subject=hi>")
        await connected(call)
        assert (await peer.hear("ACK")).start_line == f"ACK sip:b@{peer.address};x=1 SIP/2.0"
