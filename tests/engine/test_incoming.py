"""Incoming calls: first in, first out, by number, and 480 for those that nobody takes."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.events import NodeStateChanged, SipMessageSeen
from tests.documents import Json
from tests.engine.meeting import A, meets
from tests.engine.peer import Peer
from tests.engine.stage import C, F, Stage, Step, completed, failed, lane, on_stage, scenario, step


def callee(*steps: Step | tuple[Step, ...]) -> Json:
    """One instance on port 5060."""
    return scenario(lane("a", "1002", *steps, localPort=5060))


def accepted(peer: Peer, status: int = 302) -> list[str]:
    """The Call-IDs that got this status, in order."""
    return [message.header("Call-ID") for message in peer.heard if message.status == status]


def test_calls_are_taken_first_in_first_out() -> None:
    steps = [s for n in (1, 2, 3) for s in (step("INCOMING", callId=str(n)), step("Response", callId=str(n)))]

    async def scene(stage: Stage, peer: Peer) -> None:
        for name in ("first", "second", "third"):
            peer.invite(A, name)
            await asyncio.sleep(0.1)

    _, peer = meets(callee(step("TIMEOUT", timeout=1000), *steps), scene)
    assert accepted(peer, 486) == ["first", "second", "third"]


def test_call_that_comes_while_waiting_is_taken_at_once() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(2)
        peer.invite(A)

    stage, _ = meets(callee(step("INCOMING"), step("Response")), scene)
    assert stage.at("a.INCOMING") == pytest.approx(2.001)


def test_number_takes_only_calls_to_it_and_leaves_the_others_queued() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("INVITE", A, number="1", call_id="one")
        await asyncio.sleep(0.1)
        peer.ask("INVITE", A, number="2", call_id="two")

    document = callee(
        step("INCOMING", number="2"),
        step("Response", statusCode=302),
        step("INCOMING", callId="other"),
        step("Response", callId="other", statusCode=302),
    )
    _, peer = meets(document, scene)
    assert accepted(peer) == ["two", "one"]


def test_number_that_nobody_calls_times_out_and_tells_what_waits() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("INVITE", A, number="1")

    stage, _ = meets(callee(step("INCOMING", number="2", timeout=500)), scene, fails=True)
    assert stage.error_of("a.INCOMING") == (
        "expected an incoming call to 2, got 1 that did not match within 0.5 s on call call-1"
    )


@pytest.mark.parametrize(("number", "called"), [("1002", "%31002"), ("Bob", "Bob"), ("+4930", "+4930")])
def test_number_is_compared_unescaped_with_the_request_uri(number: str, called: str) -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("INVITE", A, number=called, To="<sip:somebody-else@127.0.0.1>")

    meets(callee(step("INCOMING", number=number), step("Response")), scene)


def test_headers_choose_the_call() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("INVITE", A, call_id="one", **{"X-Kind": "b"})
        peer.ask("INVITE", A, call_id="two", **{"x-kind": "a"})

    _, peer = meets(callee(step("INCOMING", match={"X-Kind": "a"}), step("Response", statusCode=302)), scene)
    assert accepted(peer) == ["two"]


@pytest.mark.parametrize("uri", ["sip:nobody@127.0.0.1:5060", "sip:127.0.0.1:5060", "sip:x@example.org"])
def test_every_user_part_and_host_is_accepted(uri: str) -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("INVITE", A, uri=uri)

    meets(callee(step("INCOMING"), step("Response")), scene)


def test_cancelled_call_is_still_taken_and_disconnected_comes_next() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A, "gone")
        await asyncio.sleep(0.1)
        peer.cancel(A, "gone")
        peer.invite(A, "there")

    document = callee(
        step("TIMEOUT", timeout=1000),
        step("INCOMING"),
        step("DISCONNECTED", cause="cancel"),
        step("INCOMING", "next"),
        step("Response", statusCode=302),
    )
    stage, peer = meets(document, scene)
    assert set(accepted(peer, 487)) == {"gone"}
    assert accepted(peer) == ["there"]
    assert stage.states()["next"] is C


def test_call_that_nobody_takes_is_refused_with_480_after_30_s() -> None:
    refused_at: list[float] = []

    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)
        began = stage.loop.time()
        while 480 not in peer.statuses:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)
        refused_at.append(stage.loop.time() - began)

    document = callee(step("TIMEOUT", timeout=60_000), step("INCOMING", timeout=100))
    stage, _ = meets(document, scene, fails=True)
    assert refused_at == [pytest.approx(30.0, abs=0.02)]
    assert stage.states()["a.INCOMING"] is F  # it can't be taken any more


def test_call_that_nobody_takes_is_refused_with_480_at_cleanup() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)

    stage, peer = meets(callee(step("TIMEOUT", timeout=100)), scene)
    assert peer.statuses == [480]
    refusal = next(event for event in stage.events.of(SipMessageSeen) if event.status_code == 480)
    assert refusal.call_id is None  # it never had a name


@pytest.mark.conformance(40)
def test_options_is_answered_by_the_stack() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("OPTIONS", A)

    _, peer = meets(callee(step("TIMEOUT", timeout=100)), scene)
    assert peer.statuses == [200]


@pytest.mark.conformance(36)
def test_register_is_answered_with_405_and_allow() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("REGISTER", A)

    _, peer = meets(callee(step("TIMEOUT", timeout=100)), scene)
    assert peer.statuses == [405]
    assert "INVITE" in peer.heard[-1].header("Allow")


def test_events_of_a_message_name_the_call_once_it_is_bound() -> None:
    document = scenario(
        lane("b", "1001", step("MakeCall", targetUri="1002", callId="mine"), step("Release", callId="mine")),
        lane(
            "a",
            "1002",
            step("INCOMING", callId="theirs"),
            step("Answer", callId="theirs"),
            step("DISCONNECTED", callId="theirs"),
        ),
    )
    stage = completed(document)
    names = [(e.method, e.direction, e.call_id) for e in stage.events.of(SipMessageSeen) if e.instance_id == "a"]
    assert names[0] == ("INVITE", "received", None)
    assert {name for _, _, name in names[1:]} == {"theirs"}
    assert {e.call_id for e in stage.events.of(SipMessageSeen) if e.instance_id == "b"} == {"mine"}


def test_failure_of_incoming_names_its_call_id() -> None:
    _, end = failed(callee(step("INCOMING", callId="first", timeout=10)))
    assert end.error.endswith("on call first")


def test_taking_a_call_on_two_instances_keeps_them_apart() -> None:
    async def scene(stage: Stage) -> None:
        await stage.completes()
        owners = {event.instance_id for event in stage.events.of(NodeStateChanged) if event.new_state is C}
        assert owners == {"a", "b", "c"}

    document = scenario(
        lane("a", "1", step("MakeCall", targetUri="2"), step("Release")),
        lane("b", "2", step("INCOMING"), step("Answer"), step("DISCONNECTED")),
        lane("c", "3", step("INCOMING", timeout=500, on_failure=(step("TIMEOUT", timeout=1),))),
    )
    on_stage(document, scene)
