"""Nodes that steer a chain: loops, waits at once, meetings, conditions and variables."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.events import NodeStateChanged, ScenarioFailed
from sipflow.base.ids import RandomIds
from sipflow.engine.bus import EventBus
from sipflow.engine.executor import ChainFailed, Executor
from sipflow.engine.instances import InstanceManager
from sipflow.engine.store import SessionStore
from sipflow.scenario.graph import parse_scenario
from sipflow.testing import EventList, MemoryMediaPorts, MemoryNetwork, VirtualClock
from sipflow.testing.agents import virtual
from tests.documents import Json, chain, command, document, edge, event, instance
from tests.engine.stage import NODE_TYPES, C, F, P, R, Stage, lane, on_stage, scenario, step


def play(flow: Json, *repeated: str, **variables: str) -> Stage:
    """Run a scenario that must complete."""

    async def scene(stage: Stage) -> Stage:
        stage.repeated = frozenset(repeated)
        await stage.completes(**variables)
        return stage

    return on_stage(flow, scene)


def fail(flow: Json, *repeated: str) -> tuple[Stage, ScenarioFailed]:
    """Run a scenario that must fail."""

    async def scene(stage: Stage) -> tuple[Stage, ScenarioFailed]:
        stage.repeated = frozenset(repeated)
        return stage, await stage.fails()

    return on_stage(flow, scene)


def times_run(stage: Stage, node_id: str) -> int:
    return sum(1 for one in stage.events.of(NodeStateChanged) if one.node_id == node_id and one.new_state is R)


def a_loop(count: int, **data: object) -> Json:
    return document(
        instance("a"),
        command("loop", "Loop", count=count, **data),
        event("pause", "TIMEOUT", timeout=100),
        event("done", "TIMEOUT", timeout=1),
        edges=[*chain("a", "loop", "pause", "loop"), edge("loop", "done", "failure")],
    )


def test_loop_runs_its_body_as_often_as_it_says_and_goes_on_behind() -> None:
    stage = play(a_loop(3), "loop", "pause")
    assert times_run(stage, "pause") == 3
    assert times_run(stage, "loop") == 4
    assert stage.at("done") == pytest.approx(0.3, abs=0.01)
    assert stage.states() == {"loop": C, "pause": C, "done": C}


def test_loop_ends_early_where_its_condition_does_not_hold() -> None:
    stage = play(a_loop(10, variable="round", condition='!(var.round == "2")'), "loop", "pause", round="0")
    assert times_run(stage, "pause") == 2


def test_loop_in_a_loop_begins_anew_each_time() -> None:
    flow = document(
        instance("a"),
        command("outer", "Loop", count=3),
        command("inner", "Loop", count=2),
        event("pause", "TIMEOUT", timeout=1),
        edges=[*chain("a", "outer", "inner", "pause", "inner"), edge("inner", "outer", "failure")],
    )
    stage = play(flow, "outer", "inner", "pause")
    assert times_run(stage, "pause") == 6


def test_loop_that_was_left_by_a_side_way_begins_anew() -> None:
    flow = document(
        instance("a"),
        command("outer", "Loop", count=2, variable="round"),
        command("inner", "Loop", count=3),
        command("out", "Assert", condition='var.round == "2"'),
        event("pause", "TIMEOUT", timeout=1),
        edges=[
            *chain("a", "outer", "inner", "out", "pause", "inner"),
            edge("out", "outer", "failure"),
            edge("inner", "outer", "failure"),
        ],
    )
    stage = play(flow, "outer", "inner", "pause", "out")
    assert times_run(stage, "pause") == 3


@virtual
async def test_run_of_too_many_steps_is_ended() -> None:
    graph = parse_scenario(
        document(instance("a"), command("loop", "Loop", count=1000), edges=chain("a", "loop", "loop")), NODE_TYPES
    )
    clock, ids = VirtualClock(asyncio.get_running_loop()), RandomIds(1)
    instances = InstanceManager(
        network=MemoryNetwork(),
        media_ports=MemoryMediaPorts(),
        clock=clock,
        ids=ids,
        tap=lambda *_: None,
        tell=lambda *_: None,
    )
    await instances.create_instances(graph)
    bus = EventBus("run", EventList(), clock)
    executor = Executor(graph, instances=instances, store=SessionStore(), bus=bus, variables={}, max_steps=20)
    with pytest.raises(ChainFailed, match="at most 20 steps"):
        await executor.execute_chain("loop")


def an_either(answer: str, **data: object) -> Json:
    """Alice waits for an answer or a refusal; Bob does as told."""
    return document(
        instance("a", "1001"),
        command("call", "MakeCall", targetUri="1002", completeOn="sent"),
        command("either", "Either"),
        event("answered", "CONNECTED"),
        event("refused", "DISCONNECTED"),
        event("after-answer", "TIMEOUT", timeout=1),
        event("after-refusal", "TIMEOUT", timeout=1),
        instance("b", "1002"),
        event("in", "INCOMING"),
        command("reply", answer, **data),
        edges=[
            *chain("a", "call", "either", "answered", "after-answer"),
            edge("either", "refused", "failure"),
            edge("refused", "after-refusal"),
            *chain("b", "in", "reply"),
        ],
    )


def test_either_goes_on_behind_the_event_that_comes_first() -> None:
    stage = play(an_either("Answer"), "answered", "refused")
    assert stage.states()["after-answer"] is C
    assert "after-refusal" not in stage.states()
    assert stage.states()["refused"] is P
    stage = play(an_either("Response", statusCode=486), "answered", "refused")
    assert stage.states()["after-refusal"] is C
    assert stage.states()["answered"] is P


def test_either_of_which_all_fail_goes_on_at_the_failure_edge_of_the_last() -> None:
    flow = document(
        instance("a"),
        command("either", "Either"),
        event("early", "CONNECTED", timeout=100),
        event("late", "CONNECTED", timeout=200),
        event("after", "TIMEOUT", timeout=1),
        edges=[*chain("a", "either", "early"), edge("either", "late", "failure"), edge("late", "after", "failure")],
    )
    stage = play(flow)
    assert stage.states() == {"either": F, "early": F, "late": F, "after": C}


def test_event_that_an_either_did_not_want_is_there_for_a_later_node() -> None:
    flow = document(
        instance("a", "1001"),
        command("call", "MakeCall", targetUri="1002", completeOn="sent"),
        event("wait", "TIMEOUT", timeout=500),
        command("either", "Either"),
        event("rings", "RINGING"),
        event("answered", "CONNECTED"),
        event("then", "CONNECTED"),
        command("hang-up", "Release"),
        instance("b", "1002"),
        event("in", "INCOMING"),
        command("ring", "Ringing"),
        command("answer", "Answer"),
        edges=[
            *chain("a", "call", "wait", "either", "rings", "then", "hang-up"),
            edge("either", "answered", "failure"),
            *chain("b", "in", "ring", "answer"),
        ],
    )
    # Both have come already when the Either is reached, so both are taken at one time.
    stage = play(flow, "answered", "rings")
    assert stage.states()["answered"] is P
    assert stage.states()["then"] is C


def a_both(*steps: str) -> Json:
    names = {"ring": "Ringing", "answer": "Answer"}
    return document(
        instance("a", "1001"),
        command("call", "MakeCall", targetUri="1002", completeOn="sent"),
        command("both", "Both"),
        event("answered", "CONNECTED", timeout=1000),
        event("rings", "RINGING", timeout=1000),
        command("hang-up", "Release"),
        instance("b", "1002"),
        event("in", "INCOMING"),
        *(command(one, names[one]) for one in steps),
        edges=[
            *chain("a", "call", "both", "answered", "hang-up"),
            edge("both", "rings", "failure"),
            edge("rings", "hang-up"),
            *chain("b", "in", *steps),
        ],
    )


def test_both_goes_on_when_both_events_have_come_in_any_order() -> None:
    stage = play(a_both("ring", "answer"))
    assert set(stage.states().values()) == {C}


def test_both_fails_where_one_event_does_not_come() -> None:
    stage, end = fail(a_both("answer"))
    assert end.node_id == "rings"
    assert stage.states()["both"] is F
    assert "hang-up" not in stage.states()


def test_stop_during_an_either_ends_its_events_as_stopped() -> None:
    flow = document(
        instance("a"),
        command("either", "Either"),
        event("one", "CONNECTED", timeout=60_000),
        event("other", "DISCONNECTED", timeout=60_000),
        edges=[*chain("a", "either", "one"), edge("either", "other", "failure")],
    )

    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(1)
        await stage.engine.stop_scenario()
        stage.expect_sound_stream()
        assert stage.states() == {"either": F, "one": F, "other": F}
        assert stage.error_of("one") == "stopped"

    on_stage(flow, scene)


def test_instances_go_on_together_from_their_meeting() -> None:
    flow = scenario(
        lane("a", "1", step("TIMEOUT", timeout=700), step("Sync", meeting="x"), step("TIMEOUT", "a-end", timeout=1)),
        lane("b", "2", step("Sync", meeting="x"), step("TIMEOUT", "b-end", timeout=1)),
    )
    stage = play(flow)
    assert stage.at("b.Sync") == stage.at("a.Sync") == pytest.approx(0.7, abs=0.01)


def test_meeting_to_which_one_does_not_come_in_time_fails() -> None:
    flow = scenario(
        lane("a", "1", step("Sync", meeting="x", timeout=300)),
        lane("b", "2", step("TIMEOUT", timeout=5000), step("Sync", meeting="x")),
    )
    _, end = fail(flow)
    assert end.node_id == "a.Sync"
    assert "b did not come within 0.3 s" in end.error


def test_meeting_can_be_held_again_in_a_loop() -> None:
    def rounds(name: str, pause: int) -> Json:
        return document(
            instance(name),
            command(f"{name}-loop", "Loop", count=3),
            event(f"{name}-pause", "TIMEOUT", timeout=pause),
            command(f"{name}-sync", "Sync", meeting="x"),
            edges=chain(name, f"{name}-loop", f"{name}-pause", f"{name}-sync", f"{name}-loop"),
        )

    nodes = [f"{name}-{what}" for name in "ab" for what in ("loop", "pause", "sync")]
    stage = play(scenario(rounds("a", 100), rounds("b", 250)), *nodes)
    assert stage.events.events[-1].timestamp - stage.events.events[0].timestamp == pytest.approx(750, abs=10)


def test_set_and_assert_know_variables_and_calls() -> None:
    flow = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="1002", callId="first"),
            step(
                "Set",
                values=[["peer", "{{ call.first.remote_uri }}"]],
                variable="next",
                expression="string(int(var.n) + 1)",
            ),
            step("Assert", condition='var.next == "5" && var.peer.startsWith("sip:1002@")'),
            step("Assert", "a-status", condition='call["first"].status == 200 && call.first.from_tag != ""'),
            step("Release", callId="first"),
        ),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED")),
    )
    assert set(play(flow, n="4").states().values()) == {C}


def test_assert_that_does_not_hold_fails_with_what_it_means() -> None:
    _, end = fail(scenario(lane("a", "1", step("Assert", condition="1 > 2", message="the world to be upside down"))))
    assert end.error == "expected the world to be upside down, got false"
    _, end = fail(scenario(lane("a", "1", step("Assert", condition='call["x"].status == 200'))))
    assert 'call["x"].status' in end.error


def test_header_of_a_message_is_checked_and_captured_for_other_instances() -> None:
    flow = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="1002", headers=[["X-Ticket", "no. 4711"]]),
            step("Sync", meeting="told"),
            step("Assert", condition='var.ticket == "4711"'),
            step("Release"),
        ),
        lane(
            "b",
            "1002",
            step(
                "INCOMING",
                checks=[
                    {"header": "X-Ticket", "rule": "matches", "value": r"no\. (\d+)", "variable": "ticket"},
                    {"header": "X-Other", "rule": "absent"},
                    {"header": "start-line", "value": "^INVITE sip:1002@"},
                    {"header": "body", "value": "m=audio"},
                    {"header": "From", "rule": "differs", "value": "9999"},
                ],
            ),
            step("Answer"),
            step("Sync", meeting="told"),
            step("DISCONNECTED"),
        ),
    )
    assert set(play(flow).states().values()) == {C}


def test_message_that_does_not_pass_a_check_fails_its_node() -> None:
    flow = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("Release")),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED", checks=[{"header": "Reason"}])),
    )
    _, end = fail(flow)
    assert end.error == "expected Reason to match '', got no Reason on call call-1"
