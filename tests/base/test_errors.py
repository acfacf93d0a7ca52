"""Whatever goes wrong is told in every language: by a code with values, never by a sentence of its own."""

from __future__ import annotations

import ast
import errno
import inspect
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sipflow
from sipflow.base import errors
from sipflow.base.errors import (
    AddressUnavailable,
    FramingError,
    InstanceStartFailed,
    NameUnknown,
    RtpError,
    SdpError,
    SipflowError,
    SipParseError,
)
from sipflow.base.sayings import Saying, load_texts
from sipflow.base.system_errors import IN_USE, told_by_number, told_by_system

KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, SipflowError)}
COUNTED = {RtpError}
"""Those that are counted, and told to nobody."""


def told_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """What stands where an error takes something to tell."""
    kind = KINDS.get(call.func.id) if isinstance(call.func, ast.Name) else None
    if kind is None or kind in COUNTED:
        return
    parameters = inspect.signature(kind).parameters
    given = [*zip(parameters, call.args, strict=False), *((word.arg or "", word.value) for word in call.keywords)]
    yield from (argument for name, argument in given if "Told" in str(parameters[name].annotation))


def sentences(path: Path) -> list[str]:
    """The places of a file where an error is made with a sentence in one language."""
    return [
        f"{path.name}:{node.lineno}: {ast.unparse(argument)}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for argument in told_arguments(node)
        for part in ast.walk(argument)
        if isinstance(part, ast.Constant)
        and re.search("[a-z] ", str(part.value))
        and not isinstance(argument, ast.Call)
    ]


def test_no_error_is_made_with_a_sentence_of_one_language() -> None:
    folder = Path(sipflow.__file__).parent
    found = [sentence for path in folder.rglob("*.py") for sentence in sentences(path)]
    assert found == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_error_tells_itself_in_korean(kind: type[SipflowError]) -> None:
    """A new error that takes no saying, or makes none of what it takes, is found here."""
    if kind in COUNTED:
        return
    reason = Saying.of("os-eaddrinuse")
    made: dict[str, Any] = {
        "Told": reason,
        "Saying": reason,
        "bytes": b"x",
        "int": 5060,
        "str | None": None,
        "object": None,
    }
    made |= {"RegistrationFailed": errors.RegistrationFailed("sip:a", 0, reason), "Sequence[bytes]": ()}
    made |= {"Sequence[Found]": [SipflowError(reason)]}
    parameters = inspect.signature(kind).parameters.values()
    error = kind(
        **{each.name: made.get(str(each.annotation), "x") for each in parameters if each.default is each.empty}
    )

    assert isinstance(error.said, Saying)
    assert re.search("[가-힣]", error.said.text("ko"))
    assert str(error) == error.said.text("en")


@pytest.mark.parametrize(
    ("error", "korean"),
    [
        (SipParseError(Saying.of("not-a-via"), "SIP/2.0/UDP", header="Via"), "Via: Via가 아님: 'SIP/2.0/UDP'"),
        (FramingError(Saying.of("head-too-long"), b"INVITE", ()), "너무 긴 머리 부분: 'INVITE'"),
        (SdpError(Saying.of("expected-line", line="v=0"), "v=1"), "v=0이어야 함: 'v=1'"),
        (NameUnknown("pbx.example", Saying.of("os-eai-noname")), "pbx.example: 알 수 없는 이름이나 서비스"),
        (
            InstanceStartFailed("a", "Alice", AddressUnavailable("::1", 5060, "UDP", IN_USE).said),
            "인스턴스 'Alice' (a): ::1:5060 (UDP)에서 기다릴 수 없음: 이미 쓰고 있는 주소",
        ),
    ],
)
def test_reason_within_an_error_speaks_the_same_language(error: SipflowError, korean: str) -> None:
    assert error.said.text("ko") == korean if isinstance(error.said, Saying) else False


def test_text_is_made_when_it_is_read() -> None:
    assert SipParseError("no such code", "x").args == (Saying.of("unparsable", what="no such code", text="x"),)


@pytest.mark.parametrize("code", [code for code in load_texts() if re.fullmatch("os-e[a-z]+", code)])
def test_errors_of_the_system_are_told_in_its_own_words(code: str) -> None:
    number = getattr(errno, code.removeprefix("os-").upper())

    assert told_by_number(number) == told_by_system(OSError(number, "x")) == Saying.of(code)
    assert load_texts()[code]["en"] == os.strerror(number).lower()


def test_error_of_a_name_is_told_by_its_own_number() -> None:
    assert told_by_system(socket.gaierror(socket.EAI_NONAME, "x")) == Saying.of("os-eai-noname")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.EXDEV, "x"), "invalid cross-device link"),
        (OSError("no number"), "no number"),
        (ValueError("Odd"), "Odd"),
        (UnicodeError("label too long"), "not a host name"),
    ],
)
def test_error_that_has_no_text_of_ours_keeps_its_own(error: Exception, text: str) -> None:
    assert str(told_by_system(error)) == text
