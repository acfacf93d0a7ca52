"""When each command ends, and why a call does."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.testing import MemoryNetwork
from tests.engine.meeting import PEER, A, calls, meets
from tests.engine.peer import Peer
from tests.engine.stage import F, Stage, completed, failed, lane, on_stage, scenario, step


@pytest.mark.conformance(81)
def test_make_call_that_times_out_cancels_its_call_first() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(0.5)
        assert peer.methods == ["INVITE"]
        await asyncio.sleep(0.6)
        assert peer.methods == ["INVITE", "CANCEL"]
        peer.answer(peer.last("CANCEL"), 200)
        peer.answer(peer.last("INVITE"), 487)

    document = scenario(calls(timeout=1000))
    stage, peer = meets(document, scene, fails=True, INVITE=(180,))
    assert stage.error_of("a.MakeCall") == "expected answered, got 180 Because within 1 s on call call-1"
    assert stage.at("a.MakeCall", F) == pytest.approx(1.0)
    assert peer.methods == ["INVITE", "CANCEL", "ACK"]


def test_make_call_waits_thirty_seconds_by_default() -> None:
    stage, _ = meets(scenario(calls()), fails=True, INVITE=(180,), CANCEL=(200,))
    assert stage.at("a.MakeCall", F) == pytest.approx(30.002, abs=0.002)


def test_event_waits_ten_seconds_by_default() -> None:
    stage, _ = failed(scenario(lane("a", "1001", step("INCOMING"))))
    assert stage.at("a.INCOMING", F) == pytest.approx(10.0)


def test_timeout_node_succeeds_when_its_time_is_reached() -> None:
    stage = completed(scenario(lane("a", "1001", step("TIMEOUT", timeout=2500))))
    assert stage.at("a.TIMEOUT") == pytest.approx(2.5)


def test_ringing_and_response_end_when_sent() -> None:
    document = scenario(lane("a", "1001", step("INCOMING"), step("Ringing"), step("Response"), localPort=5060))

    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)

    stage, peer = meets(document, scene)
    assert stage.at("a.Response") == stage.at("a.INCOMING")
    assert peer.statuses[:2] == [180, 486]


def test_answer_ends_at_the_ack() -> None:
    document = scenario(lane("a", "1001", step("INCOMING"), step("Answer"), localPort=5060))

    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)
        await asyncio.sleep(3)
        to = next(message for message in peer.heard if message.status == 200).header("To")
        peer.ask("ACK", A, To=to)

    stage, peer = meets(document, scene, BYE=(200,))
    assert stage.at("a.Answer") == pytest.approx(3.001)
    assert peer.statuses.count(200) == 3  # at 0.5 and 1.5 s again


@pytest.mark.conformance(28)
def test_answer_fails_where_no_ack_comes_within_64_t1() -> None:
    document = scenario(lane("a", "1001", step("INCOMING"), step("Answer"), localPort=5060))

    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)

    stage, peer = meets(document, scene, fails=True, BYE=(200,))
    assert (
        stage.error_of("a.Answer") == "expected the ACK to our 200, got disconnected (timeout: no ACK) on call call-1"
    )
    assert stage.at("a.Answer", F) == pytest.approx(32.001, abs=0.01)
    assert peer.methods == ["BYE"]


def test_answer_fails_on_a_call_that_was_cancelled_meanwhile() -> None:
    document = scenario(lane("a", "1001", step("INCOMING"), step("TIMEOUT"), step("Answer"), localPort=5060))

    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)
        await asyncio.sleep(1)
        peer.cancel(A)

    stage, peer = meets(document, scene, fails=True)
    assert "the call is ended on call call-1" in stage.error_of("a.Answer")
    assert 487 in peer.statuses


def test_release_ends_at_the_answer_to_bye() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(3)
        peer.answer(peer.last("BYE"), 200)

    stage, _ = meets(scenario(calls(step("Release"))), scene, INVITE=(200,))
    assert stage.at("a.Release") == pytest.approx(3.001)


def test_release_ends_at_the_answer_to_cancel() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(3)
        peer.answer(peer.last("CANCEL"), 200)
        await asyncio.sleep(1)
        peer.answer(peer.last("INVITE"), 487)

    stage, _ = meets(scenario(calls(step("Release"), completeOn="ringing")), scene, INVITE=(180,))
    assert stage.at("a.Release") == pytest.approx(3.001)


@pytest.mark.parametrize("answers", [(), (100,)])
def test_release_gives_a_silent_peer_64_t1(answers: tuple[int, ...]) -> None:
    document = scenario(calls(step("TIMEOUT", timeout=100), step("Release"), completeOn="sent"))
    stage, peer = meets(document, INVITE=answers)
    if answers:
        assert stage.at("a.Release") == pytest.approx(32.1)
        assert peer.methods.count("CANCEL") == 11
    else:
        assert stage.at("a.Release") == pytest.approx(32.0)  # no response: nothing may be sent, and B ends the INVITE
        assert "CANCEL" not in peer.methods


@pytest.mark.conformance(71)
def test_release_before_any_response_ends_with_the_answer_to_its_late_cancel() -> None:
    async def scene(_: Stage, peer: Peer) -> None:
        await asyncio.sleep(1.0)
        peer.answer(peer.last("INVITE"), 180)
        await asyncio.sleep(0.5)
        peer.answer(peer.last("CANCEL"), 200)
        peer.answer(peer.last("INVITE"), 487)

    stage, peer = meets(scenario(calls(step("Release"), completeOn="sent")), scene)
    assert stage.at("a.Release") == pytest.approx(1.5, abs=0.01)
    assert peer.methods.count("CANCEL") == 1


def test_release_of_an_unanswered_incoming_call_refuses_it() -> None:
    document = scenario(lane("a", "1001", step("INCOMING"), step("Release"), localPort=5060))

    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)

    _, peer = meets(document, scene)
    assert peer.statuses == [480]


def test_disconnected_by_bye() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(1)
        peer.hang_up()

    meets(scenario(calls(step("DISCONNECTED", cause="bye"))), scene, INVITE=(200,))


def test_disconnected_by_cancel() -> None:
    document = scenario(lane("a", "1001", step("INCOMING"), step("DISCONNECTED", cause="cancel"), localPort=5060))

    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)
        await asyncio.sleep(1)
        peer.cancel(A)

    meets(document, scene)


@pytest.mark.conformance(44)
@pytest.mark.parametrize("status", [302, 404, 480, 486, 500, 503, 600, 603])
def test_disconnected_by_refusal(status: int) -> None:
    branch = (step("DISCONNECTED", cause="rejected"),)
    document = scenario(lane("a", "1001", step("MakeCall", targetUri=PEER, on_failure=branch)))
    stage, _ = meets(document, INVITE=(status,))
    assert str(status) in stage.error_of("a.MakeCall")


@pytest.mark.conformance(20)
def test_disconnected_by_timeout_where_nothing_answers() -> None:
    document = scenario(calls(step("DISCONNECTED", cause="timeout", timeout=40_000), completeOn="sent"))
    stage, peer = meets(document)
    assert stage.at("a.DISCONNECTED") == pytest.approx(32.0, abs=0.01)
    assert peer.methods.count("INVITE") == 7


@pytest.mark.conformance(13)
def test_disconnected_by_transport_where_nobody_listens() -> None:
    branch = (step("DISCONNECTED", cause="transport"),)
    document = scenario(lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:1", on_failure=branch)))
    stage = completed(document)
    assert "connection refused" in stage.error_of("a.MakeCall")
    assert stage.at("a.MakeCall", F) < 0.01


def test_wait_for_another_cause_is_not_satisfied() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(0.5)
        peer.hang_up()

    document = scenario(calls(step("DISCONNECTED", cause="cancel", timeout=1000)))
    stage, _ = meets(document, scene, fails=True, INVITE=(200,))
    assert stage.error_of("a.DISCONNECTED") == (
        "expected disconnected (cancel), got connected, then disconnected (bye) within 1 s on call call-1"
    )


@pytest.mark.parametrize("complete_on", ["answered", "ringing"])
def test_own_release_gives_no_disconnected(complete_on: str) -> None:
    document = scenario(calls(step("Release"), step("DISCONNECTED", timeout=2000), completeOn=complete_on))

    async def scene(stage: Stage, peer: Peer) -> None:
        if complete_on == "ringing":
            await asyncio.sleep(1)
            peer.answer(peer.last("INVITE"), 487)

    answers = (180, 200) if complete_on == "answered" else (180,)
    stage, _ = meets(document, scene, fails=True, INVITE=answers, BYE=(200,), CANCEL=(200,))
    assert stage.error_of("a.DISCONNECTED").startswith("expected disconnected, got 180 Because")


@pytest.mark.conformance(82)
def test_crossing_byes_end_both_sides() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("TIMEOUT", timeout=99), step("Release")),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("TIMEOUT", timeout=98), step("Release")),
    )

    async def scene(stage: Stage) -> None:
        await stage.completes()
        assert stage.wire().count("BYE") == 2

    on_stage(document, scene, network=MemoryNetwork())
