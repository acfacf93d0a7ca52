"""Messages that we write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import LocalProtocolError
from sipflow.sip.faults import faults
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.outgoing import (
    REASONS,
    OutgoingRequest,
    checked_headers,
    checked_reason,
    reason_phrase,
    response_bytes,
    response_head,
)
from sipflow.testing.wire_text import a_request

INVITE = OutgoingRequest(
    method="INVITE",
    uri="sip:bob@10.0.0.1",
    branch="z9hG4bKi",
    via="SIP/2.0/UDP 10.0.0.2;rport;branch=z9hG4bKi",
    from_="<sip:alice@10.0.0.2>;tag=ours",
    to="<sip:bob@10.0.0.1>",
    call_id="c@10.0.0.2",
    cseq=7,
    routes=("<sip:p1;lr>", "<sip:p2;lr>"),
    headers=(("Contact", "<sip:alice@10.0.0.2>"), ("X-Name", "é")),
    body=b"hello",
)


@pytest.mark.conformance(1)
def test_request_is_written_in_full_and_without_fault() -> None:
    request = parse_message(bytes(INVITE))
    assert isinstance(request, Request)
    assert faults(request) == ()
    assert [name for name, _ in request.header_lines] == [
        *("Via", "Route", "Route", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact", "X-Name"),
        "Content-Length",
    ]
    assert (request.max_forwards, request.body, request.header("X-Name")) == (70, b"hello", "é")


@pytest.mark.conformance(2, 71)
def test_cancel_shares_the_hop_of_its_request_and_nothing_else() -> None:
    cancel = parse_message(bytes(INVITE.cancel()))
    assert isinstance(cancel, Request)
    assert (cancel.method, cancel.uri, cancel.header("Via"), cancel.cseq) == ("CANCEL", INVITE.uri, INVITE.via, 7)
    assert cancel.route == list(INVITE.routes)
    assert (cancel.header("From"), cancel.header("To"), cancel.call_id) == (INVITE.from_, INVITE.to, INVITE.call_id)
    assert (cancel.header("Contact"), cancel.body) == (None, b"")


@pytest.mark.conformance(23)
def test_ack_to_a_failure_takes_its_to_from_the_response() -> None:
    ack = parse_message(INVITE.ack_to_failure("<sip:bob@10.0.0.1>;tag=theirs"))
    assert isinstance(ack, Request)
    assert (ack.method, ack.to_tag, ack.header("Via"), ack.route) == ("ACK", "theirs", INVITE.via, list(INVITE.routes))


@pytest.mark.conformance(35)
def test_response_head_adds_a_tag_only_where_there_is_none() -> None:
    assert ";tag=mine\r\n" in response_head(a_request(), ["v"], "mine")
    tagged = a_request(To="<sip:bob@10.0.0.1>;tag=old")
    assert ";tag=old\r\n" in response_head(tagged, ["v"], "mine")
    assert "mine" not in response_head(tagged, ["v"], "mine")


def test_response_without_fault_is_written() -> None:
    head = response_head(a_request(), ["SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKpeer"], "mine")
    response = parse_message(response_bytes(head, 200, "OK", (("Contact", "<sip:b@h>"),), b"body"))
    assert isinstance(response, Response)
    assert faults(response) == ()
    assert (response.status, response.reason, response.body) == (200, "OK", b"body")


@pytest.mark.parametrize(
    ("status", "phrase"), [(486, "Busy Here"), (299, "OK"), (499, "Bad Request"), (999, "Unknown")]
)
def test_reason_phrase_is_the_registered_one_or_that_of_its_class(status: int, phrase: str) -> None:
    assert reason_phrase(status) == phrase


def test_reason_phrases_are_all_printable() -> None:
    assert all(phrase.isprintable() and 100 <= status < 700 for status, phrase in REASONS.items())


def test_checked_headers_are_stripped() -> None:
    assert checked_headers([(" X-A ", " 1 ")]) == (("X-A", "1"),)


@pytest.mark.parametrize("name", ["Record-Route", "max-forwards", "Max-Forwards", "i", "F", "CONTENT-LENGTH"])
def test_headers_that_the_stack_writes_are_refused_in_every_spelling(name: str) -> None:
    with pytest.raises(LocalProtocolError, match="written by the user agent"):
        checked_headers([(name, "x")])


@given(st.text(max_size=20), st.text(max_size=40))
def test_checked_header_stays_on_its_line_or_is_refused(name: str, value: str) -> None:
    try:
        headers = checked_headers([(name, value)])
    except LocalProtocolError:
        return
    written = OutgoingRequest(
        "OPTIONS", "sip:b@h", "z9hG4bK1", INVITE.via, INVITE.from_, INVITE.to, "c", 1, (), headers
    )
    message = parse_message(bytes(written))
    assert [line[0] for line in message.header_lines].count(headers[0][0]) == 1
    assert len(message.header_lines) == 8
    assert message.body == b""


@given(st.text(max_size=40))
def test_checked_reason_stays_on_its_line_or_is_refused(reason: str) -> None:
    try:
        checked = checked_reason(reason)
    except LocalProtocolError:
        return
    data = response_bytes(response_head(a_request(), [INVITE.via], "t"), 486, checked)
    response = parse_message(data)
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (486, checked)
    assert len(response.header_lines) == 6
