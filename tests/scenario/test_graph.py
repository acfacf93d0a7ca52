"""What the engine is given: instances, chains, branches and runnable nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest

import sipflow.scenario
from sipflow.base.errors import NodeFailed, ScenarioInvalid
from sipflow.nodes import load_node_types
from sipflow.nodes.make_call import MakeCall
from sipflow.nodes.sip_instance import SipInstanceParams
from sipflow.scenario import ExecutionGraph, parse_scenario
from tests.documents import Json, chain, command, document, edge, event, instance, two_party

NODE_TYPES = load_node_types()


def parse(flow_data: Any, **variables: str) -> ExecutionGraph:
    return parse_scenario(flow_data, NODE_TYPES, variables=variables)


def test_instances_start_their_own_chains() -> None:
    graph = parse(two_party())
    assert {key: chain.start_nodes for key, chain in graph.instances.items()} == {"a": ("call",), "b": ("in",)}
    assert [(node.id, node.instance_id, node.success) for node in graph.nodes.values()] == [
        ("call", "a", "end"),
        ("end", "a", None),
        ("in", "b", "answer"),
        ("answer", "b", "bye"),
        ("bye", "b", None),
    ]


def test_start_nodes_stand_in_edge_order() -> None:
    scenario = document(
        instance("a"), event("t", "TIMEOUT"), event("u", "TIMEOUT"), edges=[edge("a", "u"), edge("a", "t")]
    )
    assert parse(scenario).instances["a"].start_nodes == ("u", "t")


def test_branches_lead_to_their_nodes() -> None:
    scenario = document(
        instance("a"),
        command("call", "MakeCall", targetUri="sip:x@h"),
        event("good", "TIMEOUT"),
        event("bad", "TIMEOUT"),
        edges=[edge("a", "call"), edge("call", "bad", "failure"), edge("call", "good")],
    )
    call = parse(scenario).nodes["call"]
    assert (call.success, call.failure) == ("good", "bad")


def test_an_instance_without_a_label_is_called_by_its_dn() -> None:
    graph = parse(two_party())
    assert graph.instances["a"].label == "1001"
    assert isinstance(graph.instances["a"].params, SipInstanceParams)


def test_nodes_that_nothing_reaches_are_left_out() -> None:
    scenario = two_party()
    scenario["nodes"].append(event("lost", "TIMEOUT"))
    graph = parse(scenario)
    assert "lost" not in graph.nodes
    assert [str(finding) for finding in graph.warnings] == [
        "warning: TIMEOUT (lost): is reached by no instance: it never runs"
    ]


def test_a_node_without_an_instance_belongs_to_the_one_that_reaches_it() -> None:
    scenario = two_party()
    scenario["nodes"][4]["data"]["sipInstanceId"] = ""
    assert parse(scenario).nodes["answer"].instance_id == "b"


def off(step: Json) -> Json:
    """The same step, disabled."""
    step["data"]["disabled"] = True
    return step


def test_disabled_steps_are_passed_over_by_their_success_edge() -> None:
    scenario = document(
        instance("a"),
        off(event("first", "TIMEOUT")),
        command("call", "MakeCall", targetUri="sip:x@h"),
        off(event("pause", "TIMEOUT")),
        off(event("more", "TIMEOUT")),
        command("end", "Release"),
        off(command("last", "Release")),
        event("never", "TIMEOUT"),
        edges=[
            *chain("a", "first", "call", "pause", "more", "end", "last"),
            edge("call", "more", "failure"),
            edge("pause", "never", "failure"),
        ],
    )
    graph = parse(scenario)
    assert graph.instances["a"].start_nodes == ("call",)
    assert {node.id: (node.success, node.failure) for node in graph.nodes.values()} == {
        "call": ("end", "end"),
        "end": (None, None),
    }
    assert [finding.node_id for finding in graph.warnings] == ["never"]


def test_two_starts_that_meet_behind_a_disabled_step_are_one() -> None:
    scenario = document(
        instance("a"),
        off(event("x", "TIMEOUT")),
        event("t", "TIMEOUT"),
        edges=[edge("a", "t"), edge("a", "x"), edge("x", "t")],
    )
    assert parse(scenario).instances["a"].start_nodes == ("t",)


def test_a_circle_of_disabled_steps_leads_nowhere() -> None:
    steps = [off(event(step_id, "TIMEOUT")) for step_id in ("x", "y")]
    scenario = document(
        instance("a"), event("t", "TIMEOUT"), *steps, edges=[*chain("a", "t", "x", "y", "x"), edge("t", "y", "failure")]
    )
    step = parse(scenario).nodes["t"]
    assert (step.success, step.failure) == (None, None)


def test_only_true_disables_and_never_an_instance() -> None:
    scenario = document(instance("a", disabled=True), event("t", "TIMEOUT", disabled="no"), edges=chain("a", "t"))
    assert parse(scenario).instances["a"].start_nodes == ("t",)


def test_errors_are_raised_together_with_the_scenarios_id() -> None:
    with pytest.raises(ScenarioInvalid, match=r"scenario 's1' is not valid: no SIP instance.*and 2 more") as caught:
        parse_scenario(document(command("x", "MakeCall")), NODE_TYPES, scenario_id="s1")
    assert [str(finding).partition(":")[0] for finding in caught.value.findings] == ["error", "error", "warning"]


def test_a_node_is_built_with_its_variables() -> None:
    scenario = document(
        instance("a"),
        command(
            "x", "MakeCall", targetUri="sip:{{ var.user }}@h", headers={"X-A": "{{var.user}}"}, timeout="{{ var.ms }}"
        ),
        edges=chain("a", "x"),
    )
    node = parse(scenario, user="bob", ms="1500").nodes["x"].build({"user": "carol", "ms": "1500"})
    assert isinstance(node, MakeCall)
    assert node.params.target_uri == "sip:carol@h"
    assert node.params.headers == (("X-A", "carol"),)
    assert node.params.timeout_ms == 1500


@pytest.mark.parametrize(
    ("ms", "got"),
    [
        ("soon", "should be a valid integer"),
        ("-1", "should be greater than 0"),
        ("{{ var.ms }}", "should be a valid integer"),
    ],
)
def test_a_value_that_does_not_fit_fails_the_node_with_its_field(ms: str, got: str) -> None:
    scenario = document(
        instance("a"), event("t", "TIMEOUT", label="Pause", timeout="{{ var.ms }}"), edges=chain("a", "t")
    )
    with pytest.raises(NodeFailed, match=rf"expected settings that can be used, got timeout: {got}"):
        parse(scenario, ms="1").nodes["t"].build({"ms": ms})


def test_a_variable_that_is_gone_fails_the_node() -> None:
    scenario = document(instance("a"), event("t", "TIMEOUT", timeout="{{ var.ms }}"), edges=chain("a", "t"))
    with pytest.raises(NodeFailed, match="variable 'ms' is not set"):
        parse(scenario, ms="1").nodes["t"].build({})


def test_a_document_of_the_ancestor_loads_unchanged() -> None:
    text = json.dumps(
        {
            "nodes": [
                {
                    "id": "i1",
                    "type": "sipInstance",
                    "data": {"label": "A", "mode": "DN", "dn": "100", "serverId": "x", "codecs": []},
                },
                {
                    "id": "i2",
                    "type": "sipInstance",
                    "data": {"label": "B", "mode": "DN", "dn": 200, "pbxPort": "5060", "localPort": "5066"},
                },
                {
                    "id": "c1",
                    "type": "command",
                    "data": {
                        "command": "MakeCall",
                        "sipInstanceId": "i1",
                        "targetUri": "sip:200@127.0.0.1:5062",
                        "timeout": 30000.0,
                        "transferTarget": "",
                    },
                },
                {"id": "e1", "type": "event", "data": {"event": "INCOMING", "sipInstanceId": "i2", "timeout": "5000"}},
                {"id": "c2", "type": "command", "data": {"command": "Answer"}},
                {"id": "c3", "type": "command", "data": {"command": "Release", "sipInstanceId": "i1", "callId": ""}},
            ],
            "edges": [
                {
                    "id": "x1",
                    "source": "i1",
                    "target": "c1",
                    "sourceHandle": "source",
                    "type": "branch",
                    "animated": False,
                },
                {"id": "x2", "source": "i2", "target": "e1"},
                {"id": "x3", "source": "e1", "target": "c2", "sourceHandle": None, "data": {"branchType": "success"}},
                {
                    "id": "x4",
                    "source": "c1",
                    "target": "c3",
                    "sourceHandle": "source",
                    "data": {"branchType": "failure"},
                },
            ],
            "viewport": {"x": 0, "y": 0, "zoom": 1},
        }
    )
    graph = parse(text)
    settings = graph.instances["i2"].params
    assert isinstance(settings, SipInstanceParams)
    assert (settings.dn, settings.local_port) == ("200", 5066)
    assert (graph.nodes["c1"].success, graph.nodes["c1"].failure) == (None, "c3")
    assert graph.nodes["c2"].instance_id == "i2"
    call = graph.nodes["c1"].build({})
    assert call.params.timeout_ms == 30_000


def test_public_names_of_the_package() -> None:
    assert sipflow.scenario.__all__ == [
        "Document",
        "ExecutionGraph",
        "Finding",
        "GraphNode",
        "InstanceChain",
        "NodeKind",
        "NodeType",
        "NodeTypes",
        "Severity",
        "parse_scenario",
        "validate_scenario",
    ]
