"""Hold and retrieval as a scenario sees them."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.meeting import calls, meets
from tests.engine.peer import Peer
from tests.engine.stage import C, Stage, completed, failed, lane, scenario, step

by_either_method = pytest.mark.parametrize("method", ["INVITE", "UPDATE"])


@pytest.mark.conformance(110)
@by_either_method
def test_held_and_retrieved_come_in_order_and_call_by_call(method: str) -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", "one", targetUri="1002", callId="one"),
            step("MakeCall", "two", targetUri="1002", callId="two"),
            step("Hold", "hold-two", callId="two", method=method),
            step("Hold", "hold-one", callId="one", method=method),
            step("Retrieve", callId="two", method=method),
        ),
        lane(
            "b",
            "1002",
            step("INCOMING", "in-one", callId="x"),
            step("Answer", "answer-one", callId="x"),
            step("INCOMING", "in-two", callId="y"),
            step("Answer", "answer-two", callId="y"),
            step("HELD", "held-one", callId="x"),
            step("HELD", "held-two", callId="y"),
            step("RETRIEVED", "back-two", callId="y"),
            step("RETRIEVED", "back-one", callId="x", timeout=100, on_failure=(step("TIMEOUT", timeout=1),)),
        ),
    )
    stage = completed(document)
    assert stage.error_of("back-one") == "expected retrieved, got connected within 0.1 s on call x"


def test_hold_that_is_refused_fails_with_its_status_and_the_call_goes_on() -> None:
    document = scenario(calls(step("Hold", method="UPDATE", on_failure=(step("Release"),))))
    stage, _ = meets(document, INVITE=(200,), BYE=(200,), UPDATE=(488,))
    assert stage.error_of("a.Hold") == "expected 2xx to UPDATE with sendonly, got 488 Because on call call-1"
    assert stage.states()["a.Release"] is C


def test_hold_before_the_answer_fails_and_says_why() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002", completeOn="ringing"), step("Hold")),
        lane("b", "1002", step("INCOMING"), step("Ringing"), step("TIMEOUT", timeout=1000)),
    )
    _, end = failed(document)
    assert end.error == (
        "expected 2xx to INVITE with sendonly, got the call has no session to change by INVITE: it is proceeding "
        "on call call-1"
    )


def test_hold_that_nobody_answers_in_time_fails_and_is_cancelled() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(0.05)
        peer.answers["INVITE"] = (100,)

    hold = step("Hold", timeout=700, on_failure=(step("Release"),))
    document = scenario(calls(step("TIMEOUT", timeout=100), hold))
    stage, peer = meets(document, scene, INVITE=(200,), CANCEL=(200,), BYE=(200,))
    assert stage.error_of("a.Hold") == (
        "expected 2xx to INVITE with sendonly, got no final response within 0.7 s on call call-1"
    )
    assert peer.methods == ["INVITE", "ACK", "INVITE", "CANCEL", "BYE"]
