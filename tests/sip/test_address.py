"""Name and address values."""

from __future__ import annotations

import pytest
from hypothesis import given

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr, parse_addresses, parse_tag
from tests.sip.strategies import addresses


@given(addresses)
def test_address_survives_a_round_trip(address: NameAddr) -> None:
    parsed = NameAddr.parse(str(address))

    assert str(parsed) == str(address)
    assert (parsed.uri, parsed.display_name, parsed.params) == (address.uri, address.display_name, address.params)
    assert bytes(address) == str(address).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("text", "display_name", "uri", "params"),
    [
        ("sip:a@b", "", "sip:a@b", ()),
        ("sip:a@b;tag=1", "", "sip:a@b", (("tag", "1"),)),
        ("<sip:a@b;tag=1>", "", "sip:a@b;tag=1", ()),
        ("caller<sip:a@b>;tag=1", "caller", "sip:a@b", (("tag", "1"),)),
        ("A. B.  C <sip:a@b>", "A. B.  C", "sip:a@b", ()),
        (
            r'"a \"q\" \\, <x>;tag=2" <sip:a@b> ; tag = 1 ;lr',
            r'a "q" \, <x>;tag=2',
            "sip:a@b",
            (("tag", "1"), ("lr", "")),
        ),
        ('""<http://x/?a,b;c>', "", "http://x/?a,b;c", ()),
        ("sip:a@b;x=[::1]:1", "", "sip:a@b", (("x", "[::1]:1"),)),
    ],
)
def test_address_is_taken_apart(text: str, display_name: str, uri: str, params: tuple[tuple[str, str], ...]) -> None:
    address = NameAddr.parse(text)

    assert (address.display_name, str(address.uri), address.params) == (display_name, uri, params)


def test_tag_is_found_in_any_case_but_not_in_quotes() -> None:
    assert NameAddr.parse('<sip:a@b>;x=";tag=no";Tag=yes').tag == "yes"
    assert NameAddr.parse("<sip:a@b>;x=1").tag == ""


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "<>",
            "a",
            "<sip:a@b",
            "sip:a@b>",
            '"a" "b" <sip:a@b>',
            "Bell, A <sip:a@b>",
            "ä <sip:a@b>",
            "<sip:a@b> x",
        ),
        *(
            "< sip:a@b>",
            "<sip:a@b >",
            "<sip:a@b>;",
            "<sip:a@b>;tag=",
            "<sip:a@b>;tag=a b",
            "<sip:a@b>;;tag=1",
            "sip:a@b?x=y",
        ),
        *('"\x00" <sip:a@b>', '"a\\\r" <sip:a@b>', "<sip:a@b>\n", "sip:a@b\x00", '"a"', "*"),
    ],
)
def test_text_that_is_no_address_raises(text: str) -> None:
    with pytest.raises(SipParseError):
        NameAddr.parse(text)


@pytest.mark.conformance(5)
def test_list_of_addresses_is_cut_at_the_right_commas() -> None:
    found = parse_addresses('"a,b" <sip:a,b@h>;x="," , sip:c@d')

    assert [str(address.uri) for address in found] == ["sip:a,b@h", "sip:c@d"]


@pytest.mark.parametrize("text", [",", "<sip:a@b>,", ",<sip:a@b>", "<sip:a@b>,,<sip:c@d>"])
def test_list_with_an_empty_element_raises(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_addresses(text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<sip:a@b>;tag=1", "1"),
        ("<sip:a@b> \t;tag=1", "1"),
        ("<sip:a@b>;tag=1;tag=2", "1"),
        ("<sip:a@b>;TAG=1;tag=2", "1"),
        ('<sip:a@b>;p=";tag=1";tag=2', "2"),
        ('"a;tag=1" <sip:a@b>', ""),
        ("<sip:a@b;tag=1>", ""),
        ("sip:a@b;tag=1", "1"),
        ("<sip:a@b>;tag=1;x=y", "1"),
    ],
)
def test_tag_read_alone_is_that_of_the_whole_value(text: str, tag: str) -> None:
    assert parse_tag(text) == NameAddr.parse(text).tag == tag


@pytest.mark.parametrize("text", ["", ";tag=1", '"a;tag=1', "<sip:a@b;tag=1", "<sip:a@b>;tag=1,", "x;;tag=1"])
def test_tag_of_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_tag(text)
