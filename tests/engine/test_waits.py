"""What happens on a call is remembered, and a wait looks at its own call alone."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.events import ActionLogged, Level, NodeStateChanged, SipMessageSeen
from tests.engine.meeting import PEER, calls, meets
from tests.engine.peer import Peer
from tests.engine.stage import C, F, Stage, completed, failed, lane, scenario, step


def test_ringing_that_came_before_the_answer_is_found_after_make_call() -> None:
    stage, _ = meets(scenario(calls(step("RINGING"), step("CONNECTED"))), INVITE=(180, 200), BYE=(200,))
    assert set(stage.states().values()) == {C}


def test_node_tells_which_message_it_took_whether_that_came_before_it_began_or_later() -> None:
    stage, _ = meets(
        scenario(calls(step("RINGING"), step("CONNECTED"), step("TIMEOUT"))), INVITE=(180, 200), BYE=(200,)
    )
    taken = {e.node_id: e.message_seq for e in stage.events if isinstance(e, NodeStateChanged) and e.new_state is C}
    statuses = {e.first_seq: e.status_code for e in stage.events if isinstance(e, SipMessageSeen)}

    assert statuses[taken["a.RINGING"] or 0] == 180
    assert statuses[taken["a.CONNECTED"] or 0] == 200
    assert taken["a.TIMEOUT"] is None


def test_events_of_a_call_are_taken_in_order_each_once() -> None:
    document = scenario(
        calls(
            step("RINGING", "first", statusCode=180),
            step("RINGING", "second", statusCode=183),
            step("RINGING", "third", statusCode=180),
            step("RINGING", "none left", timeout=50, on_failure=(step("Release"),)),
        )
    )
    stage, _ = meets(document, INVITE=(180, 183, 180, 200), BYE=(200,))
    assert stage.states()["third"] is C
    assert stage.error_of("none left") == "expected a 18x response, got connected within 0.05 s on call call-1"


def test_wait_looks_past_events_that_do_not_match_and_leaves_them() -> None:
    document = scenario(calls(step("CONNECTED"), step("RINGING", statusCode=183), step("RINGING", "r", statusCode=180)))
    stage, _ = meets(document, INVITE=(180, 183, 200), BYE=(200,))
    assert set(stage.states().values()) == {C}


def test_wait_takes_the_next_event_where_none_is_remembered() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(2)
        peer.answer(peer.last("INVITE"), 180)
        await asyncio.sleep(2)
        peer.answer(peer.last("INVITE"), 200)

    document = scenario(calls(step("RINGING"), step("CONNECTED"), completeOn="sent"))
    stage, _ = meets(document, scene, INVITE=(100,), BYE=(200,))
    assert stage.at("a.RINGING") == pytest.approx(2.001)
    assert stage.at("a.CONNECTED") == pytest.approx(4.001)


def test_memory_lasts_after_the_end_of_the_call() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(1)
        peer.hang_up()

    document = scenario(
        calls(step("TIMEOUT", timeout=5000), step("RINGING"), step("CONNECTED"), step("DISCONNECTED", cause="bye"))
    )
    stage, peer = meets(document, scene, INVITE=(180, 200))
    assert set(stage.states().values()) == {C}
    assert peer.statuses == [200]


def test_event_between_two_nodes_is_not_lost() -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="1002", completeOn="sent"),
            step("TIMEOUT", timeout=300),
            step("RINGING"),
            step("TIMEOUT", timeout=300),
            step("CONNECTED"),
            step("TIMEOUT", timeout=300),
            step("DISCONNECTED"),
        ),
        lane("b", "1002", step("INCOMING"), step("Ringing"), step("Answer"), step("Release")),
    )
    assert set(completed(document).states().values()) == {C}


def test_refusal_stays_for_disconnected_on_the_failure_branch() -> None:
    refusal = (step("DISCONNECTED", cause="rejected"),)
    document = scenario(lane("a", "1001", step("MakeCall", targetUri=PEER, on_failure=refusal)))
    stage, _ = meets(document, INVITE=(486,))
    assert stage.error_of("a.MakeCall") == "expected answered, got 486 Because on call call-1"
    assert stage.states()["a.DISCONNECTED"] is C


def test_wait_is_not_satisfied_by_another_call_of_the_instance() -> None:
    second = step("MakeCall", "second", targetUri=PEER, callId="two")
    document = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri=PEER, completeOn="sent", callId="one"),
            step("TIMEOUT", "pause", timeout=10),
            second,
            step("CONNECTED", callId="two"),
            step("CONNECTED", "other", callId="one", timeout=100),
        )
    )

    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(0.005)
        peer.answers["INVITE"] = (180, 200)

    stage, _ = meets(document, scene, fails=True, INVITE=(100,), BYE=(200,), CANCEL=(200,))
    assert stage.states()["a.CONNECTED"] is C
    assert stage.error_of("other") == "expected connected, got nothing within 0.1 s on call one"


@pytest.mark.parametrize("name", ["RINGING", "CONNECTED", "DISCONNECTED", "HELD", "RETRIEVED"])
def test_wait_with_a_wrong_call_id_times_out_whatever_happens_on_other_calls(name: str) -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(0.05)
        peer.hang_up()

    wait = step(name, "typo", callId="typo", timeout=200, on_failure=(step("DISCONNECTED"),))
    stage, _ = meets(scenario(calls(wait)), scene, INVITE=(180, 200))
    assert stage.error_of("typo").endswith("got no call of this id within 0.2 s on call typo")
    assert stage.states()["a.DISCONNECTED"] is C


def test_release_of_a_call_that_has_ended_only_warns() -> None:
    branch = (step("Release"),)
    document = scenario(lane("a", "1001", step("MakeCall", targetUri=PEER, on_failure=branch)))
    stage, _ = meets(document, INVITE=(486,))
    warnings = [event.message for event in stage.events.of(ActionLogged) if event.level is Level.WARNING]
    assert warnings[-1] == "there is no call call-1 to release"


@pytest.mark.parametrize("blank", ["", None, "  "])
def test_empty_call_id_means_call_1(blank: str | None) -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002", callId=blank), step("Release", callId="call-1")),
        lane("b", "1002", step("INCOMING", callId="call-1"), step("Answer", callId=blank), step("DISCONNECTED")),
    )
    stage = completed(document)
    assert {event.call_id for event in stage.events.of(SipMessageSeen) if event.instance_id == "a"} == {"call-1"}


def test_two_instances_may_use_one_call_id_for_their_two_ends() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002", callId="x"), step("DISCONNECTED", callId="x")),
        lane("b", "1002", step("INCOMING", callId="x"), step("Answer", callId="x"), step("Release", callId="x")),
    )
    assert set(completed(document).states().values()) == {C}


def test_wait_on_an_id_that_is_never_bound_times_out() -> None:
    stage, end = failed(scenario(lane("a", "1001", step("CONNECTED", callId="nobody", timeout=700))))
    assert end.error == "expected connected, got no call of this id within 0.7 s on call nobody"
    assert stage.at("a.CONNECTED", F) == pytest.approx(0.7)


def test_make_call_on_the_id_of_a_live_call_fails_and_sends_nothing() -> None:
    document = scenario(calls(step("MakeCall", "again", targetUri=PEER)))
    stage, peer = meets(document, fails=True, INVITE=(200,), BYE=(200,))
    assert stage.error_of("again") == "expected a call id that no live call has, got one that is in use on call call-1"
    assert peer.methods.count("INVITE") == 1


def test_incoming_on_the_id_of_a_live_call_fails_and_leaves_the_call_queued() -> None:
    document = scenario(
        lane("c", "1003", step("TIMEOUT", timeout=50), step("MakeCall", targetUri="1001", timeout=2000)),
        calls(
            step("TIMEOUT", timeout=100),
            step(
                "INCOMING",
                "taken",
                on_failure=(step("INCOMING", callId="free"), step("Answer", callId="free")),
            ),
        ),
    )
    stage, _ = meets(document, INVITE=(200,), BYE=(200,))
    assert stage.error_of("taken").startswith("expected a call id that no live call has")
    assert stage.states()["a.Answer"] is C
    assert stage.states()["c.MakeCall"] is C


def test_make_call_on_the_id_of_an_ended_call_binds_anew_with_an_empty_memory() -> None:
    document = scenario(
        calls(
            step("Release"),
            step("MakeCall", "again", targetUri=PEER, completeOn="sent"),
            step("RINGING", timeout=200, on_failure=(step("TIMEOUT", timeout=1),)),
        )
    )

    async def scene(stage: Stage, peer: Peer) -> None:
        while "BYE" not in peer.methods:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.0005)
        peer.answers["INVITE"] = (100,)

    stage, _ = meets(document, scene, INVITE=(180, 200), BYE=(200,), CANCEL=(200,))
    assert stage.error_of("a.RINGING") == "expected a 18x response, got nothing within 0.2 s on call call-1"


def test_id_is_free_again_once_cancel_is_answered() -> None:
    document = scenario(
        calls(
            step("Release"),
            step("MakeCall", "again", targetUri=PEER, timeout=500),
            completeOn="ringing",
        )
    )

    async def scene(stage: Stage, peer: Peer) -> None:
        while "CANCEL" not in peer.methods:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.0005)
        peer.answers["INVITE"] = (200,)  # and the 487 to the first one never comes

    stage, _ = meets(document, scene, INVITE=(180,), CANCEL=(200,), BYE=(200,))
    assert stage.states()["again"] is C


def test_id_of_a_call_that_was_not_answered_in_time_is_free_for_the_failure_branch() -> None:
    document = scenario(calls(timeout=500, on_failure=(step("MakeCall", "again", targetUri=PEER),)))

    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(0.4)
        peer.answers["INVITE"] = (200,)  # and nobody answers the CANCEL

    stage, peer = meets(document, scene, INVITE=(180,), BYE=(200,))
    assert stage.error_of("a.MakeCall") == "expected answered, got 180 Because within 0.5 s on call call-1"
    assert stage.states()["again"] is C
    assert peer.methods[:4] == ["INVITE", "CANCEL", "INVITE", "ACK"]
