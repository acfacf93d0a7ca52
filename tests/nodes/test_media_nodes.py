"""What the nodes of media ask for, and when they have it."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.call_events import CallEvent, DigitReceived
from sipflow.base.errors import NodeFailed
from sipflow.scenario import validate_scenario
from sipflow.testing.scripted_context import ScriptedContext
from tests.documents import chain, command, document, event, instance
from tests.nodes.test_call_nodes import NODE_TYPES, run


@pytest.mark.parametrize(
    ("settings", "action"),
    [
        ({"digits": "1a#"}, "digits 1A# by rfc4733, 160 ms and 100 ms between"),
        (
            {"digits": "5", "method": "info", "durationMs": 80, "intervalMs": 60},
            "digits 5 by info, 80 ms and 60 ms between",
        ),
    ],
)
def test_digits_are_sent_as_the_settings_say(settings: Any, action: str) -> None:
    ctx = ScriptedContext(bound=("call-1",))
    run(ctx, "command", "SendDTMF", **settings)
    assert ctx.actions == [action]


def digits(*received: str) -> dict[str, list[CallEvent]]:
    return {"call-1": [DigitReceived(1.0, b"", digit, 100, "rfc4733") for digit in received]}


@pytest.mark.parametrize(
    ("settings", "taken", "left"),
    [
        ({}, "1", "23"),
        ({"expectedDigit": "2"}, "2", "13"),
        ({"pattern": "1.*3"}, "123", ""),
        ({"pattern": "[0-9]+"}, "1", "23"),
    ],
)
def test_digits_are_taken_from_the_oldest_on(settings: Any, taken: str, left: str) -> None:
    ctx = ScriptedContext(digits(*"123"), bound=("call-1",))
    run(ctx, "event", "DTMFReceived", variable="got", **settings)
    assert ctx.variables["got"] == taken
    assert "".join(str(event)[-1] for event in ctx.calls["call-1"].events) == left


def test_pattern_that_never_fits_fails_and_tells_what_came() -> None:
    ctx = ScriptedContext(digits(*"12"), bound=("call-1",))
    with pytest.raises(NodeFailed, match=r"expected digits that match 1\{3\}, got 12 within 10 s"):
        run(ctx, "event", "DTMFReceived", pattern="1{3}")


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({"kind": "oneWay"}, ["one-way-is-short"]),
        ({"kind": "oneWay", "durationMs": 1_000}, []),
        ({"kind": "silence"}, []),
    ],
)
def test_one_way_audio_that_any_conversation_has_is_warned_of(settings: Any, codes: list[str]) -> None:
    call = command("c", "MakeCall", targetUri="sip:x@192.0.2.1")
    steps = document(instance("a", "1"), call, event("n", "AUDIO", **settings), edges=chain("a", "c", "n"))
    findings = validate_scenario(steps, NODE_TYPES)
    assert [finding.fault.code for finding in findings if finding.node_id == "n"] == codes


@pytest.mark.parametrize(
    ("name", "settings", "code"),
    [
        ("SendDTMF", {"digits": "12x"}, "digits"),
        ("SendDTMF", {}, "missing"),
        ("DTMFReceived", {"expectedDigit": "E"}, "digits"),
        ("DTMFReceived", {"expectedDigit": "1", "pattern": "2"}, "digit-and-pattern"),
        ("DTMFReceived", {"pattern": "("}, "pattern"),
    ],
)
def test_digits_that_are_none_are_findings(name: str, settings: Any, code: str) -> None:
    make = command if name == "SendDTMF" else event
    call = command("c", "MakeCall", targetUri="sip:x@192.0.2.1")
    steps = document(instance("a", "1"), call, make("n", name, **settings), edges=chain("a", "c", "n"))
    findings = validate_scenario(steps, NODE_TYPES)
    assert [finding.fault.code for finding in findings if finding.node_id == "n"] == [code]


@pytest.mark.parametrize(
    ("name", "settings", "action"),
    [
        ("PlayAudio", {"filePath": "a.wav"}, "play a.wav"),
        ("PlayAudio", {"filePath": "a.wav", "loop": True, "wait": False}, "play a.wav again and again without waiting"),
        ("RecordAudio", {"filePath": "b.wav"}, "record b.wav"),
        ("StopAudio", {"filePath": "b.wav"}, "stop b.wav"),
        ("StopAudio", {}, "stop"),
    ],
)
def test_audio_is_played_recorded_and_stopped_as_the_settings_say(name: str, settings: Any, action: str) -> None:
    ctx = ScriptedContext(bound=("call-1",))
    run(ctx, "command", name, **settings)
    assert ctx.actions == [action]


@pytest.mark.parametrize(
    ("settings", "action"),
    [
        ({}, "hear any 1000 Hz on call-1 for 200 ms within 10 s"),
        (
            {"kind": "tone", "frequency": 440, "durationMs": 900, "timeout": 2000, "callId": "x"},
            "hear tone 440 Hz on x for 900 ms within 2 s",
        ),
    ],
)
def test_audio_is_waited_for_as_the_settings_say(settings: Any, action: str) -> None:
    ctx = ScriptedContext()
    run(ctx, "event", "AUDIO", **settings)
    assert ctx.actions == [action]


@pytest.mark.parametrize("name", ["a.mp3", ".wav", "folder/.wav", "wav"])
def test_recording_is_a_wave_file(name: str) -> None:
    call = command("c", "MakeCall", targetUri="sip:x@192.0.2.1")
    steps = document(instance("a", "1"), call, command("n", "RecordAudio", filePath=name), edges=chain("a", "c", "n"))
    findings = validate_scenario(steps, NODE_TYPES)
    assert [finding.fault.code for finding in findings if finding.node_id == "n"] == ["wave-name"]


@pytest.mark.parametrize(("field", "value"), [("minMos", "good"), ("minMos", 4.5), ("maxLossPercent", -1)])
def test_limits_that_are_none_are_findings(field: str, value: Any) -> None:
    call = command("c", "MakeCall", targetUri="sip:x@192.0.2.1")
    steps = document(
        instance("a", "1"), call, command("n", "AssertMedia", **{field: value}), edges=chain("a", "c", "n")
    )
    findings = validate_scenario(steps, NODE_TYPES)
    assert [finding.field for finding in findings if finding.node_id == "n"] == [field]
    assert all(finding.fault.code != "malformed" for finding in findings)


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ("1 <-> 2, b<-1", ""),
        ("one -> 2", ""),
        ("1 = 2", "who-hears-malformed"),
        ("1 <->", "who-hears-malformed"),
        ("1 <- 2 <- 1", "who-hears-malformed"),
        ("1 <- 3", "who-hears-unknown"),
        ("1 <- one", "who-hears-itself"),
        ("{{who}} <- 3", ""),
    ],
)
def test_who_hears_whom_names_instances(expected: str, code: str) -> None:
    parts = (instance("a", "1", label="one"), instance("b", "2"), command("n", "AssertHears", expected=expected))
    findings = validate_scenario(document(*parts, edges=chain("a", "n")), NODE_TYPES, variables={"who": "1"})
    found = [finding.fault.code for finding in findings if finding.node_id == "n"]
    assert found == ([code] if code else []) or "{{" in expected
    if code == "who-hears-unknown":
        assert "there are one (1), b (2)" in next(finding.message for finding in findings if finding.node_id == "n")


def test_who_hears_whom_is_asked_as_the_settings_say() -> None:
    ctx = ScriptedContext()
    run(ctx, "command", "AssertHears", expected="1 <- 2", durationMs=1500, respectsHold=True)
    assert ctx.actions == ["expect 1 <- 2 to hear each other but on hold for 1.5 s"]
