"""All 61 torture messages through the parser: each one gets its verdict."""

from __future__ import annotations

import pytest

from sipflow.base.errors import SipParseError
from sipflow.sip.faults import faults
from sipflow.sip.message import Request, Response, parse_message
from tests.torture.cases import TORTURE, TortureCase

REFUSED = {
    **dict.fromkeys(
        ("badinv01", "clerr", "ncl", "scalar02", "quotbal", "ltgtruri", "lwsruri", "lwsstart", "trws"), 400
    ),
    **dict.fromkeys(("escruri", "baddate", "regbadct", "badaspec", "baddn", "mismatch01", "mismatch02"), 400),
    **dict.fromkeys(("ipv6-bad", "insuf", "multi01", "mcl01"), 400),
    "badvers": 505,
    "unkscm": 416,
    "novelsc": 416,
}
"""Where leniency is allowed, the message is refused all the same."""
DISCARDED = {"scalarlg", "bigcode"}


def cases() -> list[object]:
    marks = {
        "wsinv": (4,),
        "longreq": (4, 5),
        "dblreq": (6,),
        "clerr": (6, 16),
        "badvers": (17,),
        "unkscm": (17,),
        "novelsc": (17,),
        "scalar02": (18,),
        "scalarlg": (16, 18),
        "mismatch01": (19,),
        "mismatch02": (19,),
        "insuf": (39,),
        "multi01": (39,),
        "mcl01": (39,),
    }
    return [
        pytest.param(case, id=case.name, marks=pytest.mark.conformance(*marks.get(case.name, (16,))))
        for case in TORTURE.values()
    ]


def test_all_61_messages_are_here() -> None:
    assert len(TORTURE) == 61
    assert {name for name, case in TORTURE.items() if case.validity == "invalid"} <= REFUSED.keys() | DISCARDED


@pytest.mark.parametrize("case", cases())
def test_torture_message_gets_its_verdict(case: TortureCase) -> None:
    message = parse_message(case.data)

    found = faults(message)

    assert isinstance(message, Request if case.is_request else Response)
    assert message.raw == case.data
    if case.name in DISCARDED:
        assert found
    else:
        assert (found[0].status if found else 0) == REFUSED.get(case.name, 0), found


@pytest.mark.conformance(16)
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_message_yields_what_its_answer_needs(name: str) -> None:
    message = parse_message(TORTURE[name].data)

    lines = {key: message.header_values(key) for key in ("Via", "From", "To", "Call-ID", "CSeq")}

    assert lines["Via"]
    assert lines["CSeq"]
    if name != "insuf":
        assert all(lines.values())


def torture_request(name: str) -> Request:
    message = parse_message(TORTURE[name].data)
    assert isinstance(message, Request)
    return message


@pytest.mark.conformance(4)
def test_wsinv_is_understood_through_folds_blanks_and_compact_names() -> None:
    message = torture_request("wsinv")

    assert message.to.tag == "1918181833n"
    assert str(message.to.uri) == "sip:vivekg@chair-dnrc.example.com"
    assert (message.from_.display_name, message.from_.tag) == ('J Rosenberg \\"', "98asjd8")
    assert message.max_forwards == 68
    assert (message.cseq, message.cseq_method) == (9, "INVITE")
    assert message.content_length == 150
    assert message.header("subject") == ""
    assert message.header("newfangledheader") == "newfangled value continued newfangled value"
    assert message.branch == "390skdjuw"
    assert [(via.transport, via.host, via.params) for via in message.vias] == [
        ("UDP", "192.0.2.2", (("branch", "390skdjuw"),)),
        ("TCP", "spindle.example.com", (("branch", "z9hG4bK9ikj8"),)),
        ("UDP", "192.168.255.111", (("branch", "z9hG4bK30239"),)),
    ]
    assert message.contacts[0].display_name == 'Quoted string ""'
    assert message.contacts[0].params == (("newparam", "newvalue"), ("secondparam", ""), ("q", "0.33"))


@pytest.mark.conformance(14)
def test_intmeth_keeps_unusual_characters() -> None:
    message = torture_request("intmeth")

    assert message.method == message.cseq_method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert message.request_uri.host == "example.com"
    assert message.request_uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert message.request_uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert message.to.display_name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert message.from_.display_name == "token1~` token2'+_ token3*%!.-"
    assert message.from_.param("fromparam''~+*_!.-%") == '"работающий"'
    assert message.call_id == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert message.header("extensionHeader-!.%*+_`'~") == "\ufeff大停電"


@pytest.mark.conformance(14)
def test_escapes_are_resolved_in_the_user_alone() -> None:
    assert torture_request("esc01").request_uri.user == "sips:user@example.com"
    assert torture_request("esc01").request_uri.scheme == "sip"
    assert torture_request("semiuri").request_uri.user == "user;par=u@example.net"
    assert torture_request("semiuri").request_uri.params == ()
    assert torture_request("escnull").to.uri.user == "null-\x00-null"
    assert [contact.uri.user for contact in torture_request("escnull").contacts] == ["\x00", "\x00\x00"]


def test_escaped_names_are_other_names() -> None:
    message = torture_request("esc02")

    assert message.method == "RE%47IST%45R"
    assert [contact.uri.user for contact in message.contacts] == ["alias1", "alias3"]
    assert message.header("C%6Fntact") == "<sip:alias2@host2.example.com>"


@pytest.mark.conformance(5)
def test_longreq_keeps_every_via_in_order() -> None:
    message = torture_request("longreq")

    assert [via.host for via in message.vias[:33]] == [f"sip{n}.example.com" for n in range(33, 0, -1)]
    assert len(message.list_values("Via")) == len(message.vias) == 34


@pytest.mark.conformance(6)
def test_dblreq_ends_at_content_length() -> None:
    assert torture_request("dblreq").method == "REGISTER"
    assert torture_request("dblreq").body == b""


def test_reason_phrase_may_be_empty_or_cyrillic() -> None:
    noreason, unreason = (parse_message(TORTURE[name].data) for name in ("noreason", "unreason"))
    assert isinstance(noreason, Response)
    assert isinstance(unreason, Response)

    assert (noreason.status, noreason.reason) == (100, "")
    assert (unreason.status, unreason.reason) == (200, "= 2**3 * 5**2 но сто девяносто девять - простое")


def test_transports_are_read_from_every_via() -> None:
    assert [via.transport for via in torture_request("transports").vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


@pytest.mark.conformance(14)
def test_ipv6_addresses_are_told_from_ports() -> None:
    ambiguous = torture_request("port-ambiguous").request_uri
    unambiguous = torture_request("port-unambiguous").request_uri

    assert (ambiguous.host, ambiguous.port) == ("2001:db8::10:5070", None)
    assert (unambiguous.host, unambiguous.port) == ("2001:db8::10", 5070)
    assert torture_request("ipv6-bug-abnf-3-colons").request_uri.host == "2001:db8:::192.0.2.1"


@pytest.mark.conformance(14)
@pytest.mark.parametrize("name", ["via-received-param-with-delim", "via-received-param-no-delim"])
def test_received_is_the_same_with_and_without_brackets(name: str) -> None:
    assert torture_request(name).via.received == "2001:db8::9:255"


def test_broken_values_raise_when_read() -> None:
    message = torture_request("quotbal")

    with pytest.raises(SipParseError) as caught:
        _ = message.to

    assert caught.value.header == "To"
    assert caught.value.text == '"Mr. J. User <sip:j.user@example.com>'
