"""Transfers: REFER asked for and followed, and what is told of them. Source: RFC 3515, RFC 5589, RFC 4488, RFC 3892."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import Cause, Notified, Transferred
from sipflow.base.errors import LocalProtocolError
from sipflow.sip.refer import refer_to
from sipflow.sip.replaces import Replaces
from sipflow.sip.sipfrag import read_status
from sipflow.testing.agents import (
    Party,
    Stage,
    connected_pair,
    disconnected,
    happens,
    rest,
    ringing,
    virtual,
)
from sipflow.testing.memory_peer import Heard
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState
from tests.ua.scenes import call_to_peer, connect_to_bob, meet_bob

FRAGMENT = "message/sipfrag;version=2.0"


def told(party: Party) -> list[tuple[int, str]]:
    """Status and subscription state of every NOTIFY that a party has sent."""
    notifies = [seen.message for seen in party.log if seen.direction == "sent" and seen.is_a("NOTIFY")]
    return [(read_status(one.body)[0], one.header("Subscription-State") or "") for one in notifies]


def fragment(heard: Heard) -> tuple[int, str]:
    return read_status(heard.body)[0], heard.header("Subscription-State") or ""


# What we ask for


@pytest.mark.conformance(96, 97, 99, 103)
@virtual
async def test_transferee_calls_the_target_and_tells_of_it_in_order() -> None:
    async with Stage() as stage:
        alice, bob, carol = [await stage.agent(name) for name in ("alice", "bob", "carol")]
        outgoing, incoming = await connected_pair(alice, bob)
        transfer = outgoing.transfer(refer_to(carol.uri))
        new = await carol.take()
        new.ring()
        new.answer()
        await transfer.done.wait()
        await happens(incoming, Transferred)
        assert (transfer.status, transfer.is_refused, outgoing.state) == (200, False, CallState.CONFIRMED)
        active, over = "active;expires=180", "terminated;reason=noresource"
        assert told(bob) == [(100, active), (180, active), (200, over)]
        assert [str(event) for event in outgoing.mailbox.untaken] == [
            *("notified (100 Trying)", "notified (180 Ringing)", "notified (200 OK)")
        ]
        refer = alice.sent("REFER")[0]
        assert alice.received(202)[0].cseq_method == "REFER"
        assert refer.header("Referred-By") == f"<{alice.agent.address}>"
        assert bob.sent("INVITE")[0].header("Referred-By") == refer.header("Referred-By")
        assert {one.header("Event") for one in bob.sent("NOTIFY")} == {"refer"}
        outgoing.release()
        assert (await disconnected(incoming)).cause is Cause.BYE
        assert new.is_live
        new.release()
        await new.ended.wait()
        await rest(1)


@pytest.mark.conformance(99)
@pytest.mark.parametrize("status", [486, 603, 404])
@virtual
async def test_refused_target_leaves_the_call_as_it_was(status: int) -> None:
    async with Stage() as stage:
        alice, bob, carol = [await stage.agent(name) for name in ("alice", "bob", "carol")]
        outgoing, incoming = await connected_pair(alice, bob)
        transfer = outgoing.transfer(refer_to(carol.uri))
        (await carol.take()).reject(status)
        await transfer.done.wait()
        assert (transfer.status, transfer.is_refused) == (status, True)
        assert (outgoing.state, incoming.state) == (CallState.CONFIRMED, CallState.CONFIRMED)
        assert not [event for event in incoming.mailbox.history if isinstance(event, Transferred)]


@pytest.mark.conformance(97)
@virtual
async def test_second_refer_of_a_dialog_is_told_of_by_its_number() -> None:
    async with Stage() as stage:
        alice, bob, carol = [await stage.agent(name) for name in ("alice", "bob", "carol")]
        outgoing, _ = await connected_pair(alice, bob)
        first = outgoing.transfer(refer_to(carol.uri))
        second = outgoing.transfer(refer_to(carol.uri))
        (await carol.take()).reject(486)
        (await carol.take()).reject(603)
        await first.done.wait()
        await second.done.wait()
        assert (first.status, second.status) == (486, 603)
        number = alice.sent("REFER")[1].cseq
        assert {one.header("Event") for one in bob.sent("NOTIFY")} == {"refer", f"refer;id={number}"}


@pytest.mark.conformance(102)
@virtual
async def test_transfer_without_word_ends_when_it_is_accepted() -> None:
    async with Stage() as stage:
        alice, bob, carol = [await stage.agent(name) for name in ("alice", "bob", "carol")]
        outgoing, incoming = await connected_pair(alice, bob)
        transfer = outgoing.transfer(refer_to(carol.uri), subscribes=False)
        await transfer.done.wait()
        (await carol.take()).answer()
        await happens(incoming, Transferred)
        assert transfer.status == 202
        assert alice.sent("REFER")[0].header("Refer-Sub") == alice.received(202)[0].header("Refer-Sub") == "false"
        assert bob.sent("NOTIFY") == []


@pytest.mark.conformance(96)
@virtual
async def test_notify_may_come_before_the_refer_is_answered() -> None:
    async with Stage() as stage:
        _, callee, call = await call_to_peer(stage)
        transfer = call.transfer(refer_to("sip:carol@127.0.0.1:5999"))
        refer = await callee.peer.hear("REFER")
        callee.ask(
            "NOTIFY", body="SIP/2.0 200 OK", Event="refer", Subscription_State="terminated", Content_Type=FRAGMENT
        )
        await callee.peer.hear(200)
        await transfer.done.wait()
        assert transfer.status == 200
        callee.reply(202, to=refer)
        await rest(1)


@pytest.mark.conformance(96)
@pytest.mark.parametrize("status", [403, 405, 501])
@virtual
async def test_peer_that_does_not_transfer_is_told_by_its_status(status: int) -> None:
    async with Stage() as stage:
        peer, callee, call = await call_to_peer(stage)
        transfer = call.transfer(refer_to("sip:carol@127.0.0.1:5999"))
        callee.reply(status, to=await peer.hear("REFER"))
        await transfer.done.wait()
        assert (transfer.status, transfer.is_refused, call.state) == (status, True, CallState.CONFIRMED)


@virtual
async def test_subscription_that_ends_without_an_outcome_is_no_success() -> None:
    async with Stage() as stage:
        _, callee, call = await call_to_peer(stage)
        transfer = call.transfer(refer_to("sip:carol@127.0.0.1:5999"))
        callee.ask("NOTIFY", body="SIP/2.0 180 Ringing", Event="refer", Subscription_State="terminated;reason=timeout",
                   Content_Type=FRAGMENT)  # fmt: skip
        await transfer.done.wait()
        assert (transfer.status, transfer.is_refused) == (0, True)
        assert "180 Ringing" in str(transfer.reason)


@virtual
async def test_call_that_ends_ends_its_transfer() -> None:
    async with Stage() as stage:
        _, callee, call = await call_to_peer(stage)
        transfer = call.transfer(refer_to("sip:carol@127.0.0.1:5999"))
        callee.ask("BYE")
        await disconnected(call)
        await transfer.done.wait()
        assert transfer.is_refused
        with pytest.raises(LocalProtocolError, match="ended"):
            call.transfer(refer_to("sip:carol@127.0.0.1:5999"))


@pytest.mark.conformance(104)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Event": "presence", "Subscription_State": "active", "Content_Type": FRAGMENT}, 481),
        ({"Event": "refer;id=999", "Subscription_State": "active", "Content_Type": FRAGMENT}, 481),
        ({"Event": "refer", "Content_Type": FRAGMENT}, 400),
        ({"Event": "refer", "Subscription_State": "active", "Content_Type": "text/plain"}, 415),
    ],
)
@virtual
async def test_notify_that_tells_nothing_is_refused(headers: Any, status: int) -> None:
    async with Stage() as stage:
        _, callee, call = await call_to_peer(stage)
        transfer = call.transfer(refer_to("sip:carol@127.0.0.1:5999"))
        await callee.peer.hear("REFER")
        callee.ask("NOTIFY", body="SIP/2.0 200 OK", **headers)
        assert (await callee.peer.hear(status)).header("CSeq").endswith("NOTIFY")
        assert not transfer.done.is_set
        assert not [event for event in call.mailbox.history if isinstance(event, Notified)]


# What we are asked for


@pytest.mark.conformance(96)
@pytest.mark.parametrize("value", [None, "<sip:a@127.0.0.1>, <sip:b@127.0.0.1>", "<tel:+1>", "<sip:a@h;method=BYE>"])
@virtual
async def test_refer_without_one_target_gets_400(value: str | None) -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        caller.ask("REFER", Refer_To=value)
        assert (await caller.hear(400)).header("CSeq").endswith("REFER")
        assert incoming.is_live


@pytest.mark.conformance(96)
@virtual
async def test_refer_before_the_answer_and_outside_of_a_call_is_declined() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.ask("REFER", Refer_To="<sip:carol@127.0.0.1:5999>")
        assert (await caller.hear(603)).header("CSeq").endswith("REFER")
        assert bob.agent.calls == {}


@pytest.mark.conformance(96, 98)
@virtual
async def test_target_without_brackets_is_called_with_its_dialog_to_replace() -> None:
    async with Stage() as stage:
        _, _, caller, _ = await connect_to_bob(stage)
        target = await stage.peer(name="target")
        replaces = "?Replaces=abc%40h%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces"
        caller.ask("REFER", Refer_To=f"sip:target@{target.address}{replaces}")
        await caller.hear(202)
        first = await caller.hear("NOTIFY")
        assert fragment(first) == (100, "active;expires=180")
        caller.reply(200, to=first)
        callee = await target.expect_call()
        assert callee.invite.header("Replaces") == "abc@h;to-tag=1;from-tag=2"
        assert callee.invite.header("Require") == "replaces"
        assert callee.invite.start_line == f"INVITE sip:target@{target.address} SIP/2.0"


@pytest.mark.conformance(97)
@virtual
async def test_sender_that_has_hung_up_is_still_told() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        target = await stage.peer(name="target")
        caller.ask("REFER", Refer_To=f"<{target.uri}>")
        callee = await target.expect_call()
        caller.reply(200, to=await caller.hear("NOTIFY"))
        caller.ask("BYE")
        assert (await disconnected(incoming)).cause is Cause.BYE
        callee.reply(200, body=AUDIO)
        last = await caller.hear("NOTIFY")
        assert fragment(last) == (200, "terminated;reason=noresource")
        caller.reply(200, to=last)


@virtual
async def test_target_that_never_answers_is_told_of_to_the_end() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        target = await stage.peer(name="target")
        caller.ask("REFER", Refer_To=f"<{target.uri}>")
        caller.reply(200, to=await caller.hear("NOTIFY"))
        last = await caller.hear("NOTIFY")
        caller.reply(200, to=last)
        assert fragment(last) == (408, "terminated;reason=noresource")
        assert incoming.state is CallState.CONFIRMED


@virtual
async def test_hostile_peer_gets_a_few_calls_out_of_us_and_no_more() -> None:
    async with Stage() as stage:
        bob, _, caller, _ = await connect_to_bob(stage)
        target = await stage.peer(name="target")
        for _ in range(20):
            caller.ask("REFER", Refer_To=f"<{target.uri}>")
        await rest(1)
        assert len(bob.agent.calls) == 1 + 8
        assert len(bob.sent(603)) == 12


# Calls that take the place of others


@pytest.mark.conformance(100)
@virtual
async def test_attended_transfer_replaces_the_consultation() -> None:
    async with Stage() as stage:
        alice, bob, carol = [await stage.agent(name) for name in ("alice", "bob", "carol")]
        primary, at_bob = await connected_pair(alice, bob)
        consult, at_carol = await connected_pair(alice, carol)
        assert consult.dialog is not None
        transfer = primary.transfer(refer_to(consult.dialog.target, Replaces.of(consult.dialog)))
        await transfer.done.wait()
        assert transfer.status == 200
        assert (await disconnected(at_carol)).cause is Cause.REPLACED
        assert (await disconnected(consult)).cause is Cause.BYE
        assert len(carol.incoming) == 0
        (new,) = carol.agent.calls
        assert new.state is CallState.CONFIRMED
        primary.release()
        assert (await disconnected(at_bob)).cause is Cause.BYE


@pytest.mark.conformance(100, 101)
@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("{call};to-tag=other;from-tag={peer}", 481),
        ("{call};to-tag={peer};from-tag={own}", 481),
        ("other@h;to-tag={own};from-tag={peer}", 481),
        ("{call};to-tag={own};from-tag={peer};early-only", 486),
        ("{call};to-tag={own}", 400),
        ("{call};to-tag={own};from-tag={peer}, b;to-tag=1;from-tag=2", 400),
    ],
)
@virtual
async def test_invite_that_can_replace_nothing_is_refused_and_no_call_changes(value: str, status: int) -> None:
    async with Stage() as stage:
        bob, peer, caller, incoming = await connect_to_bob(stage)
        assert incoming.dialog is not None
        names = {"call": caller.call_id, "own": incoming.dialog.local_tag, "peer": caller.tag}
        other = peer.caller(bob.agent.local)
        other.invite(AUDIO, Replaces=value.format(**names))
        await other.hear(status)
        assert incoming.state is CallState.CONFIRMED
        assert list(bob.agent.calls) == [incoming]


@pytest.mark.conformance(100)
@virtual
async def test_dialog_that_has_ended_can_not_be_replaced() -> None:
    async with Stage() as stage:
        bob, peer, caller, incoming = await connect_to_bob(stage)
        assert incoming.dialog is not None
        value = f"{caller.call_id};to-tag={incoming.dialog.local_tag};from-tag={caller.tag}"
        caller.ask("BYE")
        await disconnected(incoming)
        other = peer.caller(bob.agent.local)
        other.invite(AUDIO, Replaces=value)
        await other.hear(603)


@pytest.mark.conformance(100)
@virtual
async def test_early_dialog_is_replaced_where_we_have_placed_the_call_and_not_where_we_ring() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        call = alice.call(peer.uri)
        callee = await peer.expect_call()
        callee.reply(180)
        await ringing(call)
        (dialog,) = call.dialogs()
        other = peer.caller(alice.agent.local)
        other.invite(AUDIO, Replaces=f"{dialog.call_id};to-tag={dialog.local_tag};from-tag={dialog.remote_tag}")
        await other.hear(200)
        assert (await disconnected(call)).cause is Cause.REPLACED
        await peer.hear("CANCEL")


@pytest.mark.conformance(100)
@virtual
async def test_replaces_within_a_dialog_gets_400() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await connect_to_bob(stage)
        assert incoming.dialog is not None
        caller.ask(
            "INVITE", AUDIO, Replaces=f"{caller.call_id};to-tag={incoming.dialog.local_tag};from-tag={caller.tag}"
        )
        await caller.hear(400)
        assert incoming.state is CallState.CONFIRMED
