"""What makes a dialog, and what it makes of requests. Source: RFC 3261 §12."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Address, Flow
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.testing.wire_text import a_request, a_response

FLOW = Flow("UDP", Address("127.0.0.1", 5060), Address("127.0.0.1", 5070))
INVITE = OutgoingRequest(
    method="INVITE",
    uri="sip:bob@10.0.0.1",
    branch="z9hG4bKi",
    via="SIP/2.0/UDP 10.0.0.2;rport;branch=z9hG4bKi",
    from_='"Alice" <sip:alice@10.0.0.2>;tag=ours',
    to="<sip:bob@10.0.0.1>",
    call_id="c@10.0.0.2",
    cseq=7,
)
ROUTES = "<sip:p1@192.0.2.1;lr>, <sip:p2@192.0.2.2;lr>;x=1"


def callers_dialog(**headers: Any) -> Dialog:
    return Dialog.from_response(INVITE, a_response(INVITE, 200, tag="theirs", **headers), FLOW)


def callees_dialog(**headers: Any) -> Dialog:
    return Dialog.from_request(a_request("INVITE", **headers), "ours", FLOW)


@pytest.mark.conformance(66)
def test_caller_s_dialog_is_known_by_call_id_and_tags() -> None:
    dialog = callers_dialog()
    assert dialog.key == ("c@10.0.0.2", "ours", "theirs")
    assert (dialog.local, dialog.remote) == (INVITE.from_, "<sip:bob@10.0.0.1>;tag=theirs")
    assert (dialog.local_cseq, dialog.remote_cseq) == (7, -1)


@pytest.mark.conformance(66)
def test_callee_s_dialog_is_known_by_call_id_and_tags() -> None:
    dialog = callees_dialog(CSeq="33 INVITE")
    assert dialog.key == ("call@10.0.0.2", "ours", "alice")
    assert (dialog.local, dialog.remote) == ("<sip:bob@10.0.0.1>;tag=ours", "<sip:alice@10.0.0.2>;tag=alice")
    assert dialog.remote_cseq == 33


@pytest.mark.conformance(67)
def test_route_set_is_reversed_for_the_caller_and_in_order_for_the_callee() -> None:
    near, far = ROUTES.split(", ")
    assert callers_dialog(Record_Route=ROUTES).routes == (far, near)
    assert callees_dialog(Record_Route=ROUTES).routes == (near, far)


@pytest.mark.conformance(67)
def test_target_is_the_contact_and_the_next_hop_the_first_route() -> None:
    dialog = callers_dialog(Record_Route=ROUTES, Contact='"B" <sip:b@192.0.2.9:5070;ob>;expires=3')
    assert dialog.target == "sip:b@192.0.2.9:5070;ob"
    assert dialog.next_hop == "<sip:p2@192.0.2.2;lr>;x=1"
    assert callers_dialog().next_hop == callers_dialog().target == "sip:bob@10.0.0.1"


@pytest.mark.conformance(67)
def test_target_without_contact_is_what_was_called_or_who_called() -> None:
    assert callers_dialog(Contact=None).target == INVITE.uri
    assert callees_dialog(Contact=None).target == "sip:alice@10.0.0.2"


@pytest.mark.conformance(67)
def test_target_has_no_header_fields() -> None:
    assert (
        callers_dialog(Contact="<sip:b@192.0.2.9;x=1?Subject=hi&Route=%3Csip:evil%3E>").target == "sip:b@192.0.2.9;x=1"
    )


@pytest.mark.conformance(67)
def test_request_goes_to_the_target_by_the_route_set() -> None:
    dialog = callers_dialog(Record_Route=ROUTES, Contact="<sip:b@192.0.2.9>")
    request = dialog.request("BYE", "z9hG4bKb", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb")
    assert (request.method, request.uri, request.routes) == ("BYE", "sip:b@192.0.2.9", dialog.routes)
    assert (request.from_, request.to, request.call_id) == (dialog.local, dialog.remote, dialog.call_id)


def test_every_request_but_ack_takes_the_next_cseq() -> None:
    dialog = callers_dialog()
    assert [dialog.request("OPTIONS", "b", "v").cseq for _ in range(3)] == [8, 9, 10]
    assert dialog.ack(7, "b", "v").cseq == 7
    assert dialog.request("BYE", "b", "v").cseq == 11


def test_callee_s_first_request_begins_a_count_of_its_own() -> None:
    assert callees_dialog(CSeq="33 INVITE").request("BYE", "b", "v").cseq == 1


@pytest.mark.conformance(68)
def test_lower_cseq_is_not_taken_and_gaps_are() -> None:
    dialog = callees_dialog(CSeq="33 INVITE")
    taken = [
        dialog.takes(a_request("OPTIONS", CSeq=f"{number} OPTIONS")) for number in (34, 90, 89, 90, 2_147_483_647, 1)
    ]
    assert taken == [True, True, False, True, True, False]


@pytest.mark.conformance(68)
def test_first_request_of_the_callee_may_have_any_cseq() -> None:
    assert callers_dialog().takes(a_request("BYE", CSeq="0 BYE"))


@pytest.mark.conformance(69)
def test_target_is_refreshed_by_a_contact_alone() -> None:
    dialog = callees_dialog()
    dialog.refresh_target(a_request(Contact="<sip:moved@192.0.2.3>", Record_Route=ROUTES))
    assert (dialog.target, dialog.routes) == ("sip:moved@192.0.2.3", ())
    dialog.refresh_target(a_request(Contact=None))
    assert dialog.target == "sip:moved@192.0.2.3"


@pytest.mark.conformance(66, 67)
def test_success_of_an_early_dialog_sets_target_and_routes_anew() -> None:
    dialog = callers_dialog(Record_Route="<sip:early;lr>", Contact="<sip:early@192.0.2.4>")
    dialog.confirm(a_response(INVITE, 200, tag="theirs", Record_Route=ROUTES, Contact="<sip:b@192.0.2.5>"))
    assert dialog.target == "sip:b@192.0.2.5"
    assert list(dialog.routes) == list(reversed(ROUTES.split(", ")))
