"""The end of a run waits for the ACKs to its refusals: a lost one is sent again. Source: RFC 3261 §17.2.1."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.events import ActionLogged, Level
from tests.documents import Json
from tests.engine.meeting import A, meets
from tests.engine.peer import Peer
from tests.engine.stage import Stage, lane, on_stage, scenario, step

UNACKNOWLEDGED = "the ACK to a refusal did not come within 5 s"


def refuses() -> Json:
    """An instance that refuses one call, as the last thing it does."""
    return scenario(lane("a", "1001", step("INCOMING"), step("Response", statusCode=486), localPort=5060))


def lasted(stage: Stage) -> float:
    """Seconds from the first event of the run to the last."""
    events = stage.events.events
    return (events[-1].timestamp - events[0].timestamp) / 1000


def warnings(stage: Stage) -> list[str]:
    return [event.message for event in stage.events.of(ActionLogged) if event.level is Level.WARNING]


@pytest.mark.conformance(27)
def test_lost_refusal_is_sent_again_before_the_run_ends() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        stage.network.black_holes.add(peer.address)
        peer.invite(A)
        await asyncio.sleep(1)
        stage.network.black_holes.clear()

    stage, peer = meets(refuses(), scene)
    assert peer.statuses == [486]
    assert lasted(stage) == pytest.approx(1.5, abs=0.01)
    assert warnings(stage) == []


def test_refusal_that_nobody_acknowledges_is_waited_for_five_seconds() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.acknowledges = False
        peer.invite(A)

    stage, peer = meets(refuses(), scene)
    assert peer.statuses == [486] * 4  # at 0, 0.5, 1.5 and 3.5 s
    assert lasted(stage) == pytest.approx(5.0, abs=0.01)
    assert warnings(stage) == [UNACKNOWLEDGED]


def test_refusal_by_cleanup_itself_is_sent_again_where_it_was_lost() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.invite(A)
        await asyncio.sleep(0.5)
        stage.network.black_holes.add(peer.address)
        await asyncio.sleep(1)
        stage.network.black_holes.clear()

    waits = scenario(lane("a", "1001", step("TIMEOUT", timeout=900), localPort=5060))
    stage, peer = meets(waits, scene)
    assert peer.statuses == [100, 480]
    assert lasted(stage) == pytest.approx(2.4, abs=0.01)


def test_refusal_by_a_stream_is_not_waited_for() -> None:
    async def play(stage: Stage) -> None:
        peer = Peer({})
        peer.transport, peer.acknowledges = "TCP", False
        await peer.start(stage.network, port=6000)
        await stage.start()
        peer.invite(A)
        await stage.engine.wait_ended()
        assert lasted(stage) == pytest.approx(0, abs=0.01)
        await asyncio.sleep(0.01)
        assert peer.statuses == [486]
        await peer.close()

    on_stage(refuses(), play)
