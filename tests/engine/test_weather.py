"""Lost wake-ups: a thousand runs on a network that delays, doubles and reorders, and the same verdict each time."""

from __future__ import annotations

import pytest

from sipflow.base.events import NodeState, SipMessageSeen
from sipflow.testing import MemoryNetwork, Weather
from tests.documents import Json
from tests.engine.stage import C, F, Stage, completed, lane, on_stage, scenario, step
from tests.examples import SELF_CONTAINED, example

SLOWEST_S = 0.04
"""Longest delay of a message. A pause of 50 ms keeps 180 before 200, and ACK before BYE, whatever the weather."""


PATIENT_MS = 60_000


def reordered() -> Json:
    """Calls whose events come before, between and after the nodes that wait for them."""
    nothing_comes = (step("TIMEOUT", "c-nothing", timeout=1),)
    return scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", "a-call", targetUri="1002", completeOn="sent"),
            step("TIMEOUT", "a-1", timeout=40),
            step("RINGING", "a-rings"),
            step("TIMEOUT", "a-2", timeout=60),
            step("CONNECTED", "a-connected"),
            step("TIMEOUT", "a-3", timeout=60),
            step("DISCONNECTED", "a-ended", cause="bye"),
        ),
        lane(
            "b",
            "1002",
            step("TIMEOUT", "b-1", timeout=20),
            step("INCOMING", "b-in"),
            step("Ringing", "b-ring"),
            step("TIMEOUT", "b-2", timeout=50),
            step("Answer", "b-answer"),
            step("CONNECTED", "b-connected"),
            step("TIMEOUT", "b-3", timeout=20),
            step("Release", "b-release"),
        ),
        lane(
            "c",
            "1003",
            step("MakeCall", "c-call", targetUri="1004", completeOn="ringing"),
            step("RINGING", "c-rings"),
            step("TIMEOUT", "c-1", timeout=20),
            step("Release", "c-release"),
            step("DISCONNECTED", "c-ended", timeout=100, on_failure=nothing_comes),
        ),
        lane(
            "d",
            "1004",
            step("TIMEOUT", "d-1", timeout=25),
            step("INCOMING", "d-in"),
            step("Ringing", "d-ring"),
            step("TIMEOUT", "d-2", timeout=60),
            step("DISCONNECTED", "d-ended", cause="cancel"),
        ),
        lane(
            "g",
            "1007",
            step("MakeCall", "g-call-1", targetUri="sip:11@127.0.0.1:5090", callId="one", completeOn="sent"),
            step("MakeCall", "g-call-2", targetUri="sip:22@127.0.0.1:5090", callId="two", completeOn="sent"),
            step("CONNECTED", "g-connected-2", callId="two"),
            step("CONNECTED", "g-connected-1", callId="one"),
            step("TIMEOUT", "g-1", timeout=50),
            step("Release", "g-release-1", callId="one"),
            step("Release", "g-release-2", callId="two"),
        ),
        lane(
            "h",
            "1008",
            step("INCOMING", "h-in-2", number="22", callId="two"),
            step("INCOMING", "h-in-1", number="11", callId="one"),
            step("Answer", "h-answer-2", callId="two"),
            step("Answer", "h-answer-1", callId="one"),
            step("DISCONNECTED", "h-ended-2", callId="two", cause="bye"),
            step("DISCONNECTED", "h-ended-1", callId="one", cause="bye"),
            localPort=5090,
        ),
    )


def lossy() -> Json:
    """Calls that retransmission brings to one verdict, though any message may be lost."""
    unheard = (step("TIMEOUT", "a-unheard", timeout=1),)  # no one repeats a 180
    refused = (step("DISCONNECTED", "e-refused", cause="rejected", timeout=PATIENT_MS),)
    return scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", "a-call", targetUri="1002", timeout=PATIENT_MS),
            step("CONNECTED", "a-connected"),
            step("DISCONNECTED", "a-ended", cause="bye", timeout=PATIENT_MS),
            (step("RINGING", "a-rang", timeout=1, on_failure=unheard),),
        ),
        lane(
            "b",
            "1002",
            step("INCOMING", "b-in", timeout=PATIENT_MS),
            step("Ringing", "b-ring"),
            step("TIMEOUT", "b-1", timeout=700),
            step("Answer", "b-answer"),
            step("CONNECTED", "b-connected"),
            step("Release", "b-release"),
        ),
        lane("e", "1005", step("MakeCall", "e-call", targetUri="1006", on_failure=refused, timeout=PATIENT_MS)),
        lane(
            "f",
            "1006",
            step("INCOMING", "f-in", timeout=PATIENT_MS),
            step("Response", "f-refuse"),
            step("TIMEOUT", "f-1", timeout=40_000),
        ),
        lane(
            "g",
            "1007",
            step("MakeCall", "g-call", targetUri="1008", timeout=2000, on_failure=(step("TIMEOUT", "g-1", timeout=1),)),
        ),
        lane(
            "h",
            "1008",
            step("INCOMING", "h-in", timeout=PATIENT_MS),
            step("Ringing", "h-ring"),
            step("DISCONNECTED", "h-ended", cause="cancel", timeout=PATIENT_MS),
        ),
    )


@pytest.mark.parametrize("part", range(4))
def test_verdict_is_the_same_in_250_runs_with_delay_and_reordering(part: int) -> None:
    document = reordered()
    expected = {node["id"]: C for node in document["nodes"] if node["type"] != "sipInstance"}
    expected["c-ended"] = F

    async def scene(stage: Stage) -> dict[str, NodeState]:
        await stage.start()
        end = await stage.engine.wait_ended()
        assert end.kind == "scenario:completed", end
        return stage.states()

    for seed in range(part * 250, (part + 1) * 250):
        weather = Weather(seed=seed, min_delay_s=0.0, max_delay_s=SLOWEST_S, duplicate=0.1)
        assert on_stage(document, scene, network=MemoryNetwork(weather), seed=seed) == expected, f"seed {seed}"


def test_weather_brings_events_before_between_and_after_their_waits() -> None:
    """The thousand runs mean something: a wait finds its event, or has to wait for it, depending on the seed."""
    waited: dict[str, set[bool]] = {}
    overtaken = 0
    for seed in range(30):
        stage = completed(reordered(), network=MemoryNetwork(Weather(seed=seed, max_delay_s=SLOWEST_S)))
        for node_id in ("a-rings", "a-connected", "a-ended", "b-in", "d-in", "d-ended"):
            waited.setdefault(node_id, set()).add(stage.at(node_id) > stage.at(node_id, NodeState.RUNNING))
        seen = stage.events.of(SipMessageSeen)
        sent = [event.raw for event in seen if event.direction == "sent"]
        received = [event.raw for event in seen if event.direction == "received"]
        overtaken += sent != received
    assert waited == {node_id: {True, False} for node_id in waited}
    assert overtaken == 30


def test_verdict_is_the_same_in_100_runs_with_loss() -> None:
    document = lossy()

    async def scene(stage: Stage) -> None:
        await stage.completes()

    lost = 0
    for seed in range(100):
        network = MemoryNetwork(Weather(seed=seed, max_delay_s=0.1, loss=0.2, duplicate=0.1))
        on_stage(document, scene, network=network, seed=seed)
        lost += network.lost
    assert lost > 300


@pytest.mark.parametrize("name", SELF_CONTAINED)
def test_example_completes_in_any_weather(name: str) -> None:
    for seed in range(10):
        weather = Weather(seed=seed, min_delay_s=0.0, max_delay_s=0.25, duplicate=0.1)
        completed(example(name), network=MemoryNetwork(weather), seed=seed)
