"""Messages as a proxy sends them on. Source: RFC 3261 §16.6, §16.7."""

from __future__ import annotations

import pytest

from sipflow.base.ids import RandomIds
from sipflow.sip.flow import Flow
from sipflow.sip.forwarding import ForwardedRequest, forwarded_request, forwarded_response
from sipflow.sip.layer import TransactionLayer
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.orders import ResponseReceived
from sipflow.sip.timers import Timing
from sipflow.testing.core_bench import PEER, US
from sipflow.testing.wire_text import RawMessage, a_request, response_text
from tests.torture.cases import TORTURE, TortureCase

OURS = "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKours"


def forwarded(request: Request) -> ForwardedRequest:
    return forwarded_request(
        request, uri="sip:next@10.0.0.3", branch="z9hG4bKours", via=OURS, vias=request.via_values, routes=["<sip:r;lr>"]
    )


VALID = [case for case in TORTURE.values() if case.is_request and case.validity == "valid"]


@pytest.mark.conformance(15)
@pytest.mark.parametrize("case", VALID, ids=[case.name for case in VALID])
def test_forwarded_torture_request_says_the_same_as_before(case: TortureCase) -> None:
    before = parse_message(case.data)
    assert isinstance(before, Request)
    after = parse_message(bytes(forwarded(before)))
    assert isinstance(after, Request)
    assert after.via_values == [OURS, *before.via_values]
    assert after.route == ["<sip:r;lr>"]
    assert after.max_forwards == 70 if before.max_forwards is None else before.max_forwards - 1
    assert after.body == before.body
    changed = {"via", "v", "route", "max-forwards", "content-length", "l"}

    def others(message: Request) -> list[tuple[str, str]]:
        return [(n.strip(), t.strip()) for n, t in message.header_lines if n.strip().lower() not in changed]

    assert others(after) == others(before)


def test_ack_and_cancel_of_a_forwarded_invite_share_its_hop_and_route() -> None:
    invite = forwarded(a_request("INVITE"))
    for data, method in ((bytes(invite.cancel()), "CANCEL"), (invite.ack_to_failure("<sip:b@b>;tag=2"), "ACK")):
        message = parse_message(data)
        assert isinstance(message, Request)
        assert (message.method, message.uri, message.via_values) == (method, "sip:next@10.0.0.3", [OURS])
        assert message.route == ["<sip:r;lr>"]
        assert message.cseq == 1


@pytest.mark.parametrize("via", [["{ours}", "{theirs}"], ["{ours}, {theirs}"]])
def test_response_goes_back_without_our_via(via: list[str]) -> None:
    theirs = "SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKtheirs"
    text = response_text(
        RawMessage(bytes(forwarded(a_request("INVITE"))), PEER), 180, tag="bob", contact="sip:bob@10.0.0.1",
        headers={"Via": [value.format(ours=OURS, theirs=theirs) for value in via], "X-Kept": "yes"}, body="hello",
    )  # fmt: skip
    before = parse_message(text)
    assert isinstance(before, Response)
    after = parse_message(forwarded_response(before, (("Proxy-Authenticate", "Digest"),)))
    assert isinstance(after, Response)
    assert after.via_values == [theirs]
    assert (after.status, after.reason, after.body, after.header("X-Kept")) == (180, "Because", b"hello", "yes")
    assert after.header("Proxy-Authenticate") == "Digest"


@pytest.mark.parametrize("forwards", [False, True])
def test_response_with_vias_of_others_is_taken_by_those_who_forward_alone(forwards: bool) -> None:
    layer = TransactionLayer(RandomIds(seed=1), Timing(), forwards=forwards)
    invite = forwarded(a_request("INVITE"))
    layer.request(invite, Flow("UDP", US, PEER), 0.0, None)
    layer.orders.clear()
    answer = parse_message(response_text(RawMessage(bytes(invite), PEER), 180, tag="bob", contact="sip:b@10.0.0.1"))
    assert isinstance(answer, Response)
    layer.receive_response(answer, 0.1)
    assert [isinstance(order, ResponseReceived) for order in layer.orders] == [True] * forwards
