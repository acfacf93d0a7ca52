"""Via values, and what a receiver adds to them."""

from __future__ import annotations

import pytest
from hypothesis import given

from sipflow.base.errors import SipParseError
from sipflow.sip.flow import Address
from sipflow.sip.via import Via, parse_vias
from tests.sip.strategies import vias

SOURCE = Address("192.0.2.9", 4711)


@given(vias)
def test_via_survives_a_round_trip(via: Via) -> None:
    parsed = Via.parse(str(via))

    assert str(parsed) == str(via)
    assert (parsed.transport, parsed.host, parsed.port, parsed.params) == (
        via.transport,
        via.host,
        via.port,
        via.params,
    )
    assert bytes(via) == str(via).encode("utf-8", "surrogateescape")


def test_via_is_taken_apart() -> None:
    via = Via.parse("SIP / 2.0 / TCP\t[2001:db8::9]:6050 ; Branch=z9hG4bKx;RPORT=7 ;received=1.2.3.4")

    assert (via.protocol, via.transport, via.host, via.port) == ("SIP/2.0", "TCP", "2001:db8::9", 6050)
    assert (via.branch, via.rport, via.received) == ("z9hG4bKx", 7, "1.2.3.4")


def test_via_without_parameters_has_empty_ones() -> None:
    via = Via.parse("SIP/2.0/UDP a")

    assert (via.branch, via.received, via.rport, via.wants_rport, via.port) == ("", "", None, False, None)


@pytest.mark.parametrize(
    ("params", "branch"),
    [
        (";branch=1", "1"),
        (" \t;branch=1", "1"),
        (";branch=1;branch=2", "1"),
        (";rport;BRANCH=1;branch=2", "1"),
        (';x=";branch=1"', ""),
        (';x=";branch=1";branch=2', "2"),
        (";branch=1;rport", "1"),
    ],
)
def test_branch_is_the_first_wherever_it_stands(params: str, branch: str) -> None:
    assert Via.parse(f"SIP/2.0/UDP a{params}").branch == branch


@pytest.mark.parametrize("value", ["", "=0", "=65536", "=x", '="7"'])
def test_rport_that_is_no_port_has_no_value(value: str) -> None:
    via = Via.parse(f"SIP/2.0/UDP a;rport{value}")

    assert via.wants_rport
    assert via.rport is None


@pytest.mark.conformance(5)
def test_list_of_vias_is_read_in_order() -> None:
    assert [via.host for via in parse_vias('SIP/2.0/UDP a;x=",", SIP/2.0/UDP b ,SIP/2.0/UDP c')] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "SIP/2.0/UDP a,",
        "SIP/2.0/UDP a b",
        "SIP/2.0/UDP",
        ";branch=1",
        "SIP/2.0/UDP;branch=1",
        'SIP/2.0/UDP a;x="',
    ],
)
def test_text_that_is_no_via_raises(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        parse_vias(text)

    assert caught.value.header == "Via"


@pytest.mark.conformance(9)
@pytest.mark.parametrize(
    ("sent", "stamped"),
    [
        ("SIP/2.0/UDP 192.0.2.9:5060;branch=x", "SIP/2.0/UDP 192.0.2.9:5060;branch=x"),
        ("SIP/2.0/UDP a:5060;branch=x", "SIP/2.0/UDP a:5060;branch=x;received=192.0.2.9"),
        ("SIP/2.0/UDP 192.0.2.9;rport;branch=x", "SIP/2.0/UDP 192.0.2.9;rport=4711;branch=x;received=192.0.2.9"),
        ("SIP/2.0/UDP a;received=6.6.6.6;rport=1", "SIP/2.0/UDP a;rport=4711;received=192.0.2.9"),
    ],
)
def test_receiver_adds_where_the_message_came_from(sent: str, stamped: str) -> None:
    assert str(Via.parse(sent).stamped(SOURCE)) == stamped


@pytest.mark.conformance(9)
def test_receiver_knows_an_ipv6_source_by_its_address() -> None:
    source = Address("2001:db8::9", 5060)

    assert Via.parse("SIP/2.0/UDP [2001:DB8::9]").stamped(source).received == ""
    assert str(Via.parse("SIP/2.0/UDP a").stamped(source)) == "SIP/2.0/UDP a;received=2001:db8::9"
