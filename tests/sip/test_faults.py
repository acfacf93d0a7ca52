"""Stage 3: what is wrong with a message, and the code it deserves."""

from __future__ import annotations

import pytest

from sipflow.sip.faults import faults
from sipflow.sip.message import parse_message
from tests.sip.messages import INVITE, OK, request, response, without


def test_good_messages_have_no_fault() -> None:
    assert faults(request()) == ()
    assert faults(response()) == ()
    assert faults(request(), on_stream=True) == ()


@pytest.mark.conformance(39)
@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_missing_mandatory_header_is_a_fault(name: str) -> None:
    (fault,) = faults(request(without(INVITE, name)))

    assert (fault.status, fault.header) == (400, name)
    assert fault.reason == f"Bad Request ({name} missing)"


@pytest.mark.conformance(39)
def test_invite_without_contact_is_a_fault_but_for_a_peer_of_rfc_2543() -> None:
    (fault,) = faults(request(without(INVITE, "Contact")))

    assert (fault.status, fault.header) == (400, "Contact")
    assert faults(request(without(INVITE, "Contact").replace("z9hG4bK", "1"))) == ()


@pytest.mark.conformance(39)
@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type"])
def test_doubled_header_is_a_fault(name: str) -> None:
    line = next(line for line in INVITE.split("\r\n") if line.startswith(f"{name}:"))

    (fault,) = faults(request(INVITE.replace(line, f"{line}\r\n{line}")))

    assert (fault.status, fault.header) == (400, name)


def test_doubled_content_length_is_a_fault_only_where_the_two_differ() -> None:
    assert faults(request(INVITE.replace("Max-Forwards: 70", "l: 5"))) == ()
    assert [fault.status for fault in faults(request(INVITE.replace("Max-Forwards: 70", "l: 4")))] == [400]


@pytest.mark.conformance(16)
def test_headers_of_rfc_2543_peers_are_no_fault() -> None:
    assert faults(request(max_forwards=None, from_="sip:alice@a", via="SIP/2.0/UDP a")) == ()


@pytest.mark.conformance(16)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("via", "SIP/2.0/UDP"),
        ("via", "SIP/2.0/UDP a b"),
        ("via", "SIP/2.0/UDP a:99999"),
        ("via", "SIP/2.0/UDP a:0"),
        ("via", "SIP/2.0/UDP a;branch=x;"),
        ("via", "SIP/2.0/UDP 2001:db8::1"),
        ("via", "SIP/2.0/UDP a;branch=x, SIP/2.0/UDP"),
        ("via", ""),
        ("from", "<sip:a@b>tag=1"),
        ("from", "<sip:a@b>, <sip:c@d>"),
        ("from", "<>;tag=1"),
        ("from", "<sip:a@>;tag=1"),
        ("from", "Alice;tag=1"),
        ("to", '"a <sip:a@b>'),
        ("to", "<sip:a@b"),
        ("to", "sip:a@b?c=d"),
        ("to", "< sip:a@b >"),
        ("call-id", ""),
        ("call-id", "a b"),
        ("call-id", "a@b@c"),
        ("call-id", "ä"),
        ("cseq", "INVITE 1"),
        ("cseq", "1"),
        ("cseq", "1INVITE"),
        ("cseq", "-1 INVITE"),
        ("cseq", "1.0 INVITE"),
        ("contact", "<sip:a@b"),
        ("contact", "<sip:a@b>,"),
        ("contact", "*"),
        ("contact", "*, <sip:a@b>"),
        ("max-forwards", "256"),
        ("max-forwards", "-1"),
        ("max-forwards", ""),
        ("max-forwards", "٧"),
        ("content-length", "6"),
        ("content-length", "x"),
        ("content-length", "1 2"),
        ("content-length", "9" * 5000),
        ("route", "sip:a b"),
        ("record-route", "<sip:a;lr>,,<sip:b;lr>"),
        ("date", "Fri, 01 Jan 2010 16:00:00 EST"),
        ("date", "yesterday"),
    ],
)
def test_malformed_value_is_one_fault_of_its_header(name: str, value: str) -> None:
    (fault,) = faults(request(**{name: value}))

    assert fault.status == 400
    assert fault.header.lower() == name
    assert fault.reason.startswith("Bad Request (")
    assert len(value) < 3 or value not in fault.reason


@pytest.mark.parametrize(("name", "value"), [("from", "<sip:a@b"), ("call-id", "a b")])
def test_response_is_not_judged_by_what_it_brings_back_of_ours(name: str, value: str) -> None:
    assert faults(request(**{name: value})) != ()
    assert faults(response(**{name: value})) == ()
    assert faults(response(without(OK, name))) != ()


@pytest.mark.conformance(18)
@pytest.mark.parametrize(
    ("number", "is_fault"),
    [("0", False), ("2147483647", False), ("00000000000000000000001", False), ("2147483648", True), ("9" * 5000, True)],
)
def test_cseq_number_ends_below_two_to_the_31st(number: str, is_fault: bool) -> None:
    found = faults(request(cseq=f"{number} INVITE"))

    assert [fault.header for fault in found] == (["CSeq"] if is_fault else [])


@pytest.mark.conformance(19)
@pytest.mark.parametrize("method", ["BYE", "invite"])
def test_cseq_of_another_method_is_a_fault(method: str) -> None:
    (fault,) = faults(request(cseq=f"1 {method}"))

    assert (fault.status, fault.reason) == (400, "Bad Request (CSeq method differs)")


@pytest.mark.conformance(17)
@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        ("INVITE sip:a@b SIP/2.0", []),
        ("INVITE sips:a@b sip/2.0", []),
        ("INVITE sip:a@b SIP/7.0", [505]),
        ("INVITE sip:a@b SIP/2.1", [505]),
        ("INVITE tel:+123 SIP/2.0", [416]),
        ("INVITE tel:+123 SIP/3.0", [505, 416]),
        ("INVITE sip:a@b?c=d SIP/2.0", [400]),
        ("INVITE <sip:a@b> SIP/2.0", [400]),
        ("INVITE  sip:a@b SIP/2.0", [400]),
        ("INVITE sip:a@b  SIP/2.0", [400]),
        ("INVITE sip:a@b SIP/2.0 ", [400]),
        ("INVITE sip:a@b; lr SIP/2.0", [400]),
        ("INVITE sip:2001:db8::10 SIP/2.0", [400]),
        ("INVITE bob SIP/2.0", [400]),
    ],
)
def test_request_line_gets_its_verdict(line: str, statuses: list[int]) -> None:
    found = faults(request(INVITE.replace("INVITE sip:bob@127.0.0.1:5062 SIP/2.0", line)))

    assert [fault.status for fault in found] == statuses


def test_method_that_is_no_token_is_a_fault() -> None:
    text = INVITE.replace("INVITE sip", "INV{TE sip")

    assert "Bad Request (method)" in [fault.reason for fault in faults(request(text))]


@pytest.mark.conformance(6, 16)
def test_short_body_is_a_fault() -> None:
    (fault,) = faults(request(content_length="6"))

    assert fault.reason == "Bad Request (body shorter than Content-Length)"


@pytest.mark.conformance(7)
def test_missing_content_length_is_a_fault_on_a_stream_alone() -> None:
    message = request(content_length=None)

    assert faults(message) == ()
    assert [fault.header for fault in faults(message, on_stream=True)] == ["Content-Length"]


@pytest.mark.conformance(16)
@pytest.mark.parametrize("line", ["no colon", ": no name", "two words: x", "ä: x", "\x00: x"])
def test_line_that_is_no_header_field_is_a_fault(line: str) -> None:
    (fault,) = faults(request(INVITE.replace("Max-Forwards: 70", line)))

    assert (fault.status, fault.header) == (400, "")


@pytest.mark.conformance(16)
def test_truncated_head_is_a_fault() -> None:
    message = parse_message(INVITE.partition("Content-Type")[0].encode())

    assert [fault.reason for fault in faults(message)] == ["Bad Request (header lines without end)"]


@pytest.mark.conformance(16)
@pytest.mark.parametrize("line", ["SIP/2.0 099 x", "SIP/2.0 700 x", "SIP/2.0 4294967301 x", "SIP/3.0 200 OK"])
def test_status_line_that_means_nothing_is_a_fault(line: str) -> None:
    assert faults(response(OK.replace("SIP/2.0 200 OK", line)))


def test_star_contact_is_for_register_alone() -> None:
    register = INVITE.replace("INVITE", "REGISTER")

    assert faults(request(register, contact="*")) == ()
    assert faults(request(register.replace("Max-Forwards: 70", "Contact: *")))
    assert faults(request(contact="*"))


@pytest.mark.conformance(16)
def test_every_fault_is_listed_and_the_version_comes_first() -> None:
    text = INVITE.replace("SIP/2.0\r\nVia", "SIP/9.0\r\nVia")

    found = faults(request(text, call_id=None, max_forwards="300", to="<"))

    assert [fault.status for fault in found] == [505, 400, 400, 400]
    assert {fault.header for fault in found} == {"", "Call-ID", "Max-Forwards", "To"}


def test_overlarge_expires_is_no_fault() -> None:
    assert faults(request(expires="9" * 100)) == ()
