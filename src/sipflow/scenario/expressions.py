"""Conditions and values in CEL, the Common Expression Language: no loops, no side effects, an answer at once.

`var.NAME` is a variable (a text), `call["call-1"].status` a fact of a call. CEL itself keeps the word `var` for later,
so it is written as another name before it is compiled. What bounds the work: the length of the source, one macro
(`all`, `exists`, `map` …) at most, and texts that are no longer than a field may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sipflow.base.errors import NodeFailed, SipflowError
from sipflow.base.foreign_words import rules, told_by
from sipflow.base.sayings import Saying, Told
from sipflow.scenario.values import MAX_VALUE_CHARS, CallFacts

if TYPE_CHECKING:
    import cel

MAX_SOURCE_CHARS: Final = 1_000
MAX_MACROS: Final = 1

_TEXT: Final = r"""[rR]?(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_VARIABLE: Final = re.compile(rf"({_TEXT})|(?<![\w.])var(?=\s*[.\[])|(?<![\w.])var\b", re.DOTALL)
_NAMED: Final = re.compile(rf"{_TEXT}|(?<![\w.])var\s*\.\s*([A-Za-z_]\w*)", re.DOTALL)
_MACRO: Final = re.compile(
    rf"{_TEXT}|(\.\s*(?:all|exists|exists_one|existsOne|map|filter|transform\w*)\s*\()", re.DOTALL
)


class ExpressionError(SipflowError):
    """An expression that can't be read, or has no value."""


def check_expression(source: str) -> None:
    """Raises ExpressionError for what is no expression, or asks for too much."""
    if len(source) > MAX_SOURCE_CHARS:
        raise ExpressionError(Saying.of("expression-too-long", limit=MAX_SOURCE_CHARS))
    if sum(1 for found in _MACRO.finditer(source) if found[1]) > MAX_MACROS:
        raise ExpressionError(Saying.of("expression-too-many-macros", limit=MAX_MACROS))
    _compiled(source)


def variables_of(source: str) -> set[str]:
    """The names of the variables that an expression asks for by `var.NAME`."""
    return {found[1] for found in _NAMED.finditer(source) if found[1]}


def evaluate(source: str, variables: Mapping[str, str], calls: CallFacts) -> object:
    """The value of an expression. Raises ExpressionError where it has none."""
    check_expression(source)
    known = {name: value[:MAX_VALUE_CHARS] for name, value in variables.items()}
    facts = {call_id: dict(values) for call_id, values in calls.items()}
    try:
        return _compiled(source).execute({"vars": known, "call": facts})
    except Exception as error:  # the library raises whatever fits: TypeError, RuntimeError, ZeroDivisionError …
        raise ExpressionError(_why(error)) from error


def evaluate_or_fail(source: str, expected: Told, variables: Mapping[str, str], calls: CallFacts) -> object:
    """The value of an expression; raises NodeFailed where it has none."""
    try:
        return evaluate(source, variables, calls)
    except ExpressionError as error:
        raise NodeFailed(expected, Saying.of("finding-at", place=source, fault=error.said)) from error


def as_text(value: object) -> str:
    """A value as a variable holds it: true and false in CEL's own words."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(256)
def _compiled(source: str) -> cel.Program:
    import cel  # here, for it takes longer to import than all node types together

    try:
        return cel.compile(_VARIABLE.sub(lambda found: found[1] or _RENAMED, source))
    except Exception as error:
        raise ExpressionError(_fault(error, source)) from error


_RENAMED: Final = "vars"
_SYNTAX: Final = rules(
    (r"token recognition error at: '(?P<text>[\"'].*)'", "expression-open-text"),
    (r"token recognition error at: '(?P<text>.*?) ?'(?:$|\s*\|)", "expression-unknown-sign"),
    (r"'<EOF>' expecting|at input '<EOF>'|^Incomplete ", "expression-ends"),
    (r"missing '(?P<text>.+?)' at", "expression-lacks"),
    (r"(?:input|at) '(?P<text>.+?)'(?: expecting|$)", "expression-out-of-place"),
    (r"reserved identifier: (?P<text>\w+)", "expression-reserved"),
)
_NO_VALUE: Final = rules(
    (r"(?:division|modulo|remainder) by zero", "expression-zero"),
    (r"undefined variable or function: '(?P<name>.*?)'", "expression-unknown-name"),
    (r"unsupported operation: (?P<operation>.*?)\.(?: |$)", "expression-kinds-differ"),
    (r"no such overload", "expression-unfit-values"),
    (r"overflow", "expression-too-large"),
    (r"index out of bounds: (?P<index>-?\d+)", "expression-no-element"),
    (r"function '(?P<name>\w+)' error: (?P<words>.*?)(?:\. |[.:]?$)", "expression-function"),
)


def _fault(error: Exception, source: str) -> Saying:
    """What the parser says, without the source that it repeats, and where in the text that a person wrote."""
    found = re.search(r"ERROR: <input>:\d+:(\d+): ([^\n|]*)", str(error))
    if not found:
        return told_by(str(error) or type(error).__name__, _SYNTAX, "expression-unread")
    place = int(found[1])
    for variable in _VARIABLE.finditer(source):
        if not variable[1] and variable.end() < place - 1:
            place -= len(_RENAMED) - len("var")
    reason = told_by(found[2].strip().removeprefix("Syntax error: "), _SYNTAX, "expression-unread")
    return Saying.of("expression-at", reason=reason, column=place)


def _why(error: Exception) -> Saying:
    """Why there is no value. The library raises a KeyError with the bare name of what is missing."""
    if isinstance(error, KeyError):
        return Saying.of("expression-no-such", name=str(error.args[0]) if error.args else "")
    return told_by(str(error) or type(error).__name__, _NO_VALUE, "expression-no-value")
