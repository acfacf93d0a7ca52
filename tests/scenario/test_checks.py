"""Checks of messages."""

from __future__ import annotations

import time

import pytest

from sipflow.base.errors import NodeFailed
from sipflow.scenario.checks import CheckedParams, judge
from sipflow.scenario.status_pattern import is_status_pattern, matches_status
from sipflow.testing.scripted_context import ScriptedContext
from sipflow.testing.wire_text import sip_text

MESSAGE = sip_text(
    "SIP/2.0 486 Busy Here",
    {"Via": "SIP/2.0/UDP a;branch=z9hG4bKx", "Warning": ['399 a "one"', '399 b "two"'], "To": "<sip:bob@x>;tag=b"},
)


def checked(message: bytes, *checks: dict[str, str]) -> dict[str, str]:
    """What a message leaves in the variables. Raises NodeFailed."""
    params, problems = CheckedParams.read({"checks": list(checks)})
    assert problems == {}
    context = ScriptedContext()
    judge(params.checks, message, context)
    return context.variables


def test_first_group_of_the_first_value_that_matches_is_captured() -> None:
    assert checked(MESSAGE, {"header": "warning", "value": '"(t.*)"', "variable": "w"}) == {"w": "two"}
    assert checked(MESSAGE, {"header": "Warning", "value": '"t.*"', "variable": "w"}) == {"w": '"two"'}
    assert checked(MESSAGE, {"header": "t", "variable": "to"}) == {"to": ""}


@pytest.mark.parametrize(
    "check",
    [
        {"header": "Warning", "value": "three"},
        {"header": "Warning", "value": "two", "rule": "differs"},
        {"header": "X", "rule": "present"},
        {"header": "To", "rule": "absent"},
        {"header": "start-line", "value": "200"},
        {"header": "body", "value": "."},
    ],
)
def test_check_that_is_not_passed_fails(check: dict[str, str]) -> None:
    with pytest.raises(NodeFailed):
        checked(MESSAGE, check)


def test_no_message_passes_no_check() -> None:
    with pytest.raises(NodeFailed, match="got no message"):
        checked(b"", {"header": "To", "rule": "absent"})


def test_credentials_are_not_told() -> None:
    message = sip_text("BYE sip:a SIP/2.0", {"Authorization": 'Digest response="5ec4e7"'})
    with pytest.raises(NodeFailed) as caught:
        checked(message, {"header": "Authorization", "value": "Basic"})
    assert "5ec4e7" not in str(caught.value)


def test_pattern_and_name_are_checked_before_the_run() -> None:
    bad = (
        {"header": "To", "value": "("},
        {"header": "a b"},
        {"header": "To", "variable": "1x"},
        {"header": "To", "value": r"(a)\1"},
    )
    for check in bad:
        assert CheckedParams.read({"checks": [check]})[1].keys() == {"checks"}, check


def test_hostile_pattern_and_input_take_time_in_proportion() -> None:
    message = sip_text("BYE sip:a SIP/2.0", {"X": "a" * 60_000 + "!"})
    start = time.process_time()
    with pytest.raises(NodeFailed):
        checked(message, {"header": "X", "value": "^(a+)+$"})
    assert time.process_time() - start < 1


def test_status_patterns() -> None:
    assert all(map(is_status_pattern, ("200", "2xx", "48x", "486, 6XX")))
    assert not any(map(is_status_pattern, ("", "20", "x00", "700", "2x0", "200,", "2xx;3xx")))
    assert matches_status("486,6xx", 603)
    assert matches_status("", 100)
    assert not matches_status("2xx", 300)
