"""`{{ dotted.path }}` in text: found, checked and replaced, in linear time. Never evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sipflow.base.errors import TemplateError
from sipflow.base.sayings import Saying, Value

MAX_RESULT_CHARS: Final = 1_000_000
"""Longest text a substitution may give."""

LookUp = Callable[[str], str]
"""The value that stands behind a path. Raises TemplateError where there is none."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\Z")
_ENVIRONMENT: Final = re.compile(r"\$\{env:([^{}]*)\}")


def is_variable_name(text: str) -> bool:
    """Whether a variable may be called so: templates and expressions can both name it."""
    return _NAME.match(text) is not None


def is_template(value: object) -> bool:
    """Whether a value of the document, at any depth, holds a `{{`."""
    return any("{{" in text for text in _texts(value))


def variables_in(text: str) -> set[str]:
    """The names of the variables that a text takes its values from. Raises TemplateError for broken syntax."""
    return {path.partition(".")[2] for _, path in _pieces(text) if path.startswith("var.")}


def substitute(value: object, variables: Mapping[str, str], facts: LookUp | None = None) -> object:
    """The value with every `{{ path }}` in its texts replaced; what stands behind a path is taken as it is.

    `var.NAME` is a variable, all else is asked of `facts`. Lists and objects are walked, their keys are left alone.
    Raises TemplateError for broken syntax, for a path without a value and for a result longer than `MAX_RESULT_CHARS`.
    """
    match value:
        case str() if "{{" in value:
            return _substitute_text(value, variables, facts)
        case list():
            return [substitute(item, variables, facts) for item in value]
        case dict():
            return {key: substitute(item, variables, facts) for key, item in value.items()}
        case _:
            return value


def substitute_environment(text: str, environment: Mapping[str, str]) -> str:
    """The text with every `${env:NAME}` replaced. Raises TemplateError for a name that is not set."""

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environment:
            raise template_error("environment-unset", name=name)
        return environment[name]

    return _ENVIRONMENT.sub(value_of, text)


def _look_up(path: str, variables: Mapping[str, str], facts: LookUp | None) -> str:
    """The value of one path. Raises TemplateError where it has none."""
    root, _, name = path.partition(".")
    if root != "var" and facts is not None:
        return facts(path)
    if root != "var" or not name:
        raise template_error("template-root", path=path)
    if name not in variables:
        raise template_error("variable-unset", name=name)
    return variables[name]


def _substitute_text(text: str, variables: Mapping[str, str], facts: LookUp | None) -> str:
    parts: list[str] = []
    size = 0
    for literal, path in _pieces(text):
        part = _look_up(path, variables, facts) if path else literal
        size += len(part)
        if size > MAX_RESULT_CHARS:
            raise template_error("template-too-long", limit=MAX_RESULT_CHARS)
        parts.append(part)
    return "".join(parts)


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text cut into literals `(text, "")` and templates `("", path)`."""
    position = 0
    while (start := text.find("{{", position)) >= 0:
        if start > position:
            yield text[position:start], ""
        end = text.find("}}", start + 2)
        if end < 0:
            raise template_error("template-open", text=_shown(text[start:]))
        path = text[start + 2 : end].strip()
        if not _PATH.match(path):
            raise template_error("template-path", text=_shown(path))
        yield "", path
        position = end + 2
    if position < len(text):
        yield text[position:], ""


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def template_error(code: str, **values: Value) -> TemplateError:
    """What is wrong with a template, by the code of its fault."""
    fault = Saying.of(code, **values)
    return TemplateError(fault)
