"""Transfers of running scenarios: either side of a call may ask for one, and a failed one changes nothing."""

from __future__ import annotations

import pytest

from sipflow.base.events import SipMessageSeen
from tests.documents import Json
from tests.engine.meeting import PEER, meets
from tests.engine.stage import C, completed, lane, scenario, step

NEW = "call-1-transfer"


def hand_over(by_caller: bool) -> Json:
    """Alice calls Bob; one of the two hands the other over to Carol, and is told of it."""
    call = (step("MakeCall", targetUri="1002"),)
    answer = (step("INCOMING"), step("Answer"))
    refers = (
        step("BlindTransfer", "refer", targetUri="1003", completeOn="accepted"),
        *(step("NOTIFY", f"told {status}", statusCode=status) for status in (100, 180, 200)),
        step("Release", "leave"),
    )
    moves = (step("TRANSFERRED", "moved"), step("DISCONNECTED", "left"), step("Release", "end", callId=NEW))
    carol = (step("INCOMING"), step("Ringing"), step("Answer"), step("DISCONNECTED"))
    return scenario(
        lane("a", "1001", *call, *(refers if by_caller else moves)),
        lane("b", "1002", *answer, *(moves if by_caller else refers)),
        lane("c", "1003", *carol),
    )


@pytest.mark.conformance(96, 97, 99)
@pytest.mark.parametrize("by_caller", [True, False], ids=["caller-transfers", "callee-transfers"])
def test_either_side_of_a_call_transfers_and_is_told(by_caller: bool) -> None:
    stage = completed(hand_over(by_caller))
    assert set(stage.states().values()) == {C}
    transferor, transferee = ("a", "b") if by_caller else ("b", "a")
    sent = {
        (event.instance_id, event.method)
        for event in stage.events.of(SipMessageSeen)
        if event.direction == "sent" and event.status_code is None
    }
    assert {(transferor, "REFER"), (transferee, "NOTIFY")} <= sent
    assert not {(transferee, "REFER"), (transferor, "NOTIFY")} & sent


@pytest.mark.conformance(99)
@pytest.mark.parametrize(("status", "why"), [(603, "got 603"), (202, "within 0.3 s")], ids=["refused", "never-told-of"])
def test_attended_transfer_that_fails_keeps_both_calls(status: int, why: str) -> None:
    ends = (
        step("TIMEOUT", "later", timeout=50),
        *(step("Release", f"end {one}", callId=one) for one in ("one", "two")),
    )
    transfer = step("MuteTransfer", primaryCallId="one", consultCallId="two", timeout=300, on_failure=ends)
    calls = (step("MakeCall", f"call {one}", targetUri=PEER, callId=one) for one in ("one", "two"))
    stage, peer = meets(scenario(lane("a", "1001", *calls, transfer)), INVITE=(200,), REFER=(status,), BYE=(200,))
    assert why in stage.error_of("a.MuteTransfer")
    methods = [message.method for message in peer.heard if message.method]
    assert methods == ["INVITE", "ACK", "INVITE", "ACK", "REFER", "BYE", "BYE"]
    first_bye = next(event.seq for event in stage.events.of(SipMessageSeen) if event.method == "BYE")
    assert stage.states()["end two"] is C
    assert all(event.seq < first_bye for event in stage.events.events if event.to_json().get("nodeId") == "later")


@pytest.mark.conformance(99)
@pytest.mark.parametrize(("status", "why"), [(603, "got 603"), (202, "within 0.3 s")], ids=["refused", "never-told-of"])
def test_blind_transfer_that_fails_keeps_the_call(status: int, why: str) -> None:
    ends = (step("TIMEOUT", "later", timeout=50), step("Release", "end"))
    transfer = step("BlindTransfer", targetUri="sip:y@127.0.0.1:6002", timeout=300, on_failure=ends)
    document = scenario(lane("a", "1001", step("MakeCall", targetUri=PEER), transfer))
    stage, peer = meets(document, INVITE=(200,), REFER=(status,), BYE=(200,))
    assert why in stage.error_of("a.BlindTransfer")
    assert [message.method for message in peer.heard if message.method] == ["INVITE", "ACK", "REFER", "BYE"]
    (bye,) = [event for event in stage.events.of(SipMessageSeen) if event.method == "BYE" and event.status_code is None]
    started = stage.events.events[0].timestamp
    assert (bye.timestamp - started) / 1000 == pytest.approx(stage.at("later"), abs=0.001)
