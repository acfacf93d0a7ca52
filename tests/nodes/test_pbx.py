"""The settings of a PBX node, and what is told of them before a run."""

from __future__ import annotations

import pytest

from sipflow.base.occurrences import Occurrences
from sipflow.base.pbx_choices import Effect, FaultRule
from sipflow.nodes import load_node_types
from sipflow.nodes.pbx import PbxParams
from sipflow.scenario import validate_scenario
from tests.documents import Json, chain, command, document, edge, event, instance, two_party

NODE_TYPES = load_node_types()


def pbx(node_id: str = "p", **data: object) -> Json:
    """A PBX node."""
    return {"id": node_id, "type": "sipInstance", "data": {"sipInstance": "pbx", **data}}


def told(scenario: Json) -> list[tuple[str, str | None, str, str]]:
    """Severity, node, field and code of every finding."""
    findings = validate_scenario(scenario, NODE_TYPES)
    return [(finding.severity.value, finding.node_id, finding.field, finding.fault.code) for finding in findings]


def test_faults_are_read_from_rows() -> None:
    rows = [
        {"method": "invite", "requests": "1-2"},
        {"requests": "25%", "effect": "delay", "delay": "750"},
        {"method": "REGISTER", "effect": "refuse", "statusCode": 500.0, "retryAfter": 5},
        {"effect": "drop"},
    ]
    params, problems = PbxParams.read({"faults": rows})
    assert problems == {}
    assert params.faults == (
        FaultRule(Effect.REFUSE, "INVITE", Occurrences(1, 2)),
        FaultRule(Effect.DELAY, "", Occurrences(percent=25), delay_s=0.75),
        FaultRule(Effect.REFUSE, "REGISTER", status=500, retry_after_s=5),
        FaultRule(Effect.DROP),
    )


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ("INVITE", "fault-row"),
        (["INVITE"], "fault-row"),
        ([{"method": "RING"}], "fault-method"),
        ([{"requests": "2-1"}], "fault-requests"),
        ([{"effect": "explode"}], "fault-effect"),
        ([{"statusCode": 200}], "fault-number"),
        ([{"delay": "soon"}], "fault-number"),
        ([{}] * 51, "too-long"),
    ],
)
def test_faults_that_make_no_sense_are_findings_in_both_languages(faults: object, code: str) -> None:
    _, problems = PbxParams.read({"faults": faults})
    assert problems["faults"].code == code
    assert problems["faults"].text("ko") != problems["faults"].text("en")


def test_instances_name_the_pbx_by_label_or_id_without_regard_to_case() -> None:
    for name in ("My PBX", "my pbx", "P"):
        scenario = document(
            pbx(label="My PBX"),
            instance("a", "1001", pbxHost=name),
            command("call", "Register"),
            edges=chain("a", "call"),
        )
        assert told(scenario) == []


def test_pbx_without_a_label_is_called_by_its_type() -> None:
    steps = [instance("a", "1001", pbxHost="PBX"), command("call", "Register")]
    assert told(document(pbx(), *steps, edges=chain("a", "call"))) == []


def test_name_that_is_no_pbx_is_doubtful() -> None:
    scenario = document(
        pbx(label="PBX", localPort=5070),
        instance("a", "1001", label="Alice", pbxHost="Bob"),
        command("call-a", "Register"),
        instance("b", "1002", label="Bob", pbxHost="kamailio"),
        command("call-b", "Register"),
        instance("c", "1003", pbxHost="sip.example.com"),
        command("call-c", "Register"),
        edges=chain("a", "call-a") + chain("b", "call-b") + chain("c", "call-c"),
    )
    assert told(scenario) == [("warning", "a", "pbxHost", "pbx-is-none"), ("warning", "b", "pbxHost", "pbx-of-nobody")]


def test_pbx_that_nobody_uses_and_nobody_can_find_is_doubtful() -> None:
    base = two_party()
    assert told({**base, "nodes": [*base["nodes"], pbx()]}) == [("warning", "p", "", "pbx-for-nobody")]
    assert told({**base, "nodes": [*base["nodes"], pbx(localPort=5070)]}) == []


def test_pbx_takes_no_steps_and_shares_no_port() -> None:
    scenario = document(
        pbx(localPort=5070),
        event("in", "INCOMING", sipInstanceId="p"),
        instance("a", "1001", localPort=5070),
        command("call", "MakeCall", targetUri="sip:x@127.0.0.1:5070"),
        edges=[edge("p", "in"), *chain("a", "call")],
    )
    assert [finding for finding in told(scenario) if finding[0] == "error"] == [
        ("error", "p", "", "edge-from-pbx"),
        ("error", "in", "sipInstanceId", "step-of-pbx"),
        ("error", "p", "localPort", "port-taken"),
        ("error", "a", "localPort", "port-taken"),
    ]


def test_registrations_can_not_be_longer_than_the_longest() -> None:
    scenario = document(pbx(localPort=5070, minExpiresSeconds=60, maxExpiresSeconds=30))
    assert told(scenario) == [("error", "p", "minExpiresSeconds", "pbx-expires-crossed")]


def test_instance_of_an_unknown_type_is_an_error() -> None:
    scenario = document({"id": "x", "type": "sipInstance", "data": {"sipInstance": "switchboard"}})
    assert ("error", "x", "sipInstance", "type-unknown") in told(scenario)
