"""The examples are good scenarios to read: no finding, labels everywhere, nothing on top of anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sipflow.nodes import load_node_types
from sipflow.scenario import validate_scenario
from tests.examples import EXAMPLES

NODE_TYPES = load_node_types()
MEANT = {
    "wrong-call-id": [
        "warning: Release 'Hang it up: only a warning' (alice-release) callId: "
        "no step before it opens a call 'no-such-call'",
    ],
}
"""Findings that an example is there to show."""
GIVEN = {"target": "sip:bob@127.0.0.1:5070", "registrar": "127.0.0.1", "user": "1001", "password": "secret"}
"""Variables that examples ask for."""
each_example = pytest.mark.parametrize("path", EXAMPLES.values(), ids=EXAMPLES)


def test_every_promised_example_is_there() -> None:
    assert EXAMPLES.keys() >= {
        "answer-calls",
        "assert-and-capture",
        "attended-transfer",
        "blind-transfer",
        "busy-with-failure-branch",
        "call-out",
        "callee-hangs-up",
        "cancel-while-ringing",
        "challenged-call",
        "early-media",
        "either-busy-or-answer",
        "hold-and-retrieve",
        "late-offer",
        "loop-calls",
        "message-and-info",
        "no-answer",
        "options-ping",
        "raw-invite",
        "redirected-call",
        "register",
        "reliable-ringing",
        "session-timer",
        "subscribe-notify",
        "sync-two-callers",
        "ten-instances",
        "three-parties",
        "two-calls-on-one-instance",
        "transfer-refused-keeps-the-call",
        "two-party-call",
        "wrong-call-id",
        "wrong-call-id-in-a-transfer",
    }


@each_example
def test_example_has_no_finding(path: Path) -> None:
    found = validate_scenario(path.read_bytes(), NODE_TYPES, variables=GIVEN)
    assert [str(finding) for finding in found] == MEANT.get(path.stem, [])


@each_example
def test_example_is_laid_out_to_be_read(path: Path) -> None:
    nodes = json.loads(path.read_bytes())["nodes"]
    assert all(node["data"]["label"] for node in nodes)
    places = [(node["position"]["x"] // 180, node["position"]["y"] // 100) for node in nodes]
    assert len(set(places)) == len(places)


def test_call_out_needs_its_target() -> None:
    source = EXAMPLES["call-out"].read_bytes()
    assert [finding.field for finding in validate_scenario(source, NODE_TYPES)] == ["targetUri"]
