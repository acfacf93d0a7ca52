"""`{{ dotted.path }}` in text: found, checked and replaced, in linear time. Never evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sipflow.base.errors import TemplateError

MAX_RESULT_CHARS: Final = 1_000_000
"""Longest text a substitution may give."""

_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\Z")
_ENVIRONMENT: Final = re.compile(r"\$\{env:([^{}]*)\}")


def is_template(value: object) -> bool:
    """Whether a value of the document, at any depth, holds a `{{`."""
    return any("{{" in text for text in _texts(value))


def substitute(value: object, variables: Mapping[str, str]) -> object:
    """The value with every `{{ var.NAME }}` in its texts replaced; what a variable holds is taken as it is.

    Lists and objects are walked, their keys are left alone. Raises TemplateError for broken syntax, for a
    name without a value and for a result longer than `MAX_RESULT_CHARS`.
    """
    match value:
        case str() if "{{" in value:
            return _substitute_text(value, variables)
        case list():
            return [substitute(item, variables) for item in value]
        case dict():
            return {key: substitute(item, variables) for key, item in value.items()}
        case _:
            return value


def substitute_environment(text: str, environment: Mapping[str, str]) -> str:
    """The text with every `${env:NAME}` replaced. Raises TemplateError for a name that is not set."""

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environment:
            raise TemplateError(f"environment variable {name!r} is not set")
        return environment[name]

    return _ENVIRONMENT.sub(value_of, text)


def _look_up(path: str, variables: Mapping[str, str]) -> str:
    """The value of one path. Raises TemplateError where it has none."""
    root, _, name = path.partition(".")
    if root != "var" or not name:
        raise TemplateError(f"{{{{ {path} }}}} is not known here: expected {{{{ var.NAME }}}}")
    if name not in variables:
        raise TemplateError(f"variable {name!r} is not set: give it with --var {name}=VALUE")
    return variables[name]


def _substitute_text(text: str, variables: Mapping[str, str]) -> str:
    parts: list[str] = []
    size = 0
    for literal, path in _pieces(text):
        part = _look_up(path, variables) if path else literal
        size += len(part)
        if size > MAX_RESULT_CHARS:
            raise TemplateError(f"the text would grow beyond {MAX_RESULT_CHARS} characters")
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
            raise TemplateError(f"'{{{{' without '}}}}' in {_shown(text[start:])}")
        path = text[start + 2 : end].strip()
        if not _PATH.match(path):
            raise TemplateError(
                f"expected a dotted path such as var.name between '{{{{' and '}}}}', got {_shown(path)}"
            )
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
    return repr(text if len(text) <= 40 else text[:37] + "...")
