"""Peers without end: what one call may cost us, in memory and in messages to wherever a peer says."""

from __future__ import annotations

import pytest

from sipflow.sip.retry import MAX_TRIES
from sipflow.testing.agents import Stage, held_by, rest, virtual
from sipflow.testing.memory_peer import Callee
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import Credentials, Wish
from sipflow.ua.answers import MAX_FORKS
from sipflow.ua.early_dialog import MAX_RELIABLE
from sipflow.ua.mailbox import MAX_EVENTS
from sipflow.ua.sending import send_request
from sipflow.ua.subscriptions import MAX_SUBSCRIPTIONS
from tests.ua.descriptions import audio
from tests.ua.scenes import call_to_peer, let_alice_call
from tests.ua.test_messages import want


@pytest.mark.conformance(66, 73)
@virtual
async def test_thousand_to_tags_of_one_invite_make_a_few_dialogs() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        for number in range(1000):
            callee.reply(180, tag=f"early{number}")
        await rest(1)
        assert len(alice.agent.dialogs) == MAX_FORKS
        for number in range(1000):
            callee.reply(200, tag=f"answer{number}", body=AUDIO)
        await rest(0.3)
        assert len(alice.sent("ACK")) == MAX_FORKS
        assert peer.count("BYE") == MAX_FORKS - 1
        await rest(70)
        assert call.is_live
        assert held_by(alice.agent) == {"calls": 1, "dialogs": 1}


@pytest.mark.conformance(87)
@virtual
async def test_endless_reliable_provisionals_get_so_many_pracks_and_no_more() -> None:
    async with Stage() as stage:
        alice, _, _, callee = await let_alice_call(stage)
        for number in range(1, 500):
            callee.reply(183, Require="100rel", RSeq=str(number))
        await rest(0.3)
        assert len(alice.sent("PRACK")) == MAX_RELIABLE


@virtual
async def test_session_that_is_held_and_resumed_without_end_fills_no_more_than_a_box() -> None:
    async with Stage() as stage:
        _, callee, call = await call_to_peer(stage)
        for number in range(MAX_EVENTS + 100):
            callee.ask("UPDATE", body=audio("sendonly" if number % 2 else "sendrecv", number + 2))
        await rest(1)
        assert len(call.mailbox.history) == MAX_EVENTS


@pytest.mark.conformance(50)
@virtual
async def test_challenges_and_redirections_without_end_are_followed_a_few_times() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice", credentials=Credentials(user="a", password="p")), await stage.peer()
        call = alice.agent.call(peer.uri, follow_redirects=True)
        while call.is_live:
            callee = await peer.expect_call()
            number = peer.count("INVITE")
            if number % 2:
                callee.reply(401, WWW_Authenticate=f'Digest realm="r", nonce="{number}", stale=true')
            else:
                callee.reply(302, Contact=f"<sip:x{number}@{peer.address}>")
            await rest(0.1)
        assert peer.count("INVITE") <= MAX_TRIES + 1
        sent = send_request(alice.agent, "OPTIONS", peer.uri)
        while not sent.done.is_set:
            request = await peer.hear("OPTIONS")
            challenge = f'Digest realm="r", nonce="{peer.count("OPTIONS")}", stale=true'
            Callee(peer, request).reply(401, to=request, WWW_Authenticate=challenge)
            await rest(0.1)
        assert peer.count("OPTIONS") <= MAX_TRIES + 1


@pytest.mark.conformance(104)
@virtual
async def test_subscription_too_many_is_refused() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        want(stage.parties[0], Wish.SEEN, "SUBSCRIBE")
        for number in range(MAX_SUBSCRIPTIONS + 1):
            callee.ask("SUBSCRIBE", Event=f"dialog;id={number}")
        refusal = await peer.hear(503)
        assert refusal.header("Retry-After")
        assert len(call.agent.requests.subscriptions) == MAX_SUBSCRIPTIONS


@pytest.mark.conformance(104)
@virtual
async def test_subscription_that_is_prolonged_without_end_keeps_one_timer() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        send_request(call.agent, "SUBSCRIBE", "", (("Event", "dialog"), ("Expires", "100")), within=call)
        callee.reply(200, to=await peer.hear("SUBSCRIBE"), Expires="100")
        for number in range(500):
            callee.ask("NOTIFY", Event="dialog", Subscription_State=f"active;expires={100_000 + number}")
        await rest(40)
        assert held_by(call.agent)["timers"] <= 2
        await rest(40)
        callee.ask("NOTIFY", Event="dialog", Subscription_State="active;expires=5")
        await rest(5 + 32 - 1)
        assert len(call.agent.requests.subscriptions) == 1
        await rest(2)
        assert len(call.agent.requests.subscriptions) == 0
