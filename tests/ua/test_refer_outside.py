"""REFER outside of any call, and by hand within one: its subscription, and what is told of it. Source: RFC 3515 §2."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Notified
from sipflow.testing.agents import Stage, connected_pair, hang_up, rest, virtual
from sipflow.testing.memory_peer import Callee, Heard, MemoryPeer
from sipflow.ua import HeldRequest, Wish
from sipflow.ua.mailbox import MAX_EVENTS, Mailbox
from sipflow.ua.sending import send_request
from tests.ua.scenes import call_to_peer, meet_bob
from tests.ua.test_messages import take, want

SIPFRAG = "message/sipfrag;version=2.0"
TO_CAROL = (("Refer-To", "<sip:carol@192.0.2.9>"),)


def told(box: Mailbox) -> list[tuple[int, str]]:
    return [(event.status, event.state) for event in box.history if isinstance(event, Notified)]


async def refer_peer(stage: Stage, **answer: str) -> tuple[Mailbox, MemoryPeer, Callee, Heard]:
    """Alice's REFER to a peer, which has accepted it."""
    alice, peer = await stage.agent("alice"), await stage.peer()
    sent = send_request(alice.agent, "REFER", peer.uri, TO_CAROL)
    refer = await peer.hear("REFER")
    callee = Callee(peer, refer)
    callee.reply(202, to=refer, **answer)
    await sent.done.wait()
    return alice.agent.requests.outside, peer, callee, refer


@pytest.mark.conformance(97)
@pytest.mark.parametrize("event_id", ["", ";id=1"], ids=["without-id", "with-the-cseq"])
@virtual
async def test_outcome_is_told_until_the_subscription_ends(event_id: str) -> None:
    async with Stage() as stage:
        box, peer, callee, refer = await refer_peer(stage)
        assert refer.header("Contact")
        event = f"refer{event_id}"
        active, over = "active;expires=60", "terminated;reason=noresource"
        for status, state in (("100 Trying", active), ("200 OK", over)):
            callee.ask(
                "NOTIFY", body=f"SIP/2.0 {status}\r\n", Event=event, Subscription_State=state, Content_Type=SIPFRAG
            )
            await peer.hear(200)
        assert told(box) == [(100, "active"), (200, "terminated")]
        callee.ask("NOTIFY", body="SIP/2.0 200 OK\r\n", Event=event, Subscription_State=over, Content_Type=SIPFRAG)
        await peer.hear(481)


@pytest.mark.conformance(97, 104)
@virtual
async def test_notify_of_another_event_or_refer_belongs_to_nothing() -> None:
    async with Stage() as stage:
        box, peer, callee, _ = await refer_peer(stage)
        for event in ("refer;id=7", "presence"):
            callee.ask("NOTIFY", Event=event, Subscription_State="active")
            await peer.hear(481)
        assert told(box) == []


@pytest.mark.conformance(102)
@virtual
async def test_silent_refer_begins_no_subscription() -> None:
    async with Stage() as stage:
        _, peer, callee, _ = await refer_peer(stage, Refer_Sub="false")
        callee.ask("NOTIFY", Event="refer", Subscription_State="active")
        await peer.hear(481)
        bob, _, caller = await meet_bob(stage)
        want(bob, Wish.SEEN, "REFER")
        caller.ask("REFER", Refer_To="<sip:carol@192.0.2.9>", Refer_Sub="false")
        assert (await caller.hear(202)).header("Refer-Sub") == "false"
        assert len(bob.agent.requests.subscriptions) == 0


@pytest.mark.conformance(96, 97)
@virtual
async def test_scenario_that_waits_for_a_refer_has_it_and_tells_of_it() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        want(bob, Wish.HELD, "REFER")
        sent = send_request(alice.agent, "REFER", bob.uri, TO_CAROL)
        held = await take(bob.agent.requests.outside, "REFER")
        assert isinstance(held, HeldRequest)
        held.answer(202)
        await sent.done.wait()
        final = (("Event", "refer"), ("Subscription-State", "terminated;reason=noresource"), ("Content-Type", SIPFRAG))
        for headers, body in ((final[:1], b""), (final, b"SIP/2.0 603 Decline\r\n")):
            notify = send_request(bob.agent, "NOTIFY", "", headers, body)
            await notify.done.wait()
            assert notify.response is not None
            assert notify.response.status == 200
        assert told(alice.agent.requests.outside) == [(0, "active"), (603, "terminated")]
        assert [len(party.agent.requests.subscriptions) for party in (alice, bob)] == [0, 0]


@pytest.mark.conformance(97)
@virtual
async def test_scenario_that_tells_nothing_lets_the_subscription_end_with_its_time() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        want(bob, Wish.SEEN, "REFER")
        caller.ask("REFER", Refer_To="<sip:carol@192.0.2.9>", Expires="5")
        caller.to_tag = (await caller.hear(202)).to_tag
        last = await caller.hear("NOTIFY", limit_s=6)
        caller.reply(200, to=last)
        assert last.header("Subscription-State") == "terminated;reason=timeout"
        assert (last.header("Content-Type"), last.body) == (SIPFRAG, b"SIP/2.0 100 Trying\r\n")


@pytest.mark.conformance(96)
@pytest.mark.parametrize("targets", [None, "<sip:a@h>, <sip:b@h>"], ids=["none", "two"])
@virtual
async def test_refer_without_one_target_is_refused_where_the_stack_answers(targets: str | None) -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        want(bob, Wish.SEEN, "REFER")
        caller.ask("REFER", Refer_To=targets)
        await caller.hear(400)
        assert bob.agent.requests.outside.history == []


@pytest.mark.conformance(97)
@virtual
async def test_refer_by_hand_within_a_call_is_told_of_on_the_call() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        carol = await stage.agent("carol")
        call, _ = await connected_pair(alice, bob)
        send_request(alice.agent, "REFER", "", (("Refer-To", f"<{carol.uri}>"),), within=call)
        (await carol.take()).reject(486)
        await rest(1)
        assert told(call.mailbox) == [(100, "active"), (486, "terminated")]
        assert (len(alice.sent(200)), alice.sent(481)) == (2, [])
        await hang_up(call)


@virtual
async def test_flood_of_notifications_fills_no_more_than_a_box() -> None:
    async with Stage() as stage:
        _, callee, call = await call_to_peer(stage)
        call.transfer("<sip:carol@192.0.2.9>")
        for _ in range(MAX_EVENTS + 20):
            callee.ask(
                "NOTIFY",
                body="SIP/2.0 100 Trying\r\n",
                Event="refer",
                Subscription_State="active",
                Content_Type=SIPFRAG,
            )
        await rest(1)
        assert len(call.mailbox.history) == MAX_EVENTS
