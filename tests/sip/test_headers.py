"""Header values that are no addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import SipParseError
from sipflow.sip.fields import keyed_field, remembered_line
from sipflow.sip.grammar import MEMO_SIZE, quote, split_list, unquote
from sipflow.sip.headers import CSeq, name_key, parse_call_id, parse_content_length, parse_date, parse_max_forwards
from sipflow.sip.message import MEMO_HEAD_CHARS, parse_message
from sipflow.sip.methods import KNOWN_METHODS
from tests.sip.strategies import cseqs


@given(cseqs)
def test_cseq_survives_a_round_trip(cseq: CSeq) -> None:
    assert CSeq.parse(str(cseq)) == cseq
    assert bytes(cseq) == str(cseq).encode()


@pytest.mark.conformance(18)
@pytest.mark.parametrize("text", ["", "1", "INVITE", "1 ", "1 IN VITE", "2147483648 INVITE", "-1 INVITE", "1 INVITE\n"])
def test_text_that_is_no_cseq_raises(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        CSeq.parse(text)

    assert caught.value.header == "CSeq"


def test_numbers_are_read_with_leading_zeros_and_limits() -> None:
    assert parse_max_forwards("0068") == 68
    assert parse_content_length("0" * 600 + "1") == 1
    for text in ("256", "", "+1", "1_0", "²"):
        with pytest.raises(SipParseError):
            parse_max_forwards(text)


@pytest.mark.parametrize("text", ["a", "a@b", '<>:/[]?{}@"\\', "-.!%*_+`'~"])
def test_call_id_is_given_back(text: str) -> None:
    assert parse_call_id(text) == text


@pytest.mark.parametrize("text", ["Sat, 13 Nov 2010 23:29:00 GMT", "sat, 13 nov 2010 23:29:00 gmt"])
def test_date_in_gmt_is_given_back(text: str) -> None:
    assert parse_date(text) == text


@pytest.mark.parametrize("text", ["Sat, 13 Nov 2010 23:29:00 EST", "13 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010", ""])
def test_other_date_raises(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_date(text)


@given(st.text(st.characters(exclude_characters="\r\n")))
def test_quoting_survives_a_round_trip(text: str) -> None:
    assert unquote(quote(text)) == text


@pytest.mark.conformance(5)
@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a,b , c", ["a", "b", "c"]),
        ('"a,b",<c,d>,e', ['"a,b"', "<c,d>", "e"]),
        (r'"a\",b",c', [r'"a\",b"', "c"]),
        ('a,"b,c', ["a", '"b,c']),
        ("a,<b,c", ["a", "<b,c"]),
        (",,", ["", "", ""]),
    ],
)
def test_list_is_cut_at_commas_outside_quotes_and_brackets(value: str, elements: list[str]) -> None:
    assert split_list(value) == elements


def test_known_methods_are_each_named_once() -> None:
    assert len(KNOWN_METHODS) == len(set(KNOWN_METHODS)) == 14


def test_memory_of_lines_is_bounded() -> None:
    for number in range(2 * MEMO_SIZE):
        parse_message(b"OPTIONS sip:a SIP/2.0\r\nX%d: %d\r\n\r\n" % (number, number))
    before = remembered_line.cache_info()
    parse_message(b"OPTIONS sip:a SIP/2.0\r\nX: " + b"x" * MEMO_HEAD_CHARS + b"\r\n\r\n")

    assert before.currsize <= MEMO_SIZE
    assert remembered_line.cache_info() == before


def test_remembered_line_is_the_same_as_a_new_one() -> None:
    line = "From: <sip:a@b>;tag=1"
    fields = [remembered_line(line)[1], remembered_line(line)[1], keyed_field(line)[1]]

    assert fields[0] is fields[1]
    assert {(field.key, field.name, field.text, field.read(), field.value, field.error) for field in fields} == {
        ("from", "From", "<sip:a@b>;tag=1", "", "1", "")
    }


def test_name_key_is_empty_for_what_is_no_name() -> None:
    assert [name_key(name) for name in ("", " ", " a", "a b", "ä", "a\x00")] == [""] * 6
