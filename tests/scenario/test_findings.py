"""Every rule of a scenario is reported, all of them at once, with the thing they concern."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sipflow.nodes import load_node_types
from sipflow.nodes.sip_instance import SipInstance, SipInstanceParams
from sipflow.scenario import Finding, Severity, validate_scenario
from sipflow.scenario.node_api import Surroundings
from tests.documents import Json, chain, command, document, edge, event, instance, two_party
from tests.peers import needs_codec

NODE_TYPES = load_node_types()
UNSET = "variable '{0}' is not set: give it a value, on the command line with --var {0}=VALUE, or set it before"


def findings(flow_data: Any, **variables: str) -> list[Finding]:
    return list(validate_scenario(flow_data, NODE_TYPES, variables=variables))


def errors(flow_data: Any, **variables: str) -> list[tuple[str | None, str, str]]:
    """Node, field and message of every error."""
    return [(f.node_id, f.field, f.message) for f in findings(flow_data, **variables) if f.is_error]


def warnings(flow_data: Any, **variables: str) -> list[tuple[str | None, str, str]]:
    """Node, field and message of every warning; there must be no error."""
    found = findings(flow_data, **variables)
    assert not [str(f) for f in found if f.is_error]
    return [(f.node_id, f.field, f.message) for f in found]


def one_step(step: Json, **data: Any) -> Json:
    """An instance `a` with a chain of this step."""
    return document(instance("a", **data), step, edges=chain("a", step["id"]))


def one_call(*steps: Json, **data: Any) -> Json:
    """An instance `a` that places a call and does these steps."""
    call = command("call", "MakeCall", targetUri="sip:x@127.0.0.1", **data)
    return document(instance("a"), call, *steps, edges=chain("a", "call", *(step["id"] for step in steps)))


def test_a_good_scenario_has_no_finding() -> None:
    assert findings(two_party()) == []


def test_an_empty_document_has_no_instance() -> None:
    assert errors({}) == [(None, "", "no SIP instance: add one, without it nothing can run")]


def test_unreadable_documents_are_one_finding() -> None:
    assert len(findings("{")) == 1


@pytest.mark.parametrize(
    ("step", "field", "message"),
    [
        (command("x", "Teleport"), "command", "unknown command 'Teleport'"),
        (command("x", "INCOMING"), "command", "unknown command 'INCOMING'"),
        (event("x", "FROZEN"), "event", "unknown event 'FROZEN'"),
        ({"id": "x", "type": "note", "data": {}}, "type", "unknown node type 'note'"),
        ({"id": "x", "type": "event", "data": {}}, "event", "names no event"),
        ({"id": "x", "type": "command", "data": {"command": 3}}, "command", "names no command"),
        (command("x", "MakeCall"), "targetUri", "is missing"),
        (event("x", "TIMEOUT", timeout=0), "timeout", "should be greater than 0, got 0"),
        (event("x", "TIMEOUT", timeout="-1"), "timeout", "should be greater than 0, got '-1'"),
    ],
)
def test_a_bad_step_is_an_error(step: Json, field: str, message: str) -> None:
    assert errors(one_step(step)) == [("x", field, message)]


@pytest.mark.parametrize("status", [200, 299, 700, "busy"])
def test_a_response_outside_of_300_to_699_is_an_error(status: object) -> None:
    scenario = document(
        instance("a"), event("in", "INCOMING"), command("x", "Response", statusCode=status), edges=chain("a", "in", "x")
    )
    assert [(node, field) for node, field, _ in errors(scenario)] == [("x", "statusCode")]


def test_everything_is_reported_at_once() -> None:
    scenario = document(
        instance("a", "1", register=True),
        instance("b", "1"),
        {"id": "c", "type": "sipInstance", "data": {"register": True, "localPort": 70_000}},
        command("call", "MakeCall", timeout="soon"),
        event("in", "INCOMING", number="1", timeout="soon"),
        command("what", "Teleport"),
        edges=[*chain("a", "call", "what"), *chain("b", "in"), *chain("c", "nowhere")],
    )
    assert {(node, field) for node, field, _ in errors(scenario)} == {
        ("a", "register"),
        ("a", "dn"),
        ("b", "dn"),
        ("c", "dn"),
        ("c", "register"),
        ("c", "localPort"),
        ("c", ""),
        ("call", "targetUri"),
        ("call", "timeout"),
        ("in", "number"),
        ("in", "timeout"),
        ("what", "command"),
    }


def test_errors_come_before_warnings() -> None:
    severities = [f.severity for f in findings(document(instance("a"), command("x", "MakeCall")))]
    assert severities == [Severity.ERROR, Severity.WARNING, Severity.WARNING]


def test_a_finding_names_node_type_label_and_field() -> None:
    scenario = one_step(command("n7", "MakeCall", label="Call Bob"))
    assert [str(f) for f in findings(scenario)] == ["error: MakeCall 'Call Bob' (n7) targetUri: is missing"]
    assert findings(scenario)[0].to_json() == {
        "severity": "error",
        "nodeId": "n7",
        "edgeId": None,
        "field": "targetUri",
        "code": "missing",
        "message": "is missing",
        "nodeName": "MakeCall 'Call Bob'",
    }


# Directory numbers


def test_an_instance_without_a_dn_is_an_error() -> None:
    scenario = one_step(event("t", "TIMEOUT"))
    del scenario["nodes"][0]["data"]["dn"]
    assert errors(scenario) == [("a", "dn", "is missing")]


def test_a_dn_that_two_instances_have_is_an_error_at_both() -> None:
    scenario = two_party()
    scenario["nodes"][3]["data"]["dn"] = 1001
    assert errors(scenario) == [
        ("a", "dn", "'1001' is also the number of b"),
        ("b", "dn", "'1001' is also the number of a"),
    ]


def test_a_port_that_two_instances_ask_for_is_an_error_at_both() -> None:
    scenario = two_party()
    for index, port in ((0, 5070), (3, "5070")):
        scenario["nodes"][index]["data"]["localPort"] = port
    text = "port 5070 is also the localPort of {}: every instance listens on one of its own"
    assert errors(scenario) == [("a", "localPort", text.format("b")), ("b", "localPort", text.format("a"))]


ALONE: Json = {"register": False}


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ({"localHost": "127.0.0.1"}, {"localHost": "127.0.0.2"}, False),
        ({"localHost": "localhost"}, {"localHost": "127.0.0.1"}, True),
        ({"localHost": "::1"}, {"localHost": "0:0:0:0:0:0:0:1"}, True),
        ({"localHost": "::1"}, {}, False),
        ({"pbxHost": "10.0.0.1"}, {}, False),
        ({"pbxHost": "10.0.0.1"}, {"outboundProxy": "10.0.0.1:5080"}, True),
        ({"pbxHost": "10.0.0.1", "localHost": "127.0.0.1"}, {}, True),
        ({"pbxHost": "127.0.0.1"}, {}, True),
        ({"pbxHost": "pbx.example.com"}, {"pbxHost": "PBX.example.com"}, True),
        ({"localHost": "{{ var.host }}"}, {}, False),
    ],
)
def test_one_port_is_shared_where_the_address_is_one_too(one: Json, other: Json, share: bool) -> None:
    scenario = two_party()
    for index, settings in ((0, one), (3, other)):
        scenario["nodes"][index]["data"] |= {**ALONE, **settings, "localPort": 5070}
    found = errors(scenario, host="127.0.0.9")
    assert [field for _, field, _ in found] == (["localPort"] * 2 if share else [])


def test_one_port_is_shared_with_those_who_reach_a_pbx_of_the_scenario_from_there() -> None:
    scenario = two_party()
    pbx = {"id": "p", "type": "sipInstance", "data": {"sipInstance": "pbx", "label": "Office"}}
    scenario["nodes"].append(pbx)
    scenario["nodes"][0]["data"] |= {"pbxHost": "office", "localPort": 5070}
    scenario["nodes"][3]["data"] |= {"localPort": 5070}
    assert [where for where, _, _ in errors(scenario)] == ["a", "b"]


def test_an_incoming_number_of_another_instance_is_an_error() -> None:
    scenario = two_party()
    scenario["nodes"][4]["data"]["number"] = "1001"
    assert errors(scenario) == [
        ("in", "number", "'1001' is the number of another instance (a): its calls arrive there"),
    ]


def test_an_incoming_number_of_its_own_instance_is_fine() -> None:
    scenario = two_party()
    scenario["nodes"][4]["data"]["number"] = 1002.0
    assert findings(scenario) == []


def test_an_incoming_number_of_nobody_is_a_warning() -> None:
    scenario = two_party()
    scenario["nodes"][4]["data"]["number"] = "2000"
    assert warnings(scenario) == [("in", "number", "no instance has the number '2000'")]


def test_a_target_that_is_nobodys_dn_is_a_warning() -> None:
    scenario = one_step(command("x", "MakeCall", targetUri="4711"))
    assert warnings(scenario) == [
        ("x", "targetUri", "no instance has the number '4711': calling it needs a PBX or a SIP URI")
    ]


def test_calling_an_instance_that_takes_no_calls_is_a_warning() -> None:
    scenario = two_party()
    scenario["edges"] = [*chain("a", "call", "end"), *chain("b", "pause")]
    scenario["nodes"][4:] = [event("pause", "TIMEOUT")]
    assert warnings(scenario) == [("call", "targetUri", "nobody answers: the instance b has no INCOMING")]


# Connections


def test_a_cycle_is_an_error_that_names_its_nodes() -> None:
    scenario = one_call(event("t", "TIMEOUT"), event("u", "TIMEOUT"))
    scenario["edges"].append(edge("u", "t"))
    assert errors(scenario) == [("t", "", "is part of a cycle: t → u → t")]


@pytest.mark.parametrize(("length", "gap"), [(8, ""), (9, "… → ")])
def test_a_cycle_of_more_than_eight_nodes_is_cut(length: int, gap: str) -> None:
    ids = [f"t{number}" for number in range(1, length + 1)]
    scenario = one_call(*(event(node_id, "TIMEOUT") for node_id in ids))
    scenario["edges"].append(edge(ids[-1], ids[0]))
    shown = " → ".join(ids[:8])
    assert errors(scenario) == [("t1", "", f"is part of a cycle: {shown} → {gap}t1")]


def test_every_cycle_is_reported_also_where_no_instance_leads() -> None:
    scenario = one_call(event("t", "TIMEOUT"))
    scenario["nodes"] += [event("x", "TIMEOUT"), event("y", "TIMEOUT")]
    scenario["edges"] += [edge("t", "t"), edge("x", "y"), edge("y", "x", "failure")]
    assert [message for _, _, message in errors(scenario)] == [
        "is part of a cycle: t → t",
        "is part of a cycle: x → y → x",
    ]


def test_branches_that_meet_again_are_no_cycle() -> None:
    scenario = one_call(event("t", "TIMEOUT"), command("end", "Release"))
    scenario["edges"].append(edge("call", "end", "failure"))
    assert findings(scenario) == []


@pytest.mark.parametrize("branch", ["success", "failure"])
def test_a_second_edge_of_one_branch_is_an_error(branch: str) -> None:
    scenario = one_call(event("t", "TIMEOUT"), event("u", "TIMEOUT"))
    scenario["edges"] = [*chain("a", "call"), edge("call", "t", branch), edge("call", "u", branch)]
    assert errors(scenario) == [
        ("call", "", f"edge 'call-{branch}-u' is a second {branch} edge: only one may leave a node"),
    ]


def test_an_instance_may_have_many_success_edges() -> None:
    scenario = document(
        instance("a"), event("t", "TIMEOUT"), event("u", "TIMEOUT"), edges=[edge("a", "t"), edge("a", "u")]
    )
    assert findings(scenario) == []


def test_a_failure_edge_of_an_instance_is_an_error() -> None:
    scenario = one_step(event("t", "TIMEOUT"))
    scenario["edges"][0]["sourceHandle"] = "failure"
    assert errors(scenario) == [("a", "", "edge 'a-success-t': an instance has no failure branch")]


def test_a_step_that_starts_twice_is_an_error() -> None:
    scenario = one_step(event("t", "TIMEOUT"))
    scenario["edges"].append({"id": "again", "source": "a", "target": "t"})
    assert errors(scenario) == [("a", "", "edge 'again' is a second success edge to 't'")]


def test_an_edge_into_an_instance_is_an_error() -> None:
    scenario = one_step(event("t", "TIMEOUT"))
    scenario["edges"].append(edge("t", "a"))
    assert errors(scenario) == [("t", "", "edge 't-success-a' leads to the instance 'a', which is no step")]


def test_edges_to_unknown_nodes_are_errors_at_the_known_end() -> None:
    scenario = one_step(event("t", "TIMEOUT"))
    scenario["edges"] += [edge("t", "x"), edge("y", "t"), edge("v", "w")]
    assert errors(scenario) == [
        ("t", "", "edge 't-success-x' leads to 'x', which is no node"),
        ("t", "", "edge 'y-success-t' leads from 'y', which is no node"),
        (None, "", "edge 'v-success-w' leads from 'v', which is no node"),
        (None, "", "edge 'v-success-w' leads to 'w', which is no node"),
    ]


def test_a_step_of_another_instance_is_an_error_where_the_chain_enters() -> None:
    scenario = two_party()
    scenario["edges"][1]["target"] = "in"
    scenario["nodes"][4]["data"]["sipInstanceId"] = "b"
    assert errors(scenario) == [("in", "", "belongs to instance 'b', but a chain of 'a' reaches it")]


def test_a_step_that_two_instances_reach_is_an_error() -> None:
    scenario = two_party()
    scenario["edges"].append(edge("call", "bye", "failure"))
    assert [(node, message) for node, _, message in errors(scenario)] == [
        ("bye", "belongs to instance 'a', but a chain of 'b' reaches it"),
    ]


def test_an_unknown_instance_is_an_error() -> None:
    scenario = one_step(event("t", "TIMEOUT", sipInstanceId="gone"))
    assert errors(scenario) == [("t", "sipInstanceId", "there is no instance 'gone'")]


def test_a_step_that_no_instance_reaches_is_a_warning() -> None:
    scenario = two_party()
    scenario["nodes"].append(event("lost", "TIMEOUT"))
    assert warnings(scenario) == [("lost", "", "is reached by no instance: it never runs")]


def test_an_instance_without_a_chain_is_a_warning() -> None:
    assert warnings(document(instance("a"))) == [("a", "", "has no chain: it only listens")]


# Disabled steps and notes


def test_a_disabled_step_is_checked_for_its_connections_alone() -> None:
    scenario = two_party()
    broken = command("x", "Teleport", disabled=True, timeout="soon", sipInstanceId="gone", targetUri="{{")
    scenario["nodes"] += [broken, command("y", "Answer", disabled=True, callId="nothing opens it")]
    scenario["edges"].append(edge("end", "x"))
    assert findings(scenario) == []
    scenario["edges"] += [edge("x", "y"), edge("x", "end"), edge("y", "nowhere")]
    assert [finding.fault.code for finding in findings(scenario)] == ["edge-branch-twice", "edge-to-nowhere"]


def test_a_circle_that_a_disabled_step_is_part_of_is_an_error() -> None:
    scenario = one_call(event("t", "TIMEOUT"), event("u", "TIMEOUT", disabled=True))
    scenario["edges"].append(edge("u", "t"))
    assert errors(scenario) == [("t", "", "is part of a cycle: t → t")]


def test_what_a_disabled_step_opened_is_open_no_more() -> None:
    scenario = one_call(command("end", "Release"))
    scenario["nodes"][1]["data"]["disabled"] = True
    assert warnings(scenario) == [("end", "callId", "no step before it opens a call 'call-1'")]


def test_a_chain_of_disabled_steps_alone_is_none() -> None:
    assert warnings(one_step(event("t", "TIMEOUT", disabled=True))) == [("a", "", "has no chain: it only listens")]


@pytest.mark.parametrize("notes", [[{"id": "n", "text": "why"}], [], "x", None, 3])
def test_notes_are_no_concern_of_a_run(notes: object) -> None:
    assert findings(two_party() | {"notes": notes}) == []


def test_many_disabled_steps_cost_linear_time() -> None:
    ids = [f"n{number}" for number in range(4_990)]
    steps = [event(step_id, "TIMEOUT", disabled=True) for step_id in ids]
    scenario = document(instance("a"), *steps, edges=[*chain(*ids), *(edge("a", step_id) for step_id in ids)])
    started = time.process_time()
    assert len(warnings(scenario)) == 1
    assert time.process_time() - started < 5


# Variables


def test_a_variable_that_is_not_given_is_an_error() -> None:
    scenario = one_step(command("x", "MakeCall", targetUri="{{ var.target }}"))
    assert errors(scenario) == [("x", "targetUri", UNSET.format("target"))]
    assert findings(scenario, target="sip:x@127.0.0.1") == []


@pytest.mark.parametrize("text", ["{{ var.x", "{{ var.x + 1 }}", "{{ call.primary.weather }}", "{{ moon }}"])
def test_a_broken_template_is_an_error(text: str) -> None:
    assert [(node, field) for node, field, _ in errors(one_step(command("x", "MakeCall", targetUri=text)), x="1")] == [
        ("x", "targetUri")
    ]


def test_a_template_may_stand_in_a_number_and_its_value_is_judged_when_the_node_runs() -> None:
    scenario = one_step(event("t", "TIMEOUT", timeout="{{ var.pause }}"))
    assert findings(scenario, pause="250") == []
    assert findings(scenario, pause="soon") == []


def test_an_instances_templates_are_replaced_before_the_run() -> None:
    scenario = two_party()
    scenario["nodes"][0]["data"]["dn"] = "{{ var.dn }}"
    assert findings(scenario, dn="77") == []
    assert errors(scenario, dn="1002")[0][1:] == ("dn", "'1002' is also the number of b")
    assert errors(scenario, dn="a b")[0][:2] == ("a", "dn")


def test_a_template_in_an_unknown_key_is_left_alone() -> None:
    assert findings(one_step(event("t", "TIMEOUT", note="{{ whatever"))) == []


def test_the_environment_is_read_for_passwords_alone() -> None:
    scenario = one_step(event("t", "TIMEOUT"), password="${env:SECRET}", displayName="${env:NAME}")
    assert errors(scenario) == [("a", "password", "environment variable 'SECRET' is not set")]
    assert validate_scenario(scenario, NODE_TYPES, environment={"SECRET": "x"}) == ()


# The life of calls


@pytest.mark.parametrize(
    "step",
    [
        command("x", "Release", callId="other"),
        command("x", "Answer", callId="other"),
        event("x", "CONNECTED", callId="other"),
        event("x", "DISCONNECTED", callId="other"),
        event("x", "RINGING", callId="other"),
    ],
)
def test_a_step_on_a_call_that_nothing_opens_is_a_warning(step: Json) -> None:
    assert warnings(one_call(step)) == [("x", "callId", "no step before it opens a call 'other'")]


def test_a_call_of_another_instance_does_not_count() -> None:
    scenario = two_party()
    scenario["nodes"][2] = command("end", "Release", callId="b-call")
    scenario["nodes"][4] = event("in", "INCOMING", callId="b-call")
    scenario["nodes"][5] = command("answer", "Answer", callId="b-call")
    scenario["nodes"][6] = event("bye", "DISCONNECTED", callId="b-call")
    assert warnings(scenario) == [("end", "callId", "no step before it opens a call 'b-call'")]


def test_a_call_that_is_opened_only_later_is_a_warning() -> None:
    scenario = document(
        instance("a"),
        event("x", "CONNECTED"),
        command("call", "MakeCall", targetUri="sip:x@h"),
        edges=chain("a", "x", "call"),
    )
    assert warnings(scenario) == [("x", "callId", "no step before it opens a call 'call-1'")]


def test_a_call_of_an_earlier_start_chain_counts() -> None:
    scenario = one_call()
    scenario["nodes"].append(command("end", "Release"))
    scenario["edges"].append(edge("a", "end"))
    assert findings(scenario) == []


@pytest.mark.parametrize(("opening", "other"), [("success", "failure"), ("failure", "success")])
def test_a_call_that_one_of_two_branches_opens_counts(opening: str, other: str) -> None:
    scenario = document(
        instance("a"),
        event("in", "INCOMING", callId="x"),
        command("call", "MakeCall", targetUri="sip:x@h", callId="y"),
        event("pause", "TIMEOUT"),
        command("end", "Release", callId="y"),
        edges=[edge("in", "call", opening), edge("in", "pause", other), *chain("a", "in"), *chain("pause", "end")],
    )
    scenario["edges"] += chain("call", "end")
    assert findings(scenario) == []


@pytest.mark.parametrize("name", ["Ringing", "Answer", "Response"])
def test_answering_ones_own_call_is_a_warning(name: str) -> None:
    assert warnings(one_call(command("x", name))) == [
        ("x", "callId", "works on an incoming call only, and 'call-1' is none")
    ]


def test_ringing_on_an_incoming_call_is_a_warning() -> None:
    scenario = document(instance("a"), event("in", "INCOMING"), event("x", "RINGING"), edges=chain("a", "in", "x"))
    assert warnings(scenario) == [("x", "callId", "works on an outgoing call only, and 'call-1' is none")]


def test_codec_that_this_machine_cannot_use_is_an_error() -> None:
    around = Surroundings(
        *({}, {}, "a", False, frozenset(), frozenset(), False, {}),
        codec_fault=lambda name: "no libopus" if name == "opus" else "",
    )
    params = SipInstanceParams.model_validate({"dn": "1001", "codecs": ["PCMU", "opus"]})

    problems = list(SipInstance(params).check(around))

    assert [(problem.field, problem.fault.code) for problem in problems] == [("codecs", "codec-unavailable")]
    assert "no libopus" in problems[0].fault.text("ko")


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722", "opus"])
def test_codec_that_this_machine_has_is_fine(codec: str) -> None:
    needs_codec(codec)
    assert errors(one_step(event("t", "TIMEOUT"), codecs=[codec])) == []


@pytest.mark.parametrize("target", ["sips:x@h", "sip:x@h;transport=TLS", "sip:x@h;lr;transport=ws"])
def test_a_target_over_an_encrypted_transport_is_fine(target: str) -> None:
    assert errors(one_step(command("x", "MakeCall", targetUri=target))) == []


@pytest.mark.parametrize("target", ["sip:x@h;transport=sctp", "sips:x@h;transport=udp"])
def test_a_target_over_a_transport_that_is_not_spoken_is_an_error(target: str) -> None:
    found = errors(one_step(command("x", "MakeCall", targetUri=target)))
    assert [(node, name) for node, name, _ in found] == [("x", "targetUri")]


def test_a_key_without_its_certificate_is_an_error() -> None:
    assert errors(one_step(event("t", "TIMEOUT"), tlsKey="own.key")) == [
        ("a", "tlsKey", "a key is of no use without its certificate"),
    ]


def test_a_register_without_a_pbx_is_an_error() -> None:
    assert errors(one_step(event("t", "TIMEOUT"), register=True)) == [
        ("a", "register", "registers, but pbxHost names no PBX to register with"),
    ]


# Size


def test_the_largest_scenario_is_checked_in_time() -> None:
    steps = [command(f"n{i}", "Release", callId=f"c{i}") for i in range(4_999)]
    ids = [step["id"] for step in steps]
    scenario = document(
        instance("a"), *steps, edges=chain("a", *ids) + [edge(step_id, "n0", "failure") for step_id in ids]
    )
    started = time.process_time()
    assert len(errors(scenario)) > 1
    scenario["edges"] = chain("a", *ids)
    assert len(warnings(scenario)) == 4_999
    assert time.process_time() - started < 10


@pytest.mark.parametrize("name", ["Register", "Unregister"])
def test_a_step_that_registers_without_a_pbx_is_an_error(name: str) -> None:
    assert errors(one_step(command("x", name))) == [
        ("x", "", "registers, but pbxHost names no PBX to register with"),
    ]
    assert errors(one_step(command("x", name), pbxHost="pbx.example", register=False)) == []
