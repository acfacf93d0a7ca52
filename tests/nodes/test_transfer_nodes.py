"""What the nodes of a transfer ask for, and when they have it."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import Notified, Transferred
from sipflow.base.errors import NodeFailed
from sipflow.scenario import validate_scenario
from sipflow.testing.scripted_context import ScriptedContext
from tests.documents import chain, command, document, event, instance
from tests.nodes.test_call_nodes import NODE_TYPES, run

RINGS = Notified(1.0, b"", "refer", "active", 180, "Ringing")
ANSWERED = Notified(2.0, b"", "refer", "terminated", 200, "OK")


@pytest.mark.parametrize(
    ("settings", "target"),
    [
        ({"targetUri": "sip:carol@192.0.2.9"}, "sip:carol@192.0.2.9"),
        ({"targetUri": "1003"}, "sip:1003@instance"),
        ({"targetUser": "1003"}, "sip:1003@instance"),
        ({"targetUser": "1003", "targetHost": "pbx.example:5070"}, "sip:1003@pbx.example:5070"),
        ({"targetHost": "pbx.example"}, "sip:pbx.example"),
        ({"targetUri": "sip:carol@192.0.2.9", "targetUser": "1003", "targetHost": "x"}, "sip:carol@192.0.2.9"),
    ],
)
def test_blind_transfer_goes_to_its_target_and_then_hangs_up(settings: Any, target: str) -> None:
    ctx = ScriptedContext(bound=("call-1",))
    run(ctx, "command", "BlindTransfer", **settings)
    assert ctx.actions == [f"transfer to {target} within 30 s", "release"]


def test_blind_transfer_that_is_accepted_leaves_the_call() -> None:
    ctx = ScriptedContext(bound=("a", "b"))
    run(
        ctx, "command", "BlindTransfer", callId="b", targetUri="sip:c@h", completeOn="accepted", timeout=500, told=False
    )
    assert ctx.actions == ["transfer to sip:c@h until accepted without word within 0.5 s"]


def test_mute_transfer_connects_two_calls_and_leaves_both() -> None:
    ctx = ScriptedContext(bound=("bob", "carol"))
    run(ctx, "command", "MuteTransfer", primaryCallId="bob", consultCallId="carol")
    assert ctx.actions == ["transfer to the other end of carol within 30 s", "release", "release"]


@pytest.mark.parametrize(("primary", "consult"), [("dave", "carol"), ("bob", "dave")])
def test_mute_transfer_of_an_unknown_call_fails_and_touches_none(primary: str, consult: str) -> None:
    ctx = ScriptedContext(bound=("bob", "carol"))
    with pytest.raises(NodeFailed, match="dave"):
        run(ctx, "command", "MuteTransfer", primaryCallId=primary, consultCallId=consult)
    assert ctx.actions == []


def test_blind_transfer_of_an_unknown_call_fails_and_touches_none() -> None:
    ctx = ScriptedContext(bound=("bob",))
    with pytest.raises(NodeFailed, match="dave"):
        run(ctx, "command", "BlindTransfer", callId="dave", targetUri="sip:c@h")
    assert ctx.actions == []


def test_notify_waits_for_its_status() -> None:
    ctx = ScriptedContext({"call-1": [RINGS, ANSWERED]}, bound=("call-1",))
    run(ctx, "event", "NOTIFY", statusCode=200, eventPackage="Refer")
    assert ctx.calls["call-1"].events == [RINGS]
    with pytest.raises(NodeFailed, match=r"expected notified, got nothing"):
        run(ctx, "event", "NOTIFY", eventPackage="presence")
    run(ctx, "event", "NOTIFY")


def test_notify_outside_of_calls_is_no_business_of_any_call() -> None:
    ctx = ScriptedContext({"call-1": [RINGS], "": [ANSWERED]}, bound=("call-1", ""))
    with pytest.raises(NodeFailed, match="expected notified"):
        run(ctx, "event", "NOTIFY", outside=True, statusCode=180)
    run(ctx, "event", "NOTIFY", outside=True, statusCode=200)
    assert ctx.calls["call-1"].events == [RINGS]


def test_transferred_is_not_satisfied_by_a_notify() -> None:
    ctx = ScriptedContext({"call-1": [ANSWERED]}, bound=("call-1",))
    with pytest.raises(NodeFailed, match="expected transferred"):
        run(ctx, "event", "TRANSFERRED")
    run(ScriptedContext({"call-1": [Transferred(1.0, b"")]}, bound=("call-1",)), "event", "TRANSFERRED")


def problems(*steps: Any) -> list[tuple[str, str]]:
    """Field and severity of the findings of a chain that follows a call."""
    made = command("make", "MakeCall", targetUri="sip:x@192.0.2.1")
    ids = [step["id"] for step in (made, *steps)]
    found = validate_scenario(document(instance("a"), made, *steps, edges=chain("a", *ids)), NODE_TYPES)
    return [(finding.field, finding.severity.value) for finding in found]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "targetUri"),
        ({"targetUser": "a b", "targetHost": "h"}, "targetHost"),
        ({"targetUri": "a b"}, "targetUri"),
    ],
)
def test_blind_transfer_needs_a_target(settings: Any, field: str) -> None:
    assert problems(command("t", "BlindTransfer", **settings)) == [(field, "error")]


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({}, ["primaryCallId", "consultCallId"]),
        ({"primaryCallId": "call-1"}, ["consultCallId"]),
        ({"primaryCallId": "call-1", "consultCallId": "call-1"}, ["consultCallId"]),
    ],
)
def test_mute_transfer_needs_two_calls(settings: Any, fields: list[str]) -> None:
    assert problems(command("t", "MuteTransfer", **settings)) == [(field, "error") for field in fields]


def test_target_that_only_the_run_knows_is_not_missing() -> None:
    found = problems(command("t", "BlindTransfer", targetUser="{{ var.whom }}"))
    assert found == [("targetUser", "error")]


def test_call_that_the_stack_makes_needs_no_step_that_opens_it() -> None:
    steps = (event("t", "TRANSFERRED"), command("r", "Release", callId="call-1-transfer"))
    assert problems(*steps) == []
