"""What a node checks about the message it took: header fields that must match, or must not; and what it captures.

Patterns are RE2's: whatever a peer sends, a search takes time in proportion to the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final, Protocol

import re2
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sipflow.base.errors import NodeFailed, SipParseError
from sipflow.base.sayings import Saying, Told
from sipflow.scenario.fields import EventParams, Kind, Text, VariableName, unfit
from sipflow.sip.grammar import is_token
from sipflow.sip.headers import name_key
from sipflow.sip.message import Message, parse_message

MAX_PATTERN_CHARS: Final = 500
MAX_CHECKS: Final = 50
START_LINE: Final = "start-line"
BODY: Final = "body"
_SECRETS: Final = frozenset({"authorization", "proxy-authorization"})


class Rule(StrEnum):
    """What is asked of a header field."""

    MATCHES = "matches"
    DIFFERS = "differs"
    PRESENT = "present"
    ABSENT = "absent"


@lru_cache(256)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern, _options())


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = False
    return options


def _pattern(value: str) -> str:
    if len(value) > MAX_PATTERN_CHARS:
        raise unfit("pattern-too-long", limit=str(MAX_PATTERN_CHARS))
    try:
        _compiled(value)
    except re2.error as error:
        raise unfit("pattern", reason=_told(error)) from error
    return value


def _told(error: Exception) -> str:
    text = error.args[0] if error.args else error
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


Pattern = Annotated[Text, AfterValidator(_pattern)]
"""A regular expression."""


def matches_whole(pattern: str, text: str) -> bool:
    """Whether a pattern matches the whole of a text."""
    return _compiled(pattern).fullmatch(text) is not None


def _place(value: str) -> str:
    if not is_token(value):
        raise unfit("header-name", name=value)
    return value


class HeaderCheck(BaseModel):
    """One check, a row of the form."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore", frozen=True)

    header: Annotated[Text, AfterValidator(_place)]
    """Name of a header field, or `start-line`, or `body`."""
    rule: Rule = Rule.MATCHES
    """What is asked of it."""
    value: Pattern = ""
    """A regular expression that is searched for in each of its values."""
    variable: VariableName = ""
    """The variable that gets what was found: the first group of the pattern, else all of it."""


HeaderChecks = Annotated[tuple[HeaderCheck, ...], Field(max_length=MAX_CHECKS), Kind.CHECKS]
"""Checks of one message, in order."""


def has_headers(raw: bytes, wanted: Iterable[tuple[str, str]]) -> bool:
    """Whether a message has, for each of these, a header field of that name with exactly that value."""
    wanted = tuple(wanted)
    if not wanted:
        return True
    try:
        message = parse_message(raw)
    except SipParseError:
        return False
    return all(value in message.header_values(name) for name, value in wanted)


class CheckedParams(EventParams):
    """Settings of an event whose message can be checked."""

    checks: HeaderChecks = ()
    """What the message must have, and what of it goes into variables; the node fails where it does not fit."""


class Keeper(Protocol):
    """Whoever keeps what is captured."""

    def set_variable(self, name: str, value: str) -> None: ...


def judge(checks: Iterable[HeaderCheck], raw: bytes, keeper: Keeper, call_id: str | None = None) -> None:
    """Check a message, and capture what is asked for. Raises NodeFailed at the first check that it does not pass.

    `raw` is the message as it stood on the wire; empty where a clock or a socket was the cause, which passes no check.
    """
    message: Message | None = None
    for check in checks:
        if message is None:
            message = _parsed(raw, check, call_id)
        values = list(_values(message, check.header))
        found = next((found for value in values if (found := _compiled(check.value).search(value))), None)
        if not _passes(check.rule, bool(values), found is not None):
            raise NodeFailed(_asked(check), _shown(check.header, values), call_id=call_id or None)
        if check.variable and values:
            captured = found.group(1 if found.re.groups else 0) if found is not None else values[0]
            keeper.set_variable(check.variable, captured or "")


def _parsed(raw: bytes, check: HeaderCheck, call_id: str | None) -> Message:
    try:
        return parse_message(raw)
    except SipParseError:
        raise NodeFailed(_asked(check), Saying.of("no-message"), call_id=call_id or None) from None


def _values(message: Message, header: str) -> Iterator[str]:
    place = header.lower()
    if place == BODY:
        if message.has_body:
            yield message.body.decode("utf-8", "replace")
    else:
        texts = [message.head.partition("\r\n")[0]] if place == START_LINE else message.header_values(header)
        for text in texts:
            yield text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _passes(rule: Rule, is_there: bool, is_found: bool) -> bool:
    match rule:
        case Rule.MATCHES:
            return is_found
        case Rule.DIFFERS:
            return not is_found
        case Rule.PRESENT:
            return is_there
        case Rule.ABSENT:
            return not is_there


def _asked(check: HeaderCheck) -> Saying:
    match check.rule:
        case Rule.MATCHES:
            return Saying.of("to-match", header=check.header, pattern=check.value)
        case Rule.DIFFERS:
            return Saying.of("not-to-match", header=check.header, pattern=check.value)
        case Rule.PRESENT:
            return Saying.of("to-be-there", header=check.header)
        case Rule.ABSENT:
            return Saying.of("no-header", header=check.header)


def _shown(header: str, values: list[str]) -> Told:
    if not values:
        return Saying.of("no-header", header=header)
    if name_key(header) in _SECRETS:
        return Saying.of("another-value")
    text = ", ".join(map(repr, values))
    return text if len(text) <= 200 else text[:197] + "..."
