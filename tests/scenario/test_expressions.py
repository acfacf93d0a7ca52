"""Expressions in CEL: what they know, and what bounds them."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from sipflow.scenario.expressions import ExpressionError, check_expression, evaluate, variables_of
from sipflow.scenario.values import CallFacts

CALLS: CallFacts = {"call-1": {"status": 486, "remote_uri": "sip:bob@x"}}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('var.name == "bob"', True),
        ('"var.name" == "vars.name"', False),
        ("int(var.count) * 2", 8),
        ('call["call-1"].status in [486, 600]', True),
        ('var.name.matches("^b.b$")', True),
        ('["a", "bob"].exists(one, one == var.name)', True),
        ('has(var.nobody) ? "there" : "not there"', "not there"),
    ],
)
def test_value_of_an_expression(source: str, value: object) -> None:
    assert evaluate(source, {"name": "bob", "count": "4"}, CALLS) == value


@pytest.mark.parametrize("source", ["1 +", "", "var.x == ", "(" * 400 + ")" * 400, "'open", "import os", "x = 1"])
def test_what_is_no_expression_is_refused_before_the_run(source: str) -> None:
    with pytest.raises(ExpressionError):
        check_expression(source)


@pytest.mark.parametrize(
    "source", ["var.nobody == '1'", "1 / 0", "'a' + 1", "nothing", "int('x')", "__import__('os')", "call['x'].status"]
)
def test_expression_without_a_value_raises(source: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(source, {"name": "bob"}, CALLS)


def test_expression_is_bounded_in_length_and_macros() -> None:
    with pytest.raises(ExpressionError, match="longer"):
        check_expression("1+" * 600 + "1")
    with pytest.raises(ExpressionError, match="macro"):
        check_expression("[1].map(x, [1].map(y, [2].map(z, z)))")


@pytest.mark.parametrize("source", ["!" * 990 + "true", "[" * 490 + "]" * 490, "var.a" + "+var.a" * 160, "-" * 990])
def test_hostile_expression_takes_no_time(source: str) -> None:
    start = time.process_time()
    with suppress(ExpressionError):
        evaluate(source, {"a": "x" * 100_000}, {})
    assert time.process_time() - start < 1


def test_variables_of_an_expression_are_found_outside_of_texts() -> None:
    assert variables_of("var.a == 'var.b' && other.var.c || var . d > 1") == {"a", "d"}
