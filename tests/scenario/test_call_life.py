"""Who waits for what nobody does is warned of, and nobody else is."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.nodes import load_node_types
from sipflow.scenario import validate_scenario
from tests.documents import Json, chain, command, document, edge, event, instance

NODE_TYPES = load_node_types()


def call(*alice: Json, bob: tuple[Json, ...], target: str = "1002", **settings: Any) -> Json:
    """Alice calls Bob and does her steps, Bob does his."""
    make_call = command("call", "MakeCall", targetUri=target, **settings)
    return document(
        instance("a", "1001", label="Alice"),
        make_call,
        *alice,
        instance("b", "1002", label="Bob"),
        *bob,
        edges=chain("a", "call", *(step["id"] for step in alice)) + chain("b", *(step["id"] for step in bob)),
    )


def warnings(flow_data: Json) -> list[tuple[str | None, str, str]]:
    """Node, code and message of every warning; there must be no error."""
    found = validate_scenario(flow_data, NODE_TYPES)
    assert not [str(finding) for finding in found if finding.is_error]
    return [(finding.node_id, finding.fault.code, finding.message) for finding in found]


INCOMING, ANSWER, RING = event("in", "INCOMING"), command("answer", "Answer"), command("ring", "Ringing")
BUSY, BYE, END = command("busy", "Response"), event("bye", "DISCONNECTED"), command("end", "Release")
BOB_ENDS = command("hangup", "Release")


def test_a_call_that_its_callee_never_answers_is_warned_of() -> None:
    told = "nobody answers: the instance Bob takes calls, but no step of it answers one"
    assert warnings(call(bob=(INCOMING, RING, BUSY))) == [("call", "nobody-answers-the-call", told)]


def test_a_call_that_is_meant_not_to_be_answered_is_fine() -> None:
    scenario = call(END, bob=(INCOMING, BUSY))
    scenario["nodes"].append(event("refused", "DISCONNECTED", cause="rejected"))
    scenario["edges"].append(edge("call", "refused", "failure"))
    assert warnings(scenario) == []


@pytest.mark.parametrize("complete_on", ["ringing", "sent"])
def test_a_call_that_waits_for_no_answer_is_fine(complete_on: str) -> None:
    assert warnings(call(END, bob=(INCOMING, RING, BYE), completeOn=complete_on)) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ({"srtp": "sdes"}, {}, "the SRTP of this instance (sdes) does not fit its own (off)"),
        ({"srtp": "dtls"}, {"srtp": "sdes"}, "the SRTP of this instance (dtls) does not fit its own (sdes)"),
        ({"srtp": "sdes-optional"}, {}, ""),
        ({"codecs": ["PCMU"]}, {"codecs": ["PCMA"]}, "this instance's codecs (PCMU) are none of its own (PCMA)"),
        ({"codecs": ["PCMU", "PCMA"]}, {"codecs": ["PCMA"]}, ""),
    ],
)
def test_a_call_whose_sides_can_not_agree_on_media_is_warned_of(ours: Json, theirs: Json, told: str) -> None:
    scenario = call(END, bob=(INCOMING, ANSWER, BYE))
    for one in scenario["nodes"]:
        one["data"] |= {"a": ours, "b": theirs}.get(one["id"], {})
    expected = [("call", "no-common-media", f"Bob will refuse the call (488): {told}")] if told else []
    assert warnings(scenario) == expected

    scenario["nodes"].append(command("meant", "Release"))
    scenario["edges"].append(edge("call", "meant", "failure"))
    assert warnings(scenario) == []


@pytest.mark.parametrize(
    ("target", "settings", "is_reached"),
    [
        ("sip:1002@127.0.0.1", {}, True),
        ("sip:1002@localhost", {}, True),
        ("sip:1002@192.0.2.1", {}, False),
        ("sip:anybody@127.0.0.1:5099", {}, True),
        ("sip:1002@127.0.0.1:5098", {}, False),
        ("1002", {"pbxHost": "exchange"}, True),
        ("1002", {"pbxHost": "192.0.2.1"}, False),
        ("sip:1002@127.0.0.1", {"pbxHost": "exchange"}, False),
        ("sip:1002@192.0.2.1:5099", {"b": {"pbxHost": "192.0.2.1"}}, False),
    ],
)
def test_media_is_compared_where_a_uri_or_a_pbx_leads_to_an_instance(
    target: str, settings: Json, is_reached: bool
) -> None:
    scenario = call(END, bob=(INCOMING, ANSWER, BYE), target=target)
    scenario["nodes"].append({"id": "p", "type": "sipInstance", "data": {"sipInstance": "pbx", "label": "Exchange"}})
    theirs = {"codecs": ["PCMA"], "localPort": 5099} | settings.get("b", settings)
    ours = {"codecs": ["PCMU"]} | ({} if "b" in settings else settings)
    for one in scenario["nodes"]:
        one["data"] |= {"a": ours, "b": theirs}.get(one["id"], {})

    assert ("no-common-media" in {code for _, code, _ in warnings(scenario)}) is is_reached


def test_ringing_that_nobody_causes_is_warned_of() -> None:
    rings = event("rings", "RINGING")
    assert warnings(call(rings, END, bob=(INCOMING, ANSWER, BYE))) == [
        ("rings", "nobody-rings", "nobody causes it: no step of Bob rings")
    ]
    assert warnings(call(rings, END, bob=(INCOMING, RING, ANSWER, BYE))) == []


def test_ringing_that_is_meant_not_to_come_is_fine() -> None:
    scenario = call(event("rings", "RINGING"), bob=(INCOMING, ANSWER, BYE))
    scenario["nodes"].append(END)
    scenario["edges"].append(edge("rings", "end", "failure"))
    assert warnings(scenario) == []


def test_an_answer_that_nobody_gives_is_warned_of() -> None:
    connected = event("up", "CONNECTED")
    assert warnings(call(connected, END, bob=(INCOMING, RING, BYE), completeOn="ringing")) == [
        ("up", "nobody-answers", "nobody causes it: no step of Bob answers a call")
    ]


def test_a_callee_that_waits_for_its_own_answer_is_warned_of() -> None:
    connected = event("up", "CONNECTED")
    scenario = call(END, bob=(INCOMING, connected, ANSWER, BYE))
    assert warnings(scenario) == [("up", "call-not-answered", "no step before it answers the call 'call-1'")]
    assert warnings(call(END, bob=(INCOMING, ANSWER, connected, BYE))) == []


def test_an_end_that_the_callee_never_brings_is_warned_of() -> None:
    assert warnings(call(BYE, bob=(INCOMING, ANSWER))) == [
        ("bye", "nobody-ends", "nobody causes it: no step of Bob ends or refuses a call")
    ]
    assert warnings(call(BYE, bob=(INCOMING, ANSWER, BOB_ENDS))) == []


def test_a_call_that_a_third_one_replaces_ends_by_that() -> None:
    scenario = call(BYE, bob=(INCOMING, RING), completeOn="ringing")
    told = [("bye", "nobody-ends", "nobody causes it: no step of Bob ends or refuses a call")]
    taker = [
        instance("carol", "1003", label="Carol"),
        command("take", "MakeCall", targetUri="sip:1001@127.0.0.1", sipInstanceId="carol"),
    ]
    scenario["nodes"] += taker
    scenario["edges"].append(edge("carol", "take"))
    assert warnings(scenario) == told
    taker[1]["data"]["headers"] = [["replaces", "{{ call.call-1.call_id }};to-tag=one;from-tag=two;early-only"]]
    assert warnings(scenario) == []


def test_an_end_that_the_caller_never_brings_is_warned_of() -> None:
    assert warnings(call(event("pause", "TIMEOUT"), bob=(INCOMING, ANSWER, BYE))) == [
        ("bye", "nobody-ends", "nobody causes it: no step of Alice ends or refuses a call")
    ]


def test_a_caller_that_gives_up_ends_the_call() -> None:
    scenario = call(bob=(INCOMING, RING, BYE))
    scenario["nodes"].append(event("pause", "TIMEOUT"))
    scenario["edges"].append(edge("call", "pause", "failure"))
    assert warnings(scenario) == []


def test_a_caller_may_have_given_up_before_an_answer_that_failed() -> None:
    scenario = call(bob=(INCOMING, ANSWER))
    scenario["nodes"].append(event("gone", "DISCONNECTED", cause="cancel"))
    scenario["edges"].append(edge("answer", "gone", "failure"))
    assert warnings(scenario) == []


@pytest.mark.parametrize("target", ["sip:1002@127.0.0.1:5062", "sip:bob@example.com"])
def test_nothing_is_known_of_a_target_that_is_an_address(target: str) -> None:
    alice = (event("rings", "RINGING"), event("up", "CONNECTED"), BYE)
    steps = (INCOMING, ANSWER, event("ended", "DISCONNECTED"))
    assert warnings(call(*alice, bob=steps, target=target)) == []


def test_callers_from_outside_may_do_everything() -> None:
    steps = (INCOMING, RING, ANSWER, event("up", "CONNECTED"), BYE)
    scenario = document(instance("b"), *steps, edges=chain("b", *(step["id"] for step in steps)))
    assert warnings(scenario) == []


def test_another_caller_that_may_be_meant_counts() -> None:
    scenario = call(event("pause", "TIMEOUT"), bob=(INCOMING, ANSWER, BYE))
    other = command("other", "MakeCall", targetUri="sip:1002@127.0.0.1:5062")
    scenario["nodes"] += [instance("c"), other, END]
    scenario["edges"] += chain("c", "other", "end")
    assert warnings(scenario) == []


def test_an_instance_that_nobody_calls_is_warned_of() -> None:
    scenario = call(END, bob=(INCOMING, ANSWER, BYE))
    scenario["nodes"] += [instance("c", "1003"), event("wait", "INCOMING"), command("take", "Answer")]
    scenario["edges"] += chain("c", "wait", "take")
    assert warnings(scenario) == [
        ("wait", "nobody-calls", "nobody calls this instance: no call of the scenario goes to '1003'")
    ]


def test_an_instance_that_is_to_be_called_from_outside_is_fine() -> None:
    scenario = call(END, bob=(INCOMING, ANSWER, BYE))
    scenario["nodes"] += [instance("c", "1003", localPort=5070), event("wait", "INCOMING"), command("take", "Answer")]
    scenario["edges"] += chain("c", "wait", "take")
    assert warnings(scenario) == []


def test_a_callee_that_calls_on_is_not_asked_who_calls_it() -> None:
    steps = (INCOMING, command("on", "MakeCall", targetUri="1003", callId="on"), ANSWER)
    scenario = document(
        instance("b", "1002"),
        *steps,
        command("drop", "Release", callId="on"),
        instance("c", "1003"),
        event("wait", "INCOMING"),
        command("take", "Answer"),
        event("done", "DISCONNECTED"),
        edges=chain("b", "in", "on", "answer", "drop") + chain("c", "wait", "take", "done"),
    )
    assert warnings(scenario) == []


def test_two_calls_to_two_callees_are_told_apart() -> None:
    ended = event("ended", "DISCONNECTED")
    scenario = call(command("second", "MakeCall", targetUri="1003", callId="two"), ended, END, bob=(INCOMING, ANSWER))
    scenario["nodes"] += [instance("c", "1003"), event("wait", "INCOMING"), command("take", "Answer"), BOB_ENDS]
    scenario["edges"] += chain("c", "wait", "take", "hangup")
    assert [(node, code) for node, code, _ in warnings(scenario)] == [("ended", "nobody-ends")]
    ended["data"]["callId"] = "two"
    assert warnings(scenario) == []


HOLD, BACK = command("hold", "Hold"), command("back", "Retrieve")
NOT_STANDING = ("hold", "call-not-standing", "when this comes the call 'call-1' has not been answered, or is over")


def test_a_hold_before_the_call_is_answered_is_warned_of() -> None:
    assert warnings(call(END, bob=(INCOMING, RING, HOLD, ANSWER, BYE))) == [NOT_STANDING]
    assert warnings(call(END, bob=(INCOMING, RING, ANSWER, HOLD, BYE))) == []


def test_a_hold_of_a_call_that_is_over_is_warned_of() -> None:
    assert warnings(call(END, HOLD, bob=(INCOMING, ANSWER, BYE))) == [NOT_STANDING]
    assert warnings(call(HOLD, BACK, END, bob=(INCOMING, ANSWER, BYE))) == []


def test_a_hold_of_a_call_that_has_failed_is_warned_of() -> None:
    scenario = call(END, bob=(INCOMING, ANSWER, BYE))
    scenario["nodes"].append(HOLD)
    scenario["edges"].append(edge("call", "hold", "failure"))
    assert warnings(scenario) == [NOT_STANDING]


def test_a_hold_that_is_meant_to_be_refused_is_fine() -> None:
    scenario = call(END, bob=(INCOMING, HOLD, ANSWER, BYE))
    scenario["edges"].append(edge("hold", "answer", "failure"))
    assert warnings(scenario) == []


def test_a_second_call_under_the_same_name_stands_again() -> None:
    again = command("again", "MakeCall", targetUri="1002")
    bob = (INCOMING, ANSWER, BYE, event("in2", "INCOMING"), command("answer2", "Answer"), event("bye2", "DISCONNECTED"))
    assert warnings(call(END, again, HOLD, command("end2", "Release"), bob=bob)) == []
