"""What each node does to its call, and what it waits for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected, Held, Progressed, Retrieved
from sipflow.base.errors import NodeFailed
from sipflow.base.events import Level
from sipflow.nodes import load_node_types
from sipflow.scenario.context import NodeContext
from sipflow.scenario.node_api import RunnableNode
from sipflow.testing.scripted_context import ScriptedContext

NODE_TYPES = load_node_types()
RINGING_180 = Progressed(1.0, b"", 180, "Ringing")
PROGRESS_183 = Progressed(1.5, b"", 183, "Session Progress")
CONNECTED = Connected(2.0, b"")
BUSY = Disconnected(2.0, b"", Cause.REJECTED, 486, "Busy Here")
HELD = Held(2.5, b"")
RETRIEVED = Retrieved(2.6, b"")
BYE = Disconnected(3.0, b"", Cause.BYE)


def run(ctx: ScriptedContext, kind: str, name: str, /, **data: Any) -> None:
    """Run one node to its end."""
    node_type = NODE_TYPES.find(kind, name)
    assert node_type is not None
    params, problems = node_type.params.read(data)
    assert problems == {}
    node = node_type.behaviour(params)
    assert isinstance(node, RunnableNode)
    context: NodeContext = ctx
    asyncio.run(node.run(context))


def test_make_call_succeeds_at_the_answer() -> None:
    ctx = ScriptedContext({"call-1": [RINGING_180, CONNECTED]})
    run(ctx, "command", "MakeCall", targetUri="1002", headers=[["X-Test", "1"]])
    assert ctx.actions == ["call 1002 ('X-Test', '1')"]


def test_make_call_leaves_what_happened_to_later_nodes() -> None:
    ctx = ScriptedContext({"call-1": [RINGING_180, CONNECTED]})
    run(ctx, "command", "MakeCall", targetUri="1002")
    run(ctx, "event", "RINGING")
    run(ctx, "event", "CONNECTED")
    assert ctx.calls["call-1"].events == []


def test_make_call_names_the_refusal_and_leaves_it_to_disconnected() -> None:
    ctx = ScriptedContext({"call-1": [RINGING_180, BUSY]})
    with pytest.raises(NodeFailed, match="expected answered, got 486 Busy Here on call call-1"):
        run(ctx, "command", "MakeCall", targetUri="1002")
    run(ctx, "event", "DISCONNECTED", cause="rejected")
    assert "release" not in ctx.actions


def test_make_call_tells_a_cause_that_has_no_status() -> None:
    ctx = ScriptedContext({"call-1": [Disconnected(1.0, b"", Cause.TRANSPORT, reason="connection refused")]})
    with pytest.raises(NodeFailed, match="connection refused"):
        run(ctx, "command", "MakeCall", targetUri="1002")


@pytest.mark.conformance(81)
def test_make_call_cancels_its_call_at_the_time_out() -> None:
    ctx = ScriptedContext({"call-1": [RINGING_180]})
    with pytest.raises(NodeFailed, match=r"expected answered, got nothing within 1\.5 s"):
        run(ctx, "command", "MakeCall", targetUri="1002", timeout=1500)
    assert ctx.actions == ["call 1002", "release"]


def test_make_call_waits_30_seconds_by_default() -> None:
    with pytest.raises(NodeFailed, match="within 30 s"):
        run(ScriptedContext(), "command", "MakeCall", targetUri="1002")


@pytest.mark.parametrize("first", [RINGING_180, PROGRESS_183, CONNECTED])
def test_make_call_until_ringing_is_satisfied_by_progress_or_answer(first: CallEvent) -> None:
    ctx = ScriptedContext({"call-1": [first]})
    run(ctx, "command", "MakeCall", targetUri="1002", completeOn="ringing")
    assert ctx.calls["call-1"].events == [first]


def test_make_call_until_ringing_fails_at_a_refusal() -> None:
    with pytest.raises(NodeFailed, match="expected ringing, got 486 Busy Here"):
        run(ScriptedContext({"call-1": [BUSY]}), "command", "MakeCall", targetUri="1002", completeOn="ringing")


def test_make_call_until_sent_waits_for_nothing() -> None:
    ctx = ScriptedContext()
    run(ctx, "command", "MakeCall", targetUri="1002", completeOn="sent", callId="b")
    assert ctx.actions == ["call 1002"]
    assert list(ctx.calls) == ["b"]


@pytest.mark.parametrize(("data", "action"), [({}, "ring 180"), ({"statusCode": "183"}, "ring 183")])
def test_ringing_sends_its_status(data: dict[str, Any], action: str) -> None:
    ctx = ScriptedContext(bound=("call-1",))
    run(ctx, "command", "Ringing", **data)
    assert ctx.actions == [action]


@pytest.mark.parametrize(("reliable", "how"), [(True, "reliably"), (False, "unreliably")])
def test_ringing_may_be_reliable_or_not(reliable: bool, how: str) -> None:
    ctx = ScriptedContext(bound=("call-1",))
    run(ctx, "command", "Ringing", reliable=reliable)
    assert ctx.actions == [f"ring 180 {how}"]


def test_answer_accepts_the_call() -> None:
    ctx = ScriptedContext(bound=("call-1",))
    run(ctx, "command", "Answer", headers={"X-A": "1"})
    assert ctx.actions == ["answer ('X-A', '1')"]


def test_response_refuses_the_call() -> None:
    ctx = ScriptedContext(bound=("call-1",))
    run(ctx, "command", "Response", statusCode=302, reason="Over there", headers=[["Contact", "<sip:x@h>"]])
    assert ctx.actions == ["reject 302 Over there ('Contact', '<sip:x@h>')"]


@pytest.mark.parametrize("name", ["Ringing", "Answer", "Response", "Hold", "Retrieve"])
def test_command_on_an_unknown_call_fails(name: str) -> None:
    ctx = ScriptedContext(bound=("call-1",))
    with pytest.raises(NodeFailed, match="call-2"):
        run(ctx, "command", name, callId="call-2")
    assert ctx.actions == []


def test_release_ends_its_call() -> None:
    ctx = ScriptedContext(bound=("call-1", "call-2"))
    run(ctx, "command", "Release", callId="call-2")
    assert ctx.actions == ["release"]


def test_release_without_a_call_only_warns() -> None:
    ctx = ScriptedContext()
    run(ctx, "command", "Release")
    assert ctx.log_lines == [(Level.WARNING, "there is no call call-1 to release")]


def test_incoming_takes_any_call_within_10_seconds() -> None:
    ctx = ScriptedContext()
    run(ctx, "event", "INCOMING", callId="")
    assert ctx.actions == ["take any 10 s"]
    assert list(ctx.calls) == ["call-1"]


def test_incoming_asks_for_number_and_headers() -> None:
    ctx = ScriptedContext()
    run(ctx, "event", "INCOMING", number=1002, match={"X-A": "1"}, timeout=500)
    assert ctx.actions == ["take 1002 0.5 s ('X-A', '1')"]


def test_ringing_event_takes_any_18x() -> None:
    ctx = ScriptedContext(
        {"call-1": [Progressed(1.0, b"", 199, "Early Dialog Terminated"), PROGRESS_183]}, bound=("call-1",)
    )
    run(ctx, "event", "RINGING")
    assert [event.status for event in ctx.calls["call-1"].events if isinstance(event, Progressed)] == [199]


def test_ringing_event_waits_for_its_status() -> None:
    ctx = ScriptedContext({"call-1": [RINGING_180]}, bound=("call-1",))
    with pytest.raises(NodeFailed, match="expected a 183 response"):
        run(ctx, "event", "RINGING", statusCode=183)


def test_disconnected_event_waits_for_its_cause() -> None:
    ctx = ScriptedContext({"call-1": [BYE]}, bound=("call-1",))
    with pytest.raises(NodeFailed, match=r"expected disconnected \(cancel\), got nothing within 10 s"):
        run(ctx, "event", "DISCONNECTED", cause="cancel")
    run(ctx, "event", "DISCONNECTED")


def test_connected_event_is_not_satisfied_by_ringing() -> None:
    ctx = ScriptedContext({"call-1": [RINGING_180]}, bound=("call-1",))
    with pytest.raises(NodeFailed, match="expected connected"):
        run(ctx, "event", "CONNECTED")


def test_make_call_without_an_offer() -> None:
    ctx = ScriptedContext({"call-1": [CONNECTED]})
    run(ctx, "command", "MakeCall", targetUri="1002", lateOffer=True)
    assert ctx.actions == ["call 1002 without offer"]


@pytest.mark.parametrize(("name", "done"), [("Hold", "hold"), ("Retrieve", "retrieve")])
def test_hold_and_retrieve_ask_by_their_method(name: str, done: str) -> None:
    ctx = ScriptedContext(bound=("call-1", "call-2"))
    run(ctx, "command", name)
    run(ctx, "command", name, callId="call-2", method="UPDATE", timeout=5000)
    assert ctx.actions == [f"{done} by INVITE within 30 s", f"{done} by UPDATE within 5 s"]


@pytest.mark.parametrize(("name", "other"), [("HELD", RETRIEVED), ("RETRIEVED", HELD)])
def test_held_and_retrieved_wait_for_their_own_event(name: str, other: CallEvent) -> None:
    ctx = ScriptedContext({"call-1": [other]}, bound=("call-1",))
    with pytest.raises(NodeFailed, match=f"expected {name.lower()}, got nothing within 10 s on call call-1"):
        run(ctx, "event", name)
    ctx = ScriptedContext({"call-1": [HELD, RETRIEVED]}, bound=("call-1",))
    run(ctx, "event", name)
    assert ctx.calls["call-1"].events == [other]


def test_timeout_event_lets_its_time_pass() -> None:
    ctx = ScriptedContext()
    run(ctx, "event", "TIMEOUT", timeout="250")
    run(ctx, "event", "TIMEOUT")
    assert ctx.actions == ["sleep 0.25 s", "sleep 10 s"]
