"""Subscriptions that share the dialog of a call. Source: RFC 6665 §4.5.2, RFC 5057 §4."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import CallEvent, Notified
from sipflow.testing.agents import Stage, connected_pair, hang_up, rest, virtual
from sipflow.testing.memory_peer import Callee, Heard, MemoryPeer
from sipflow.ua import OutgoingCall, Wish
from sipflow.ua.sending import send_request
from tests.ua.scenes import call_to_peer
from tests.ua.test_messages import want

ACTIVE = "active;expires=60"
OVER = "terminated;reason=noresource"


def told(call: OutgoingCall) -> list[tuple[str, str]]:
    """Package and state of what NOTIFYs have told on a call."""
    return [(event.package, event.state) for event in call.mailbox.history if isinstance(event, Notified)]


async def subscribe(peer: MemoryPeer, call: OutgoingCall, package: str, expires: str = "60") -> Heard:
    """Alice's SUBSCRIBE within her call, which has no answer yet."""
    send_request(call.agent, "SUBSCRIBE", "", (("Event", package), ("Expires", expires)), within=call)
    return await peer.hear("SUBSCRIBE")


async def notify(peer: MemoryPeer, callee: Callee, package: str, state: str = ACTIVE) -> int:
    """What a NOTIFY within the call is answered."""
    callee.ask("NOTIFY", Event=package, Subscription_State=state)
    await rest(0.1)
    return peer.heard[-1].status


@pytest.mark.conformance(104)
@virtual
async def test_notify_is_told_on_the_call_that_has_subscribed_also_after_its_end() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        assert await notify(peer, callee, "dialog") == 481
        request = await subscribe(peer, call, "dialog")
        assert await notify(peer, callee, "dialog") == 200  # before the SUBSCRIBE is answered: RFC 6665 §4.1.2.4
        callee.reply(200, to=request, Expires="60")
        assert await notify(peer, callee, "presence") == 481
        call.release()
        callee.reply(200, to=await peer.hear("BYE"))
        await call.ended.wait()
        assert await notify(peer, callee, "dialog") == 200
        assert await notify(peer, callee, "dialog", OVER) == 200
        assert await notify(peer, callee, "dialog") == 481
        assert told(call) == [("dialog", "active")] * 2 + [("dialog", "terminated")]


@pytest.mark.conformance(104)
@virtual
async def test_several_subscriptions_of_one_call_end_each_by_itself() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        for package in ("dialog;id=1", "dialog;id=2", "presence"):
            callee.reply(200, to=await subscribe(peer, call, package))
        assert await notify(peer, callee, "dialog;id=1", OVER) == 200
        assert [await notify(peer, callee, f"dialog;id={number}") for number in (1, 2)] == [481, 200]
        callee.reply(200, to=await subscribe(peer, call, "presence", "0"))
        assert await notify(peer, callee, "presence", OVER) == 200
        assert await notify(peer, callee, "presence", OVER) == 481
        assert call.is_live


@pytest.mark.parametrize("status", [403, 481, 489])
@virtual
async def test_refused_subscription_leaves_the_call_and_nothing_else(status: int) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        callee.reply(status, to=await subscribe(peer, call, "dialog"))
        await rest(0.1)
        assert call.is_live
        assert len(call.agent.requests.subscriptions) == 0


@pytest.mark.conformance(68, 104)
@virtual
async def test_notify_within_a_call_with_a_lower_number_gets_500() -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        callee.reply(200, to=await subscribe(peer, call, "dialog"))
        assert await notify(peer, callee, "dialog") == 200
        callee.ask("NOTIFY", cseq=1, Event="dialog", Subscription_State=ACTIVE)
        assert (await peer.hear(500)).status == 500


@pytest.mark.conformance(104)
@virtual
async def test_both_ends_of_a_call_may_subscribe_to_the_same() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        want(alice, Wish.SEEN, "SUBSCRIBE")
        want(bob, Wish.SEEN, "SUBSCRIBE")
        outgoing, incoming = await connected_pair(alice, bob)
        event = (("Event", "dialog"),)
        for party, call in ((alice, outgoing), (bob, incoming)):
            await send_request(party.agent, "SUBSCRIBE", "", (*event, ("Expires", "30")), within=call).done.wait()
        for party, call in ((alice, outgoing), (bob, incoming)):
            sent = send_request(party.agent, "NOTIFY", "", event, within=call)
            await sent.done.wait()
            assert sent.response is not None
            assert sent.response.status == 200
            assert (party.sent("NOTIFY")[-1].header("Subscription-State") or "").startswith("active;expires=")
            other = incoming if call is outgoing else outgoing
            await other.mailbox.wait(_is_notified)
        await rest(31)
        assert [len(party.sent("NOTIFY")) for party in (alice, bob)] == [2, 2]  # each is told that its time is up
        assert [len(party.agent.requests.subscriptions) for party in (alice, bob)] == [0, 0]
        await hang_up(outgoing)


def _is_notified(event: CallEvent) -> bool:
    return isinstance(event, Notified)
