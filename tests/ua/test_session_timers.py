"""Session timers of whole calls. Source: RFC 4028."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import Cause, Disconnected
from sipflow.sip.session_timer import TimerWishes
from sipflow.testing.agents import Party, Stage, connected, connected_pair, disconnected, rest, virtual
from sipflow.testing.memory_peer import Callee, Caller, MemoryPeer
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import CallState, OutgoingCall
from tests.ua.descriptions import version_in
from tests.ua.scenes import let_alice_call, meet_bob

WITH_UPDATE = "INVITE, ACK, BYE, CANCEL, UPDATE"
WITHOUT_UPDATE = "INVITE, ACK, BYE, CANCEL"


async def be_answered(
    stage: Stage, wishes: TimerWishes, **headers: Any
) -> tuple[Party, MemoryPeer, Callee, OutgoingCall]:
    """Alice's call to a peer, whose 200 has these header fields."""
    alice, peer, call, callee = await let_alice_call(stage, session_timer=wishes)
    callee.reply(200, body=AUDIO, **headers)
    await connected(call)
    await peer.hear("ACK")
    return alice, peer, callee, call


@pytest.mark.conformance(92)
@virtual
async def test_invite_without_a_wish_only_tells_of_support() -> None:
    async with Stage() as stage:
        _, _, _, callee = await let_alice_call(stage)
        assert "timer" in callee.invite.header("Supported")
        assert callee.invite.headers("Session-Expires") == callee.invite.headers("Min-SE") == []


@pytest.mark.conformance(92)
@pytest.mark.parametrize(
    ("wishes", "expires", "min_se"),
    [
        (TimerWishes(1800), "1800", []),
        (TimerWishes(1800, refreshes=True), "1800;refresher=uac", []),
        (TimerWishes(1800, refreshes=False), "1800;refresher=uas", []),
        (TimerWishes(60, 120), "120", ["120"]),
    ],
)
@virtual
async def test_invite_asks_for_what_we_want(wishes: TimerWishes, expires: str, min_se: list[str]) -> None:
    async with Stage() as stage:
        _, _, _, callee = await let_alice_call(stage, session_timer=wishes)
        assert callee.invite.header("Session-Expires") == expires
        assert callee.invite.headers("Min-SE") == min_se


async def answer_of_bob(stage: Stage, wishes: TimerWishes, **headers: Any) -> tuple[Caller, list[str], list[str]]:
    """What Session-Expires and Require say in Bob's 200 to an INVITE with these header fields."""
    bob, _, caller = await meet_bob(stage, session_timer=wishes)
    caller.invite(**headers)
    (await bob.take()).answer()
    answer = await caller.hear(200)
    caller.ask("ACK")
    return caller, answer.headers("Session-Expires"), answer.headers("Require")


@pytest.mark.conformance(92)
@pytest.mark.parametrize(
    ("wishes", "asked", "expires", "require"),
    [
        (TimerWishes(), {"Session_Expires": "1800", "Supported": "timer"}, "1800;refresher=uac", ["timer"]),
        (TimerWishes(), {"x": "1800;refresher=uas", "k": "timer"}, "1800;refresher=uas", ["timer"]),
        (TimerWishes(refreshes=True), {"x": "1800;refresher=uac", "k": "timer"}, "1800;refresher=uac", ["timer"]),
        (TimerWishes(refreshes=True), {"x": "1800", "k": "timer"}, "1800;refresher=uas", ["timer"]),
        (TimerWishes(600), {"x": "1800", "k": "timer"}, "600;refresher=uac", ["timer"]),
        (TimerWishes(600), {"x": "1800", "k": "timer", "Min_SE": "900"}, "900;refresher=uac", ["timer"]),
        (TimerWishes(600), {"k": "timer"}, "600;refresher=uac", ["timer"]),
        (TimerWishes(), {"x": "1800"}, "1800;refresher=uas", []),
        (TimerWishes(), {"x": "30"}, "90;refresher=uas", []),
    ],
)
@virtual
async def test_success_says_what_is_agreed(
    wishes: TimerWishes, asked: dict[str, Any], expires: str, require: list[str]
) -> None:
    async with Stage() as stage:
        _, told, required = await answer_of_bob(stage, wishes, **asked)
        assert (told, required) == ([expires], require)


@pytest.mark.conformance(92)
@pytest.mark.parametrize("asked", [{}, {"Supported": "timer"}, {"Session_Expires": "soon", "Supported": "timer"}])
@virtual
async def test_session_is_not_timed_where_nobody_asks(asked: dict[str, Any]) -> None:
    async with Stage() as stage:
        caller, told, required = await answer_of_bob(stage, TimerWishes(), **asked)
        assert (told, required) == ([], [])
        await rest(4000)
        assert caller.peer.count("BYE") == caller.peer.count("UPDATE") == 0


@pytest.mark.conformance(93)
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@virtual
async def test_interval_that_is_too_small_gets_422_with_min_se(method: str) -> None:
    async with Stage() as stage:
        caller, _, _ = await answer_of_bob(stage, TimerWishes(min_se_s=300))
        caller.ask(method, AUDIO, Session_Expires="200", Supported="timer")
        assert (await caller.hear(422)).header("Min-SE") == "300"


@pytest.mark.conformance(93)
@virtual
async def test_call_whose_interval_is_too_small_is_refused_before_it_rings() -> None:
    async with Stage() as stage:
        bob, _, caller = await meet_bob(stage)
        caller.invite(Session_Expires="60", Supported="timer")
        assert (await caller.hear(422)).header("Min-SE") == "90"
        assert len(bob.incoming) == 0


@pytest.mark.conformance(93)
@virtual
async def test_refresh_that_was_too_small_is_asked_for_again_with_more() -> None:
    async with Stage() as stage:
        _, peer, callee, _ = await be_answered(
            stage, TimerWishes(100), Session_Expires="100;refresher=uac", Require="timer", Allow=WITH_UPDATE
        )
        callee.reply(422, to=await peer.hear("UPDATE"), Min_SE="600")
        again = await peer.hear("UPDATE")
        assert (again.header("Session-Expires"), again.header("Min-SE")) == ("600;refresher=uac", "600")
        callee.reply(200, to=again, Session_Expires="600;refresher=uac", Require="timer", Allow=WITH_UPDATE)
        later = await peer.hear("UPDATE", 400)
        assert round(later.at - again.at, 1) == 300
        assert later.header("Min-SE") == "600"


@pytest.mark.conformance(93)
@virtual
async def test_call_that_was_refused_for_its_interval_is_placed_again_with_more() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage, session_timer=TimerWishes(100, refreshes=True))
        callee.reply(422, Min_SE="400")
        again = await peer.expect_call()
        assert (again.invite.header("Session-Expires"), again.invite.header("Min-SE")) == ("400;refresher=uac", "400")
        assert again.invite.header("CSeq") == "2 INVITE"
        assert again.invite.header("Call-ID") == callee.invite.header("Call-ID")
        assert again.invite.body == callee.invite.body
        again.reply(200, body=AUDIO, Session_Expires="400;refresher=uac", Require="timer")
        await connected(call)
        assert len(alice.sent("INVITE")) == 2


@pytest.mark.conformance(93)
@virtual
async def test_interval_that_is_never_long_enough_ends_the_call() -> None:
    async with Stage() as stage:
        alice, peer, call, callee = await let_alice_call(stage, session_timer=TimerWishes(100))
        for number in range(1, 20):
            callee.reply(422, Min_SE=str(100 + number))
            await rest(0.1)
            if not call.is_live:
                break
            callee = await peer.expect_call()
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.REJECTED, 422)
        assert len(alice.sent("INVITE")) == 11


@pytest.mark.conformance(94)
@virtual
async def test_refresh_is_sent_at_half_the_interval_by_update_where_that_is_allowed() -> None:
    async with Stage() as stage:
        _, peer, callee, call = await be_answered(
            stage, TimerWishes(200), Session_Expires="200;refresher=uac", Require="timer", Allow=WITH_UPDATE
        )
        start = peer.times("ACK")[0]
        for number in range(1, 4):
            update = await peer.hear("UPDATE", 200)
            assert round(update.at - start) == 100 * number
            assert (update.body, update.header("Session-Expires")) == (b"", "200;refresher=uac")
            callee.reply(200, to=update, Session_Expires="200;refresher=uac", Require="timer", Allow=WITH_UPDATE)
        assert call.state is CallState.CONFIRMED


@pytest.mark.conformance(94)
@virtual
async def test_refresh_by_reinvite_offers_the_same_session_in_the_same_version() -> None:
    async with Stage() as stage:
        alice, peer, callee, _ = await be_answered(
            stage, TimerWishes(200), Session_Expires="200;refresher=uac", Require="timer", Allow=WITHOUT_UPDATE
        )
        invite = await peer.hear("INVITE", 200)
        assert invite.body == callee.invite.body
        assert invite.header("Session-Expires") == "200;refresher=uac"
        callee.reply(200, to=invite, body=AUDIO, Session_Expires="200;refresher=uac", Require="timer")
        await peer.hear("ACK")
        assert len(alice.sent("ACK")) == 2


@pytest.mark.conformance(94, 109)
@virtual
async def test_callee_refreshes_what_it_has_answered() -> None:
    async with Stage() as stage:
        caller, told, _ = await answer_of_bob(
            stage, TimerWishes(), Session_Expires="100;refresher=uas", Supported="timer"
        )
        assert told == ["100;refresher=uas"]
        (answer,) = [message for message in caller.peer.heard if message.is_a(200)]
        invite = await caller.peer.hear("INVITE", 60)
        assert invite.header("Session-Expires") == "100;refresher=uac"
        assert (invite.body, version_in(invite.body)) == (answer.body, 1)
        caller.reply(200, AUDIO, to=invite, Session_Expires="100;refresher=uac", Require="timer")
        await caller.peer.hear("ACK")


@pytest.mark.conformance(94)
@virtual
async def test_caller_refreshes_alone_where_the_callee_knows_no_timer() -> None:
    async with Stage() as stage:
        _, peer, callee, _ = await be_answered(stage, TimerWishes(200))
        invite = await peer.hear("INVITE", 110)
        callee.reply(200, to=invite, body=AUDIO)
        await peer.hear("INVITE", 110)


@pytest.mark.conformance(95)
@pytest.mark.parametrize(("interval_s", "patience_s"), [(90, 60), (96, 64), (200, 168), (1800, 1768)])
@virtual
async def test_session_that_the_other_side_does_not_refresh_is_ended(interval_s: int, patience_s: int) -> None:
    async with Stage() as stage:
        _, peer, _, call = await be_answered(
            stage, TimerWishes(interval_s), Session_Expires=f"{interval_s};refresher=uas", Require="timer"
        )
        bye = await peer.hear("BYE", 2000)
        assert round(bye.at - peer.times("ACK")[0]) == patience_s
        event = await disconnected(call)
        assert (event.cause, str(event.reason)) == (Cause.TIMEOUT, "the session was not refreshed")


@pytest.mark.conformance(95)
@virtual
async def test_refresh_of_the_other_side_prolongs_the_session() -> None:
    async with Stage() as stage:
        caller, _, _ = await answer_of_bob(stage, TimerWishes(), Session_Expires="90;refresher=uac", Supported="timer")
        for _ in range(3):
            await rest(50)
            caller.ask("UPDATE", Session_Expires="90;refresher=uac", Supported="timer")
            answer = await caller.hear(200)
            assert answer.header("Session-Expires") == "90;refresher=uac"
            assert answer.header("Require") == "timer"
        bye = await caller.peer.hear("BYE", 100)
        assert round(bye.at - answer.at) == 60


@pytest.mark.conformance(95)
@virtual
async def test_refresh_that_nobody_answers_ends_the_call() -> None:
    async with Stage() as stage:
        _, peer, _, call = await be_answered(
            stage, TimerWishes(1800), Session_Expires="1800;refresher=uac", Require="timer", Allow=WITH_UPDATE
        )
        update = await peer.hear("UPDATE", 1000)
        bye = await peer.hear("BYE")
        assert round(bye.at - update.at) == 32
        event = await disconnected(call)
        assert (event.cause, event.status) == (Cause.TIMEOUT, 408)


@pytest.mark.conformance(94, 95)
@pytest.mark.parametrize("refreshes", [True, False], ids=["caller-refreshes", "callee-refreshes"])
@virtual
async def test_two_agents_keep_a_session_alive(refreshes: bool) -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice", session_timer=TimerWishes(90, refreshes=refreshes))
        bob = await stage.agent("bob")
        outgoing, incoming = await connected_pair(alice, bob)
        await rest(1000)
        assert (outgoing.state, incoming.state) == (CallState.CONFIRMED, CallState.CONFIRMED)
        counts = (len(alice.sent("UPDATE")), len(bob.sent("UPDATE")))
        assert counts == ((22, 0) if refreshes else (0, 22))
        outgoing.release()
        await disconnected(incoming)
        await rest(40)
        assert not [event for event in outgoing.mailbox.history if isinstance(event, Disconnected)]
        assert len(alice.agent.layer.timers) == 0


@pytest.mark.conformance(92)
@virtual
async def test_session_is_timed_no_more_once_a_refresh_is_answered_without() -> None:
    async with Stage() as stage:
        _, peer, callee, call = await be_answered(
            stage, TimerWishes(), Session_Expires="200;refresher=uac", Require="timer", Allow=WITH_UPDATE
        )
        callee.reply(200, to=await peer.hear("UPDATE", 110))
        await rest(1000)
        assert (call.state, peer.count("UPDATE")) == (CallState.CONFIRMED, 1)


@pytest.mark.conformance(94)
@virtual
async def test_hold_is_a_refresh_too() -> None:
    async with Stage() as stage:
        _, peer, callee, call = await be_answered(
            stage, TimerWishes(200), Session_Expires="200;refresher=uas", Require="timer", Allow=WITH_UPDATE
        )
        await rest(100)
        call.modify("sendonly")
        invite = await peer.hear("INVITE")
        assert invite.header("Session-Expires") == "200;refresher=uas"
        callee.reply(200, to=invite, body=AUDIO + "a=recvonly\r\n", Session_Expires="200;refresher=uas")
        bye = await peer.hear("BYE", 200)
        assert round(bye.at - invite.at) == 168
