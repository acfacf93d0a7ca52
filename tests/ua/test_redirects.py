"""Calls that are sent elsewhere by a 3xx. Source: RFC 3261 §8.1.3.4."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Disconnected
from sipflow.sip.retry import MAX_TRIES
from sipflow.testing.agents import Party, Stage, connected, disconnected, ringing, virtual
from sipflow.testing.memory_peer import Heard, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState, OutgoingCall


async def redirect_alice(
    stage: Stage, follow: bool = True
) -> tuple[Party, MemoryPeer, MemoryPeer, OutgoingCall, Heard]:
    """Alice, whose call to one peer was redirected to another."""
    alice, first, second = await stage.agent("alice"), await stage.peer(), await stage.peer(name="other")
    call = alice.agent.call(first.uri, follow_redirects=follow)
    callee = await first.expect_call()
    callee.reply(302, Contact=f"<{second.uri}>")
    return alice, first, second, call, callee.invite


@pytest.mark.conformance(43, 2, 23)
@virtual
async def test_redirected_invite_has_a_new_branch_and_the_next_cseq_and_keeps_the_rest() -> None:
    async with Stage() as stage:
        _, first, second, call, invite = await redirect_alice(stage)
        ack = await first.hear("ACK")
        callee = await second.expect_call()
        again = callee.invite
        assert again.start_line == f"INVITE {second.uri} SIP/2.0"
        assert again.branch != invite.branch == ack.branch
        assert [again.header(name) for name in ("Call-ID", "From", "To")] == [
            invite.header(name) for name in ("Call-ID", "From", "To")
        ]
        assert (invite.header("CSeq"), again.header("CSeq")) == ("1 INVITE", "2 INVITE")
        assert again.body == invite.body
        callee.reply(200, body=AUDIO)
        await connected(call)
        assert (await second.hear("ACK")).header("CSeq") == "2 ACK"
        call.release()
        bye = await second.hear("BYE")
        assert bye.header("CSeq") == "3 BYE"
        callee.reply(200, to=bye)
        await call.ended.wait()


@pytest.mark.conformance(43, 71)
@virtual
async def test_cancel_goes_where_the_redirected_invite_went() -> None:
    async with Stage() as stage:
        alice, first, second, call, _ = await redirect_alice(stage)
        callee = await second.expect_call()
        assert call.state is CallState.CALLING
        callee.reply(180)
        await ringing(call)
        call.release()
        cancel = await second.hear("CANCEL")
        assert cancel.header("CSeq") == "2 CANCEL"
        assert cancel.branch == callee.invite.branch
        callee.reply(200, to=cancel)
        callee.reply(487)
        await call.ended.wait()
        assert first.count("CANCEL") == 0
        assert not alice.agent.calls


@pytest.mark.conformance(43)
@virtual
async def test_redirection_ends_a_call_that_follows_none() -> None:
    async with Stage() as stage:
        _, _, second, call, _ = await redirect_alice(stage, follow=False)
        assert (await disconnected(call)).status == 302
        assert not second.heard


@pytest.mark.conformance(43)
@virtual
async def test_redirection_in_a_circle_ends_the_call() -> None:
    async with Stage() as stage:
        _, first, second, call, _ = await redirect_alice(stage)
        callee = await second.expect_call()
        callee.reply(301, Contact=f"<{first.uri}>")
        event = await disconnected(call)
        assert (event.status, str(event.reason)) == (301, "Because (it names no new SIP target)")
        assert first.count("INVITE") == 1


@virtual
async def test_redirection_without_end_is_given_up() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.agent.call(peer.uri, follow_redirects=True)
        for number in range(MAX_TRIES + 1):
            callee = await peer.expect_call()
            callee.reply(302, Contact=f"<sip:{number}@{peer.address}>")
        assert (await disconnected(call)).status == 302
        assert peer.count("INVITE") == MAX_TRIES + 1


@pytest.mark.conformance(43)
@virtual
async def test_next_target_is_called_where_the_one_before_cannot_be_reached_or_refuses() -> None:
    async with Stage() as stage:
        alice, first, second = await stage.agent("alice"), await stage.peer(), await stage.peer(name="other")
        call = alice.agent.call(first.uri, follow_redirects=True)
        callee = await first.expect_call()
        busy = f"<sip:busy@{second.address}>;q=0.8"
        callee.reply(300, Contact=f"<sip:x@{second.address};transport=sctp>;q=0.9, {busy}, <{second.uri}>;q=0.5")
        callee = await second.expect_call()
        assert callee.invite.start_line.startswith("INVITE sip:busy@")
        callee.reply(486)
        callee = await second.expect_call()
        callee.reply(200, body=AUDIO)
        await connected(call)
        call.release()
        callee.reply(200, to=await second.hear("BYE"))
        await call.ended.wait()


@pytest.mark.conformance(43)
@virtual
async def test_early_dialogs_of_a_redirected_invite_are_over() -> None:
    async with Stage() as stage:
        alice, first, second = await stage.agent("alice"), await stage.peer(), await stage.peer(name="other")
        call = alice.agent.call(first.uri, follow_redirects=True)
        callee = await first.expect_call()
        callee.reply(180)
        await ringing(call)
        callee.reply(302, Contact=f"<{second.uri}>")
        other = await second.expect_call()
        assert (call.dialogs(), call.state) == ([], CallState.CALLING)
        callee.ask("BYE")
        await first.hear(481)
        other.reply(486)
        await disconnected(call)


@virtual
async def test_call_that_was_given_up_is_not_redirected() -> None:
    async with Stage() as stage:
        alice, first, second = await stage.agent("alice"), await stage.peer(), await stage.peer(name="other")
        call = alice.agent.call(first.uri, follow_redirects=True)
        callee = await first.expect_call()
        callee.reply(180)
        await ringing(call)
        call.release()
        callee.reply(200, to=await first.hear("CANCEL"))
        callee.reply(302, Contact=f"<{second.uri}>")
        await call.ended.wait()
        assert not second.heard
        assert not [event for event in call.mailbox.history if isinstance(event, Disconnected)]
