"""Findings about loops, waits at once, meetings and the variables that nodes set."""

from __future__ import annotations

from typing import Any

from sipflow.nodes import load_node_types
from sipflow.scenario import validate_scenario
from tests.documents import Json, chain, command, document, edge, event, instance
from tests.engine.stage import lane, scenario, step

NODE_TYPES = load_node_types()


def found(flow: Json, **variables: str) -> list[tuple[str | None, str]]:
    """Node and code of every finding."""
    findings = validate_scenario(flow, NODE_TYPES, variables=variables)
    return [(one.node_id, one.fault.code) for one in findings]


def looped(*edges: Json) -> Json:
    return document(
        instance("a"),
        command("loop", "Loop"),
        event("x", "TIMEOUT"),
        event("y", "TIMEOUT"),
        edges=[*chain("a", "loop"), *edges],
    )


def test_way_back_to_a_loop_is_no_cycle() -> None:
    assert found(looped(edge("loop", "x"), edge("x", "loop"), edge("loop", "y", "failure"))) == []


def test_way_back_round_a_loop_is_a_cycle() -> None:
    assert ("loop", "cycle") in found(looped(edge("loop", "x"), edge("loop", "y", "failure"), edge("y", "loop")))


def test_cycle_beside_a_loop_is_one() -> None:
    flow = looped(edge("loop", "x"), edge("x", "y"), edge("y", "x", "failure"), edge("y", "loop"))
    assert [code for _, code in found(flow)] == ["cycle"]


def test_loop_without_a_way_back_is_doubtful() -> None:
    assert ("loop", "loop-without-way-back") in found(looped(edge("loop", "x"), edge("x", "y")))


def test_call_that_is_opened_in_a_loop_is_known_behind_it() -> None:
    flow = document(
        instance("a"),
        command("loop", "Loop"),
        command("call", "MakeCall", targetUri="sip:x@127.0.0.1:5070"),
        command("end", "Release"),
        edges=[*chain("a", "loop", "call", "loop"), edge("loop", "end", "failure")],
    )
    assert found(flow) == []


def waiting(*edges: Json, kind: str = "Either") -> Json:
    return document(
        instance("a"),
        command("wait", kind),
        event("x", "TIMEOUT"),
        event("y", "TIMEOUT"),
        command("set", "Set", values=[["v", "1"]]),
        event("z", "TIMEOUT"),
        edges=[*chain("a", "wait"), *edges],
    )


def test_wait_needs_an_event_at_both_its_edges() -> None:
    assert ("wait", "wait-needs-two-events") in found(waiting(edge("wait", "x")))
    assert ("wait", "wait-needs-two-events") in found(waiting(edge("wait", "x"), edge("wait", "set", "failure")))
    whole = waiting(edge("wait", "x"), edge("wait", "y", "failure"), edge("x", "set"), edge("y", "z"))
    assert found(whole) == []


def test_events_of_a_both_must_meet() -> None:
    apart = waiting(edge("wait", "x"), edge("wait", "y", "failure"), edge("x", "set"), edge("y", "z"), kind="Both")
    assert ("wait", "both-must-meet") in found(apart)
    joined = waiting(
        edge("wait", "x"), edge("wait", "y", "failure"), *chain("x", "set", "z"), edge("y", "set"), kind="Both"
    )
    assert found(joined) == []


def test_meeting_of_one_is_an_error() -> None:
    assert found(scenario(lane("a", "1", step("Sync", "s")))) == [("s", "meets-nobody")]


def test_meetings_in_crossed_order_are_an_error() -> None:
    flow = scenario(
        lane("a", "1", step("Sync", "a1", meeting="one"), step("Sync", "a2", meeting="two")),
        lane("b", "2", step("Sync", "b2", meeting="two"), step("Sync", "b1", meeting="one")),
    )
    assert found(flow) == [("b2", "meets-in-vain")]


def set_then_use(first: Any, second: Any) -> Json:
    return scenario(lane("a", "1", first, second))


def test_variable_that_an_earlier_node_sets_is_known() -> None:
    use = step("TIMEOUT", "use", timeout="{{ var.x }}")
    assert found(set_then_use(step("Set", values=[["x", "5"]]), use)) == []
    assert found(set_then_use(step("Set", variable="x", expression="'5'"), use)) == []
    assert found(set_then_use(step("Loop", count=2, variable="x"), use)) == [("a.Loop", "loop-without-way-back")]
    capture = step("INCOMING", checks=[{"header": "To", "variable": "x"}])
    assert found(set_then_use(capture, use)) == []


def test_variable_that_is_set_later_only_is_not_known() -> None:
    use = step("TIMEOUT", "use", timeout="{{ var.x }}")
    assert found(set_then_use(use, step("Set", values=[["x", "5"]]))) == [("use", "variable-unset")]


def test_variable_that_another_instance_sets_is_known() -> None:
    flow = scenario(
        lane("a", "1", step("TIMEOUT", timeout="{{ var.x }}")), lane("b", "2", step("Set", values={"x": "5"}))
    )
    assert found(flow) == []


def test_variable_of_an_expression_must_be_known() -> None:
    assert found(scenario(lane("a", "1", step("Assert", "x", condition="var.y == ''")))) == [("x", "variable-unset")]
    assert found(scenario(lane("a", "1", step("Assert", "x", condition="var.y == ''"))), y="") == []


def test_broken_expression_is_an_error() -> None:
    assert found(scenario(lane("a", "1", step("Assert", "x", condition="1 +")))) == [("x", "expression")]
