"""Documents as they are kept with a run, which may be handed on: without their passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from sipflow.base.errors import TemplateError
from sipflow.engine.wire import MASK
from sipflow.scenario.template import variables_in

_NAMED: Final = re.compile(r"(?:\$\{env:\w+\}|\{\{[^{}]*\}\})+")
"""A password that is only named, from the environment or a variable, is no secret itself."""


def without_secrets(value: Any) -> Any:
    """A document with its passwords masked."""
    if isinstance(value, Mapping):
        return {key: _masked(inner) if _is_password(key) else without_secrets(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_secrets(inner) for inner in value]
    return value


def variables_without_secrets(variables: Mapping[str, str], flow_data: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a run, those masked that a password of its document is made of."""
    secret: set[str] = set()
    for password in _passwords(flow_data):
        with suppress(TemplateError):
            secret |= variables_in(password)
    return {name: MASK if name in secret or _is_password(name) else value for name, value in variables.items()}


def _passwords(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if _is_password(key) and isinstance(inner, str):
                yield inner
            else:
                yield from _passwords(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _passwords(inner)


def _masked(value: Any) -> Any:
    is_named = isinstance(value, str) and _NAMED.fullmatch(value)
    return value if is_named or value in ("", None) else MASK


def _is_password(key: str) -> bool:
    return key.lower().endswith("password")
