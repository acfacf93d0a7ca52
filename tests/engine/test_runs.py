"""Whole runs: what completes, what fails, and the stream of events that tells of it."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.errors import NoRunningScenario, ScenarioAlreadyRunning
from sipflow.base.events import (
    ActionLogged,
    Level,
    MediaChanged,
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    ScenarioStopped,
)
from tests.engine.stage import C, F, R, Stage, completed, failed, lane, on_stage, scenario, step
from tests.examples import SELF_CONTAINED, example

WAIT = scenario(lane("a", "1001", step("TIMEOUT", timeout=1000)))


@pytest.mark.parametrize("name", SELF_CONTAINED)
def test_example_completes_and_leaves_nothing(name: str) -> None:
    completed(example(name))


def test_two_party_call_runs_every_node_and_speaks_sip() -> None:
    stage = completed(example("two-party-call"))
    assert set(stage.states().values()) == {C}
    assert stage.wire("alice") == ["INVITE", "ACK", "BYE"]
    assert stage.wire("bob") == ["100", "180", "200", "200"][1:]
    assert stage.wire("bob", "received") == ["INVITE", "ACK", "BYE"]


def test_single_instance_runs_its_chain() -> None:
    stage = completed(WAIT)
    assert stage.states() == {"a.TIMEOUT": C}
    assert stage.at("a.TIMEOUT") == pytest.approx(1.0)


def test_instance_without_a_chain_completes_at_once() -> None:
    stage = completed(scenario(lane("a", "1001")))
    assert [event for event in stage.events if isinstance(event, NodeStateChanged)] == []


def test_disabled_steps_do_not_run_and_are_told_of_nowhere() -> None:
    stage = completed(
        scenario(
            lane("a", "1001", step("MakeCall", disabled=True), step("TIMEOUT"), step("INCOMING", "x", disabled=True))
        )
        | {"notes": [{"id": "n", "text": "a.TIMEOUT waits for nobody"}]}
    )
    assert stage.states() == {"a.TIMEOUT": C}
    assert not any("MakeCall" in str(event) or "node_id='x'" in str(event) for event in stage.events)


@pytest.mark.conformance(127)
def test_event_time_out_fails_the_run() -> None:
    stage, end = failed(scenario(lane("a", "1001", step("INCOMING", timeout=1500), step("Answer"))))
    assert end.error == "expected an incoming call, got nothing within 1.5 s on call call-1"
    assert (end.node_id, end.instance_id) == ("a.INCOMING", "a")
    assert stage.states() == {"a.INCOMING": F}
    assert stage.at("a.INCOMING", F) == pytest.approx(1.5)


def test_failed_node_tells_what_it_expected_what_came_and_on_which_call() -> None:
    stage, _ = failed(scenario(lane("a", "1001", step("INCOMING", timeout=1500, callId="x"))))
    [event] = [event for event in stage.events if isinstance(event, NodeStateChanged) and event.new_state is F]
    assert (event.expected, event.got, event.call_id) == ("an incoming call", "nothing within 1.5 s", "x")


def test_failure_branch_leaves_the_node_failed_and_the_run_completed() -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("INCOMING", timeout=100, on_failure=(step("TIMEOUT", "otherwise", timeout=50),)),
            step("Answer"),
        )
    )
    stage = completed(document)
    assert stage.states() == {"a.INCOMING": F, "otherwise": C}


def test_failure_on_a_failure_branch_fails_the_run() -> None:
    branch = (step("CONNECTED", "second", timeout=50),)
    _, end = failed(scenario(lane("a", "1001", step("INCOMING", timeout=100, on_failure=branch))))
    assert end.node_id == "second"


def test_first_failure_aborts_the_other_instances() -> None:
    document = scenario(
        lane("a", "1001", step("INCOMING", timeout=100)),
        lane("b", "1002", step("TIMEOUT", timeout=60_000), step("TIMEOUT", "never")),
        lane("c", "1003", step("INCOMING", timeout=5000)),
    )
    stage, end = failed(document)
    assert end.node_id == "a.INCOMING"
    assert stage.states() == {"a.INCOMING": F, "b.TIMEOUT": F, "c.INCOMING": F}
    assert stage.error_of("b.TIMEOUT") == stage.error_of("c.INCOMING") == "stopped"
    assert stage.at("b.TIMEOUT", F) == pytest.approx(0.1)


def test_of_two_failures_at_one_time_the_first_one_is_told() -> None:
    document = scenario(
        lane("a", "1001", step("INCOMING", timeout=100)), lane("b", "1002", step("INCOMING", timeout=100))
    )
    stage, end = failed(document)
    assert end.instance_id == next(e.instance_id for e in stage.events.of(NodeStateChanged) if e.new_state is F)


def test_start_nodes_run_one_after_another_in_edge_order() -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            (step("TIMEOUT", "one", timeout=300), step("TIMEOUT", "two", timeout=1)),
            (step("TIMEOUT", "three", timeout=100),),
            (step("TIMEOUT", "four", timeout=1),),
        )
    )
    stage = completed(document)
    assert stage.order(R) == stage.order(C) == ["one", "two", "three", "four"]


def test_instances_run_in_parallel() -> None:
    lanes = [lane(f"i{n}", str(n), step("TIMEOUT", timeout=1000)) for n in range(20)]
    stage = completed(scenario(*lanes))
    assert {stage.at(f"i{n}.TIMEOUT") for n in range(20)} == {1.0}


def test_stop_ends_the_run_and_cuts_its_nodes_off() -> None:
    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.4)
        await stage.engine.stop_scenario()
        stage.expect_sound_stream()
        stage.expect_nothing_left()
        assert isinstance(stage.events.terminal(), ScenarioStopped)
        assert stage.error_of("a.TIMEOUT") == "stopped"
        assert isinstance(await stage.engine.wait_ended(), ScenarioStopped)

    on_stage(WAIT, scene)


def test_stop_with_a_reason_fails_the_run_with_it() -> None:
    async def scene(stage: Stage) -> None:
        await stage.start()
        await stage.engine.stop_scenario("expected an end within 3 s")
        end = stage.events.terminal()
        assert isinstance(end, ScenarioFailed)
        assert (end.error, end.node_id) == ("expected an end within 3 s", None)

    on_stage(WAIT, scene)


def test_stop_with_nothing_to_stop_is_refused() -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(NoRunningScenario, match="no running scenario"):
            await stage.engine.stop_scenario()
        with pytest.raises(NoRunningScenario):
            await stage.engine.wait_ended()
        await stage.completes()
        with pytest.raises(NoRunningScenario):
            await stage.engine.stop_scenario()

    on_stage(WAIT, scene)


@pytest.mark.parametrize("at_s", [0.0, 0.5])
def test_second_start_is_refused_and_changes_nothing(at_s: float) -> None:
    async def scene(stage: Stage) -> None:
        starting = asyncio.create_task(stage.start())
        await asyncio.sleep(at_s)
        before = len(stage.events)
        with pytest.raises(ScenarioAlreadyRunning, match="scenario already running"):
            await stage.start()
        with pytest.raises(ScenarioAlreadyRunning):
            await stage.engine.start_scenario("another")
        assert len(stage.events) == before
        run_id = await starting
        assert isinstance(await stage.engine.wait_ended(), ScenarioCompleted)
        stage.expect_sound_stream()
        assert {event.run_id for event in stage.events} == {run_id}

    on_stage(WAIT, scene, delay_s=0.2)


def test_engine_runs_again_and_again_under_new_run_ids() -> None:
    async def scene(stage: Stage) -> None:
        run_ids = set()
        for _ in range(3):
            run_ids.add(await stage.start())
            assert stage.engine.is_running()
            assert isinstance(await stage.engine.wait_ended(), ScenarioCompleted)
            stage.expect_sound_stream()
            stage.expect_nothing_left()
            stage.events.events.clear()
        assert len(run_ids) == 3

    on_stage(example("two-party-call"), scene)


def test_event_stream_tells_the_run_in_order() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("TIMEOUT", timeout=10), step("Release")),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED")),
    )
    stage = completed(document)

    def told(event: RunEvent) -> str:
        match event:
            case NodeStateChanged():
                return f"{event.node_id} {event.new_state}"
            case ActionLogged():
                return event.message
            case MediaChanged():
                return f"{event.instance_id} {event.media}"
            case _:
                fields = event.to_json()
                message = fields.get("statusCode") or fields.get("method")
                return f"{event.instance_id} {fields['direction']} {message}" if message else fields["event"]

    assert [told(event) for event in stage.events] == [
        "scenario:started",
        "listens on 127.0.0.1:5060, UDP and TCP",
        "listens on 127.0.0.1:5062, UDP and TCP",
        "a.MakeCall running",
        "a sent INVITE",
        "b.INCOMING running",
        "b received INVITE",
        "b.INCOMING completed",
        "b.Answer running",
        "b stream-started",
        "b sent 200",
        "a received 200",
        "a stream-started",
        "a sent ACK",
        "a.MakeCall completed",
        "a.TIMEOUT running",
        "b received ACK",
        "b.Answer completed",
        "b.DISCONNECTED running",
        "a.TIMEOUT completed",
        "a.Release running",
        "a sent BYE",
        "b received BYE",
        "b sent 200",
        "b stream-stopped",
        "b.DISCONNECTED completed",
        "a received 200",
        "a stream-stopped",
        "a.Release completed",
        "Starting cleanup",
        "Cleanup completed",
        "scenario:completed",
    ]


def test_scenario_started_is_out_before_start_returns_and_names_the_scenario() -> None:
    async def scene(stage: Stage) -> None:
        run_id = await stage.start()
        first = stage.events.events[0]
        assert isinstance(first, ScenarioStarted)
        assert (first.scenario_id, first.run_id, first.seq) == ("it", run_id, 1)
        await stage.engine.wait_ended()

    on_stage(WAIT, scene)


def test_nobody_is_told_of_a_run_before_all_instances_listen() -> None:
    async def scene(stage: Stage) -> None:
        bound: list[int] = []
        stage.events.emit = lambda event: bound.append(len(stage.network.open_endpoints))  # type: ignore[method-assign]
        await stage.start()
        assert bound[0] == 10
        await stage.engine.stop_scenario()

    on_stage(example("ten-instances"), scene)


def test_warnings_of_the_document_stand_in_the_action_log() -> None:
    stage = completed(scenario(lane("a", "1001"), lane("b", "1002", step("TIMEOUT", timeout=1))))
    (warning,) = [told for told in stage.events.of(ActionLogged) if told.level is Level.WARNING]
    assert warning.node_id == "a"
    assert "only listens" in warning.message


def test_calls_that_no_node_ended_are_hung_up_by_cleanup() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002")), lane("b", "1002", step("INCOMING"), step("Answer"))
    )
    stage = completed(document)
    names = [told.kind.value if not isinstance(told, ActionLogged) else told.message for told in stage.events]
    assert "scenario:sip-message" in names[names.index("Starting cleanup") : names.index("Cleanup completed")]
    assert stage.wire().count("BYE") in (1, 2)  # both sides may hang up at the same time
    assert stage.ports.open_ports == 0


def test_document_of_the_ancestor_runs_unchanged() -> None:
    document = {
        "nodes": [
            {
                "id": "sip-1",
                "type": "sipInstance",
                "position": {"x": 1.5, "y": 2},
                "width": 180,
                "data": {
                    "label": "A",
                    "dn": 1001,
                    "mode": "DN",
                    "color": "#fff",
                    "register": False,
                    "pbxInstanceId": "",
                },
                "selected": True,
            },
            {"id": "sip-2", "type": "sipInstance", "data": {"dn": "1002", "localPort": "5066"}},
            {"id": "c1", "type": "command", "data": {"command": "MakeCall", "targetUri": "1002", "timeout": "30000.0"}},
            {"id": "c2", "type": "command", "data": {"command": "Release", "callId": None, "extra": {"deep": [1]}}},
            {"id": "e1", "type": "event", "data": {"event": "INCOMING", "timeout": 30000.0, "callId": ""}},
            {"id": "c3", "type": "command", "data": {"command": "Answer", "codecs": ["PCMU"]}},
            {"id": "e2", "type": "event", "data": {"event": "DISCONNECTED"}},
        ],
        "edges": [
            {"id": "1", "source": "sip-1", "target": "c1", "sourceHandle": "source", "type": "branch"},
            {"id": "2", "source": "c1", "target": "c2", "sourceHandle": None, "data": {"branchType": "success"}},
            {"id": "3", "source": "sip-2", "target": "e1"},
            {"id": "4", "source": "e1", "target": "c3", "sourceHandle": "source", "data": {"branchType": "success"}},
            {"id": "5", "source": "c3", "target": "e2", "data": {}},
        ],
        "viewport": {"x": 0, "y": 0, "zoom": 1},
    }
    stage = completed(document)
    assert set(stage.states().values()) == {C}
    assert set(stage.states()) == {"c1", "c2", "e1", "c3", "e2"}


def test_node_states_of_a_node_that_is_not_reached_are_silent() -> None:
    stage, _ = failed(scenario(lane("a", "1001", step("INCOMING", timeout=1), step("Answer"))))
    assert "a.Answer" not in stage.states()
    assert NodeState.PENDING not in stage.states().values()
