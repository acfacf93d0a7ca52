"""RTP and RTCP on one port, in offer and answer. Source: RFC 5761 §4, §5.1.1, RFC 8858 §4."""

from __future__ import annotations

import pytest

from sipflow.base.errors import NoCommonMedia
from sipflow.sdp import Negotiation, RtcpMux, SessionDescription
from tests.sdp.exchanges import AUDIO, answer_to, body, negotiation

MUX = AUDIO + "a=rtcp-mux\n"
OFF, ACCEPT, OFFER = RtcpMux


def asks(description: bytes | SessionDescription) -> bool:
    read = description if isinstance(description, SessionDescription) else SessionDescription.parse(description)
    return "rtcp-mux" in read.media[0].attributes


def in_force(negotiation: Negotiation) -> tuple[bool, int]:
    assert negotiation.current is not None
    return negotiation.current.is_muxed, negotiation.current.remote_rtcp_port


@pytest.mark.conformance(115)
@pytest.mark.parametrize(
    ("offers", "answers", "is_muxed"),
    [(OFFER, ACCEPT, True), (OFFER, OFFER, True), (OFFER, OFF, False), (ACCEPT, OFFER, False), (OFF, OFFER, False)],
)
def test_port_is_shared_where_one_offers_and_the_other_takes_it(
    offers: RtcpMux, answers: RtcpMux, is_muxed: bool
) -> None:
    alice, bob = negotiation(port=10_000, mux=offers), negotiation(port=20_000, mux=answers)
    offer = alice.create_offer()
    bob.receive_offer(offer)
    answer = bob.create_answer()
    alice.receive_answer(answer)

    assert (asks(offer), asks(answer)) == (offers is OFFER, is_muxed)
    assert in_force(alice) == (is_muxed, 20_000 if is_muxed else 20_001)
    assert in_force(bob) == (is_muxed, 10_000 if is_muxed else 10_001)


@pytest.mark.conformance(115)
def test_answer_shares_the_port_whatever_other_port_the_offer_names_for_who_can_not() -> None:
    ours = negotiation()
    assert asks(answer_to(body(MUX + "a=rtcp:53020\n"), ours))
    assert in_force(ours) == (True, 4000)


@pytest.mark.conformance(115)
def test_answer_that_was_not_asked_shares_no_port() -> None:
    ours = negotiation()
    ours.create_offer()
    ours.receive_answer(body(MUX))
    assert in_force(ours) == (False, 4001)


@pytest.mark.parametrize(("number", "is_muxed"), [(63, True), (64, False), (95, False), (96, True)])
def test_payload_types_that_look_like_rtcp_share_no_port(number: int, is_muxed: bool) -> None:
    ours = negotiation()
    offer = body(f"m=audio 4000 RTP/AVP {number}\na=rtpmap:{number} PCMU/8000\na=rtcp-mux\n")
    assert asks(answer_to(offer, ours)) is is_muxed
    assert in_force(ours)[0] is is_muxed


def test_shared_port_is_offered_again_and_given_up_with_the_peers_next_offer() -> None:
    ours = negotiation()
    answer_to(body(MUX), ours)
    assert asks(ours.create_offer("sendonly"))
    ours.receive_answer(body(MUX, version=2))
    assert in_force(ours)[0]
    assert not asks(answer_to(body(AUDIO, version=3), ours))
    assert in_force(ours) == (False, 4001)
    assert not asks(ours.create_offer())


@pytest.mark.parametrize("mux", RtcpMux)
def test_offer_of_a_shared_port_and_no_other_is_taken_or_refused(mux: RtcpMux) -> None:
    ours, offer = negotiation(mux=mux), body(MUX + "a=rtcp-mux-only\n")
    if mux is OFF:
        with pytest.raises(NoCommonMedia, match="RTCP on a port of its own"):
            ours.receive_offer(offer)
    else:
        assert asks(answer_to(offer, ours))
