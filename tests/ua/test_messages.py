"""Requests that make no call: sent and received, within calls and outside. Source: RFC 3428, RFC 6086, RFC 6665."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import CallEvent, Requested, Responded
from sipflow.testing.agents import (
    Party,
    Stage,
    connected,
    connected_pair,
    disconnected,
    hang_up,
    held_by,
    rest,
    virtual,
)
from sipflow.testing.memory_peer import Callee
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import Call, CallState, Wish
from sipflow.ua.mailbox import MAX_EVENTS, Mailbox
from sipflow.ua.requests import PATIENCE_S
from sipflow.ua.sending import send_raw, send_request
from tests.ua.scenes import connect_to_bob, let_alice_call, meet_bob


def want(party: Party, wish: Wish, *methods: str) -> None:
    """Let an agent wait for requests of these methods, or of any."""

    def wishes(method: str, _: Call | None) -> Wish:
        return wish if not methods or method in methods else Wish.NOTHING

    party.agent.requests.wishes = wishes


def texts(box: Mailbox) -> list[str]:
    return [str(event) for event in box.history]


async def take(box: Mailbox, method: str) -> Requested:
    event = await box.wait(lambda event: isinstance(event, Requested) and event.method == method)
    assert isinstance(event, Requested)
    return event


@pytest.mark.conformance(105)
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("hello", "text/plain", 200),
        ("hello", "text/plain;charset=utf-8", 200),
        ("", None, 200),
        ("<x/>", "text/html", 415),
    ],
)
@virtual
async def test_message_outside_of_a_call_is_taken_if_it_can_be_read(body: str, kind: str | None, status: int) -> None:
    async with Stage() as stage:
        _, _, caller = await meet_bob(stage)
        caller.ask("MESSAGE", body, Content_Type=kind)
        heard = await caller.hear(status)
        assert status == 200 or heard.header("Accept") == "text/plain"
        assert heard.headers("Contact") == []  # RFC 3428 §7: none in a 2xx


@pytest.mark.conformance(105)
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("Signal=1", {"Content_Type": "application/dtmf-relay"}, 200),
        ("", {}, 200),
        ("x", {"Content_Type": "application/unknown"}, 415),
        ("x", {"Content_Type": "application/dtmf", "Info_Package": "foo"}, 469),
    ],
)
@virtual
async def test_info_within_a_call(body: str, headers: dict[str, Any], status: int) -> None:
    async with Stage() as stage:
        _, _, caller, _ = await connect_to_bob(stage)
        caller.ask("INFO", body, **headers)
        heard = await caller.hear(status)
        assert status != 469 or heard.headers("Recv-Info") == [""]


@pytest.mark.conformance(105)
@virtual
async def test_info_outside_of_a_call_gets_481() -> None:
    async with Stage() as stage:
        _, _, caller = await meet_bob(stage)
        caller.ask("INFO")
        await caller.hear(481)


@pytest.mark.conformance(104)
@virtual
async def test_subscription_to_an_unknown_event_gets_489_and_a_stray_notify_481() -> None:
    async with Stage() as stage:
        _, _, caller = await meet_bob(stage)
        caller.ask("SUBSCRIBE", Event="weather")
        await caller.hear(489)
        caller.ask("NOTIFY", Event="weather", Subscription_State="active")
        await caller.hear(481)


@pytest.mark.conformance(36)
@virtual
async def test_method_that_is_waited_for_gets_200_and_others_what_they_got() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        want(bob, Wish.SEEN, "PING", "PUBLISH")
        caller.ask("PING")
        await caller.hear(200)
        caller.ask("PUBLISH", "x", Content_Type="application/pidf+xml")
        await caller.hear(200)
        caller.ask("PONG")
        await caller.hear(501)
        assert texts(bob.agent.requests.outside) == ["PING", "PUBLISH"]


@virtual
async def test_request_waits_for_its_answer_and_gets_500_without_one() -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        want(bob, Wish.HELD)
        caller.ask("MESSAGE", "one", Content_Type="text/plain")
        held = await take(bob.agent.requests.outside, "MESSAGE")
        held.answer(603, "No thanks", (("X-Why", "busy"),))  # type: ignore[attr-defined]
        answer = await caller.hear(603)
        assert (answer.start_line, answer.header("X-Why")) == ("SIP/2.0 603 No thanks", "busy")
        caller.ask("OPTIONS")
        await caller.hear(500)
        assert peer.times(500)[0] - peer.times(603)[0] == pytest.approx(PATIENCE_S, abs=0.1)


@virtual
async def test_repeated_request_is_seen_once_and_gets_its_answer_again() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        want(bob, Wish.SEEN)
        branch = caller.ask("PING", cseq=7)
        await caller.hear(200)
        caller.ask("PING", cseq=7, branch=branch)
        await caller.hear(200)
        assert texts(bob.agent.requests.outside) == ["PING"]


@virtual
async def test_requests_lie_with_the_call_they_came_in() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        want(bob, Wish.SEEN)
        first, at_bob = await connected_pair(alice, bob)
        second, also_at_bob = await connected_pair(alice, bob)
        await send_request(alice.agent, "INFO", "", within=second).done.wait()
        await send_request(alice.agent, "MESSAGE", bob.uri).done.wait()
        await hang_up(first)
        await hang_up(second)
        requests = bob.agent.requests
        assert texts(requests.box(at_bob)) == ["ACK", "BYE"]
        assert texts(requests.box(also_at_bob)) == ["ACK", "INFO", "BYE"]
        assert texts(requests.outside) == ["MESSAGE"]


@virtual
async def test_request_within_a_call_goes_by_its_dialog() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        call, _ = await connected_pair(alice, bob)
        sent = send_request(alice.agent, "INFO", "", (("Content-Type", "application/dtmf"),), b"5", within=call)
        await sent.done.wait()
        assert sent.response is not None
        assert sent.response.status == 200
        info = alice.sent("INFO")[0]
        assert (info.call_id, info.cseq, info.body) == (call.sip_call_id, 2, b"5")
        await hang_up(call)
        assert alice.sent("BYE")[0].cseq == 3


@virtual
async def test_update_by_hand_says_where_we_are() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        call, incoming = await connected_pair(alice, bob)
        sent = send_request(alice.agent, "UPDATE", "", within=call)
        await sent.done.wait()
        (update,) = alice.sent("UPDATE")
        assert update.header("Contact") == f"<{alice.agent.address}>"
        assert sent.response is not None
        assert sent.response.status == 200
        await hang_up(incoming)


@virtual
async def test_subscription_takes_its_route_from_the_first_notify_and_its_target_from_the_last() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        edge, other = await stage.peer(name="edge"), await stage.peer(name="other")
        sent = send_request(alice.agent, "SUBSCRIBE", peer.uri, (("Event", "dialog"),))
        subscribe = await peer.hear("SUBSCRIBE")
        callee = Callee(peer, subscribe)
        callee.reply(200, to=subscribe, Expires="300", Record_Route=f"<sip:{other.address};lr>")
        await sent.done.wait()
        route, state = f"<sip:{edge.address};lr>", "active;expires=300"
        callee.ask("NOTIFY", Event="dialog", Subscription_State=state, Record_Route=route)
        await peer.hear(200)
        moved = "<sip:moved@192.0.2.9>"
        callee.ask("NOTIFY", Event="dialog", Subscription_State=state, Contact=moved)
        await peer.hear(200)
        send_request(alice.agent, "SUBSCRIBE", peer.uri, (("Event", "dialog"),))
        again = await edge.hear("SUBSCRIBE", limit_s=1)
        assert again.headers("Route") == [route]
        assert again.start_line == f"SUBSCRIBE {moved.strip('<>')} SIP/2.0"
        assert again.to_tag


@pytest.mark.conformance(75)
@pytest.mark.parametrize(
    ("method", "status", "ends"), [("INFO", 481, True), ("INFO", 415, False), ("SUBSCRIBE", 481, False)]
)
@virtual
async def test_refusal_that_means_the_dialog_is_gone_ends_the_call(method: str, status: int, ends: bool) -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage)
        callee.reply(200, body=AUDIO)
        await connected(call)
        sent = send_request(alice.agent, method, "", (("Event", "x"),), within=call)
        callee.reply(status, to=await peer.hear(method))
        await sent.done.wait()
        assert (call.state is CallState.CONFIRMED) is not ends
        if ends:
            assert (await disconnected(call)).status == status


@virtual
async def test_unanswered_request_says_so() -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        sent = send_request(alice.agent, "OPTIONS", peer.uri)
        await sent.done.wait()
        assert (sent.response, str(sent.failure)) == (None, "no answer")


@virtual
async def test_responses_are_remembered_where_they_are_wanted() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        alice.agent.requests.remembers_responses = True
        call, _ = await connected_pair(alice, bob)
        await hang_up(call)
        await send_request(alice.agent, "MESSAGE", bob.uri).done.wait()
        seen = texts(alice.agent.requests.box(call))
        assert [text for text in seen if not text.startswith("100")] == [
            "180 Ringing to INVITE",
            "200 OK to INVITE",
            "200 OK to BYE",
        ]
        assert texts(alice.agent.requests.outside) == ["200 OK to MESSAGE"]
        assert bob.agent.requests.outside.history == []


@virtual
async def test_raw_text_goes_out_as_it_stands_and_its_answer_is_seen() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        alice.agent.requests.remembers_responses = True
        text = (
            f"OPTIONS {bob.uri} SIP/2.0\r\nVia: SIP/2.0/UDP {alice.agent.local};branch=z9hG4bKraw\r\n"
            f"From: <sip:a@b>;tag=1\r\nTo: <{bob.uri}>\r\nCall-ID: raw-1\r\nCSeq: 1 PING\r\nContent-Length: 0\r\n\r\n"
        )
        send_raw(alice.agent, text.encode(), bob.uri)
        event = await alice.agent.requests.outside.wait(lambda event: isinstance(event, Responded))
        assert isinstance(event, Responded)
        assert event.status == 400


@pytest.mark.conformance(104)
@virtual
async def test_subscription_lives_from_subscribe_to_its_terminated_notify() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        want(bob, Wish.SEEN, "SUBSCRIBE")
        want(alice, Wish.SEEN, "NOTIFY")
        event = (("Event", "presence"), ("Expires", "600"))
        first = send_request(alice.agent, "SUBSCRIBE", bob.uri, event)
        await first.done.wait()
        assert first.response is not None
        assert first.response.status == 200
        answer = alice.received(200)[0]
        assert (answer.header("Expires"), bool(answer.header("Contact"))) == ("600", True)

        notify = send_request(bob.agent, "NOTIFY", "", (("Event", "presence"),), b"open")
        await notify.done.wait()
        assert notify.response is not None
        assert notify.response.status == 200
        seen = alice.received("NOTIFY")[0]
        assert seen.call_id == answer.call_id
        assert (seen.header("Subscription-State") or "").startswith("active;expires=")

        again = send_request(alice.agent, "SUBSCRIBE", bob.uri, event)
        await again.done.wait()
        assert [message.to_tag != "" for message in alice.sent("SUBSCRIBE")] == [False, True]
        assert len(alice.agent.requests.subscriptions) == len(bob.agent.requests.subscriptions) == 1

        over = (("Event", "presence"), ("Subscription-State", "terminated;reason=noresource"))
        await send_request(bob.agent, "NOTIFY", "", over).done.wait()
        assert len(alice.agent.requests.subscriptions) == len(bob.agent.requests.subscriptions) == 0


@pytest.mark.conformance(104)
@virtual
async def test_subscription_ends_with_its_time_and_the_subscriber_is_told() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        want(bob, Wish.SEEN, "SUBSCRIBE")
        await send_request(alice.agent, "SUBSCRIBE", bob.uri, (("Event", "dialog"), ("Expires", "5"))).done.wait()
        await rest(6)
        last = alice.received("NOTIFY")[0]
        assert last.header("Subscription-State") == "terminated;reason=timeout"
        assert len(alice.agent.requests.subscriptions) == len(bob.agent.requests.subscriptions) == 0


@pytest.mark.conformance(104)
@virtual
async def test_refused_subscription_is_forgotten() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        sent = send_request(alice.agent, "SUBSCRIBE", bob.uri, (("Event", "dialog"),))
        await sent.done.wait()
        assert sent.response is not None
        assert sent.response.status == 489
        assert len(alice.agent.requests.subscriptions) == 0


@pytest.mark.conformance(104)
@pytest.mark.parametrize(("status", "left"), [(481, 0), (410, 0), (489, 0), (415, 1), (503, 1), (0, 0)])
@virtual
async def test_notify_that_is_refused_or_unanswered_may_end_its_subscription(status: int, left: int) -> None:
    async with Stage() as stage:
        bob, peer, caller = await meet_bob(stage)
        want(bob, Wish.SEEN, "SUBSCRIBE")
        caller.ask("SUBSCRIBE", Event="dialog")
        await caller.hear(200)
        sent = send_request(bob.agent, "NOTIFY", "", (("Event", "dialog"),))
        notify = await peer.hear("NOTIFY")
        if status:
            caller.reply(status, to=notify)
        await sent.done.wait()
        assert len(bob.agent.requests.subscriptions) == left


@pytest.mark.conformance(104)
@pytest.mark.parametrize(("status", "left"), [(481, 0), (404, 0), (604, 0), (423, 1), (500, 1)])
@virtual
async def test_subscription_that_is_not_prolonged_ends_where_the_refusal_says_so(status: int, left: int) -> None:
    async with Stage() as stage:
        alice, peer = await stage.agent("alice"), await stage.peer()
        for answer in (200, status):
            sent = send_request(alice.agent, "SUBSCRIBE", peer.uri, (("Event", "dialog"),))
            subscribe = await peer.hear("SUBSCRIBE")
            Callee(peer, subscribe).reply(answer, to=subscribe)
            await sent.done.wait()
        assert len(alice.agent.requests.subscriptions) == left


@virtual
async def test_flood_of_requests_fills_no_more_than_a_box() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        want(bob, Wish.HELD)
        for _ in range(MAX_EVENTS + 20):
            caller.ask("PING")
        await rest(1)
        assert len(bob.agent.requests.outside.history) == MAX_EVENTS


@virtual
async def test_event_taken_in_vain_goes_to_the_next_waiter() -> None:
    box = Mailbox()
    one, other = CallEvent(0.0, b"1"), CallEvent(0.0, b"2")
    box.post(one)
    box.post(other)
    assert await box.wait(lambda _: True) is one
    box.give_back(one)
    assert await box.wait(lambda _: True) is one
    assert box.untaken == [other]


@virtual
async def test_nothing_is_left_when_an_agent_closes() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        want(bob, Wish.HELD)
        caller.ask("SUBSCRIBE", Event="x")
        held = await take(bob.agent.requests.outside, "SUBSCRIBE")
        held.answer(200)  # type: ignore[attr-defined]
        caller.ask("PING")
        await take(bob.agent.requests.outside, "PING")
        await bob.agent.close()
        assert held_by(bob.agent) == {}
