"""What can be wrong, and what a run tells, has a text in every language, with the same values, and no text is stale."""

from __future__ import annotations

import errno
import re
import socket
import string
import tomllib
from functools import cache
from pathlib import Path

import pytest

import sipflow
from sipflow.base.sayings import LANGUAGES, Saying, load_texts
from sipflow.nodes import load_node_types
from sipflow.scenario import validate_scenario
from tests.documents import Json, command, document, event, instance

ROOT = Path(sipflow.__file__).parent
PYDANTIC = re.compile(
    "(bool|int|float|string|tuple)-(type|parsing|parsing-size|from-float|unicode|too-long)|finite-number|enum|too-long"
    "|(greater|less)-than(-equal)?"
)
"""The codes that pydantic gives, spelled our way."""
each_code = pytest.mark.parametrize("code", load_texts())


def places(template: str) -> set[str]:
    """The values that a text names."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@cache
def sources() -> str:
    """All of the product's Python."""
    return "".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))


def findings(*nodes: Json) -> dict[str, str]:
    """The Korean text of every finding, by its code."""
    found = validate_scenario(document(*nodes), load_node_types())
    return {finding.fault.code: finding.fault.text("ko") for finding in found}


@each_code
def test_saying_has_a_text_in_every_language_with_the_same_values(code: str) -> None:
    texts = load_texts()[code]
    assert set(texts) == set(LANGUAGES)
    assert places(texts["en"]) == places(texts["ko"])
    said = Saying.of(code, **dict.fromkeys(places(texts["en"]) - {"got"}, "x"))
    assert code == "with-got" or all(said.text(language) for language in LANGUAGES)


@each_code
def test_saying_is_told_somewhere(code: str) -> None:
    is_told = f'"{re.sub("^(media|cause)-", "", code)}"' in sources() or PYDANTIC.fullmatch(code)
    assert is_told or code.removeprefix("os-").replace("-", "_").upper() in {*vars(errno), *vars(socket)}


def test_no_code_stands_in_two_files() -> None:
    files = [tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "base" / "texts").glob("*.toml")]
    assert sum(len(file) for file in files) == len(load_texts())


def test_codes_in_the_sources_have_a_text() -> None:
    for path in ROOT.rglob("*.py"):
        told = re.findall(
            r'(?:Saying\.of|unfit|_error|Problem\.(?:error|warning)\("\w*",) *\(?\s*"([a-z0-9-]+)"',
            path.read_text("utf-8"),
        )
        assert set(told) <= set(load_texts()), path


def test_what_stood_there_is_told_after_the_text() -> None:
    said = Saying.of("greater-than", gt=0).with_got("-1")
    assert str(said) == "should be greater than 0, got -1"
    assert said.text("ko") == "0보다 커야 합니다 (지금 값: -1)"


def test_a_saying_within_a_saying_speaks_the_same_language() -> None:
    said = Saying.of("no-object", place="data", kind=Saying.of("json-list"))
    assert (str(said), said.text("ko")) == (
        "data: expected an object, got a list",
        "data: 객체여야 하는데 목록입니다",
    )


def test_every_text_of_a_saying_is_masked_on_its_way_out() -> None:
    said = Saying.of("within", what=Saying.of("call-to", target="sip:me:secret@x"), seconds=2)
    assert said.to_json(lambda text: text.replace("secret", "***")) == {
        "code": "within",
        "values": {"what": {"code": "call-to", "values": {"target": "sip:me:***@x"}}, "seconds": 2},
    }


def test_text_of_a_document_is_never_taken_for_a_template() -> None:
    assert findings(instance("a"), command("x", "{0.__class__}"))["command-unknown"] == (
        "알 수 없는 명령 '{0.__class__}'"
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"timeout": "soon"}, "int-parsing"),
        ({"timeout": "9" * 5000}, "int-parsing-size"),
        ({"timeout": 1.5}, "int-from-float"),
        ({"timeout": float("inf")}, "finite-number"),
        ({"timeout": 0}, "greater-than"),
        ({"timeout": {}}, "int-type"),
        ({"timeout": 10**9}, "less-than-equal"),
        ({"callId": ["x"]}, "string-type"),
        ({"callId": "\ud800"}, "string-unicode"),
        ({"callId": "x" * 10_001}, "string-too-long"),
        ({"callId": "a\nb"}, "one-line"),
    ],
)
def test_what_pydantic_finds_has_a_text_of_ours(data: Json, code: str) -> None:
    found = findings(instance("a"), event("x", "TIMEOUT", **data))
    assert re.search("[가-힣]", found[code])


def test_what_may_be_chosen_is_listed_in_no_language() -> None:
    found = findings(instance("a", srtp="x"))
    assert found["enum"] == "다음 가운데 하나여야 합니다: 'off', 'sdes-optional', 'sdes', 'dtls' (지금 값: 'x')"
