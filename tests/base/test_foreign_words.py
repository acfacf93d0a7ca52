"""What libraries say in English is told in people's own words, and else quoted."""

from __future__ import annotations

import re
import sqlite3
import ssl
from collections.abc import Mapping

import pytest
from sqlalchemy.exc import OperationalError

from sipflow.base.errors import ScenarioInvalid
from sipflow.base.foreign_words import MAX_QUOTED_CHARS, rules, told_by
from sipflow.base.sayings import Saying, in_language, load_texts
from sipflow.net import tls
from sipflow.scenario import document, expressions
from sipflow.scenario.document import read_json
from sipflow.scenario.expressions import ExpressionError, evaluate
from sipflow.scenario.repository import database

WORDS = rules((r"no (?P<name>\w+) here", "expression-no-such"))


def test_words_without_a_rule_are_quoted_by_their_first_line() -> None:
    assert told_by("No tea here", WORDS, "tls-words") == Saying.of("expression-no-such", name="tea")
    assert told_by("It rains\nat line 3", WORDS, "tls-words") == Saying.of("tls-words", words="It rains")
    assert told_by("x" * 999, (), "tls-words") == Saying.of("tls-words", words="x" * MAX_QUOTED_CHARS)
    assert told_by("", (), "tls-words") == Saying.of("tls-words", words="")


@pytest.mark.parametrize(
    "known", [expressions._SYNTAX, expressions._NO_VALUE, document._JSON, database._WORDS, tls._WORDS]
)
def test_every_rule_has_a_text_that_its_values_fill(known: tuple[tuple[re.Pattern[str], str], ...]) -> None:
    for pattern, code in known:
        values = dict.fromkeys(pattern.groupindex, "it")
        for language in ("en", "ko"):
            assert Saying.of(code, **values).text(language)
    assert all(code in load_texts() for code in tls._UNVERIFIED.values())


@pytest.mark.parametrize(
    ("source", "code", "column"),
    [
        ("var.x ==", "expression-ends", 9),
        ("var.x == 1 &&& 2", "expression-unknown-sign", 14),
        ("(var.x", "expression-lacks", 7),
        ("var.x == 'var.y", "expression-open-text", 10),
        ("var.x vars", "expression-out-of-place", 7),
        ("for", "expression-reserved", 1),
    ],
)
def test_fault_of_an_expression_is_told_where_a_person_wrote_it(source: str, code: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        expressions.check_expression(source)
    said = caught.value.said
    assert isinstance(said, Saying)
    values = dict(said.values)
    assert isinstance(values["reason"], Saying)
    assert (values["reason"].code, values["column"]) == (code, column)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("var.y", "expression-no-such"),
        ("1 / 0", "expression-zero"),
        ("var.x + 1", "expression-kinds-differ"),
        ("var.x > 1", "expression-unfit-values"),
        ("[1][7]", "expression-no-element"),
        ("int('a')", "expression-function"),
        ("nope(1)", "expression-unknown-name"),
        ("9223372036854775807 + 1", "expression-too-large"),
    ],
)
def test_expression_without_a_value_says_why(source: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(source, {"x": "5"}, {})
    assert isinstance(caught.value.said, Saying)
    assert caught.value.said.code == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1 "b": 2}', "1행 9번째 글자: ',' 빠짐"),
        ('{"a" 1}', "1행 6번째 글자: ':' 빠짐"),
        ("{\n a: 1}", "2행 2번째 글자: 큰따옴표로 묶은 이름이 있어야 함"),
        ('{"a": }', "1행 7번째 글자: 값이 있어야 함"),
        ('{"a": "b', "1행 7번째 글자: 닫는 따옴표가 없는 문자열이 시작됨"),
        ('{"a": "b\n"}', "1행 9번째 글자: 문자열 안에 줄바꿈 같은 제어 문자가 있음"),
        ('{"a": "\\q"}', "1행 8번째 글자: JSON에 없는 이스케이프"),
        ("{} {}", "1행 4번째 글자: 문서가 끝난 뒤에 더 있음"),
        ('{"a": ' + "1" * 5_000 + "}", "수의 자릿수가 너무 많음"),
    ],
)
def test_fault_of_a_document_is_told_in_the_readers_language(text: str, said: str) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        read_json(text)
    [finding] = caught.value.findings
    assert in_language(finding.said, "ko").endswith(said)


@pytest.mark.parametrize(
    ("words", "code", "values"),
    [
        ("database is locked", "database-locked", {}),
        ('password authentication failed for user "ann"', "database-password", {"user": "ann"}),
        ('database "calls" does not exist', "database-unknown", {"name": "calls"}),
        ("sorry, too many clients already", "database-busy", {}),
        ("the moon is full", "database-says", {"words": "the moon is full"}),
    ],
)
def test_reason_of_a_database_is_known_by_its_words(words: str, code: str, values: Mapping[str, str]) -> None:
    error = OperationalError("SELECT 1", None, sqlite3.OperationalError(words))
    assert database._told(error) == Saying.of(code, **values)


def test_reason_of_a_database_that_nobody_reaches_is_the_systems() -> None:
    assert database._told(ConnectionRefusedError(111, "Connect call failed")) == Saying.of("os-econnrefused")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("WRONG_VERSION_NUMBER", "tls-wrong-version"),
        ("TLSV1_ALERT_UNKNOWN_CA", "tls-unknown-ca"),
        ("NO_SHARED_CIPHER", "tls-cipher"),
        ("KEY_VALUES_MISMATCH", "tls-key-mismatch"),
        ("A_NEW_REASON", "tls-words"),
    ],
)
def test_reason_of_tls_is_known_by_its_words(reason: str, code: str) -> None:
    error = ssl.SSLError()
    error.reason = reason
    told = dict(tls.tls_reason(error).values)["reason"]
    assert isinstance(told, Saying)
    assert told.code == code
