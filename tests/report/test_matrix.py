from __future__ import annotations

from typing import Any

from rich.cells import cell_len

from sipflow.base.events import MediaChanged, NodeState, NodeStateChanged, ScenarioFailed
from sipflow.report import FailureReport
from sipflow.report.matrix import MAX_SHOWN, matrix_lines
from tests.report.builders import NAMES, Story


def hearing(names: list[str], expected: set[str], heard: set[str]) -> dict[str, Any]:
    """What is told of these; a pair is `listener speaker`, by their places."""
    ids = [str(place) for place in range(len(names))]
    rows = [
        {
            "listener": listener,
            "packets": 100,
            "cells": [
                {
                    "speaker": speaker,
                    "isExpected": f"{listener} {speaker}" in expected,
                    "isHeard": f"{listener} {speaker}" in heard,
                    "levelDbfs": -21.6 if f"{listener} {speaker}" in heard else None,
                }
                for speaker in ids
                if f"{listener} {speaker}" in expected | heard
            ],
        }
        for listener in ids
    ]
    return {"seconds": 2, "instances": dict(zip(ids, names, strict=True)), "rows": rows}


def test_matrix_tells_every_pair_and_what_is_not_as_expected_in_capitals() -> None:
    lines = matrix_lines(hearing(["Alice", "Bob", "통화 녹음"], {"0 1", "1 0"}, {"0 1", "2 1"}))

    assert lines == [
        "who hears whom in 2 s: rows listen, columns speak, dBFS; capitals: not as expected",
        "             Alice      Bob        통화 녹음",
        "  Alice      -          heard -22  silent",
        "  Bob        NOT HEARD  -          silent",
        "  통화 녹음  silent     HEARD -22  -",
    ]
    # A letter of Hangul takes two columns.
    assert cell_len(lines[1].partition("Bob")[0]) == cell_len(lines[4].partition("HEARD")[0])


def test_matrix_of_many_shows_those_that_are_wrong_and_counts_the_others() -> None:
    names = [f"Phone {number}" for number in range(40)]

    lines = matrix_lines(hearing(names, {"38 39"}, set()))

    assert lines[-1] == f"  and {40 - MAX_SHOWN} more instances"
    assert [line.split("  ")[1] for line in lines[-3:-1]] == ["Phone 38", "Phone 39"]
    assert "NOT HEARD" in lines[-3]


def test_failure_of_a_node_that_measured_shows_its_matrix_and_no_other() -> None:
    story = Story()

    def state(new_state: NodeState) -> NodeStateChanged:
        return story.event(
            NodeStateChanged, node_id="n1", instance_id="a", previous_state=NodeState.PENDING, new_state=new_state
        )

    def told(*middle: MediaChanged) -> str:
        report = FailureReport(NAMES)
        failed = story.event(ScenarioFailed, node_id="n1", instance_id="a", error="?")
        for event in (state(NodeState.RUNNING), *middle, state(NodeState.FAILED), failed):
            report.emit(event)
        return "\n".join(report.lines())

    measured = hearing(["Alice", "Bob"], {"0 1"}, set())
    assert "Alice  -       NOT HEARD" in told(
        story.event(MediaChanged, node_id="n1", media="hearing", detail="", hearing=measured)
    )
    assert "NOT HEARD" not in told(
        story.event(MediaChanged, node_id="n2", media="hearing", detail="", hearing=measured)
    )
