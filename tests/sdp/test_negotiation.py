"""One dialog's offers and answers: states, misuse, forks, and any text at all. Source: RFC 3264."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import LocalProtocolError, SdpError
from sipflow.sdp import TELEPHONE_EVENT, Direction, Negotiation, Session, SessionDescription, State, direction_note
from sipflow.sdp.negotiation import TRANSITIONS, On
from tests.sdp.exchanges import AUDIO, agree, answer_to, body, negotiation


@pytest.mark.conformance(106, 107)
def test_offer_names_our_codecs_in_order_and_telephone_event() -> None:
    offer = negotiation("PCMA", "PCMU", user="alice").create_offer()

    assert offer == (
        b"v=0\r\no=alice 42 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 10000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_offer_names_an_ipv6_host_as_such() -> None:
    offer = SessionDescription.parse(negotiation(host="2001:db8::1").create_offer())

    assert str(offer.connection) == "IN IP6 2001:db8::1"
    assert offer.origin.address_type == "IP6"


def test_session_is_known_to_both_after_one_exchange() -> None:
    alice, bob = negotiation(), negotiation("PCMA", host="192.0.2.2", port=20_000)

    agree(alice, bob)

    assert alice.current is not None
    assert alice.current.codec is not None
    assert alice.current.codec.name == "PCMA"
    codec, events = alice.current.codec, TELEPHONE_EVENT
    assert alice.current == Session(codec, events, Direction.SENDRECV, "192.0.2.2", 20_000, 20, 20_001)
    assert bob.current == Session(codec, events, Direction.SENDRECV, "192.0.2.1", 10_000, 20, 10_001)
    assert alice.current.note == "sendrecv"


def test_negotiation_refuses_a_codec_it_does_not_have() -> None:
    with pytest.raises(LocalProtocolError, match="G729"):
        negotiation("PCMU", "G729")


def in_state(state: State) -> Negotiation:
    ours = negotiation()
    if state is State.OFFER_SENT:
        ours.create_offer()
    elif state is State.OFFER_RECEIVED:
        ours.receive_offer(body(AUDIO))
    return ours


def feed(ours: Negotiation, on: On) -> None:
    match on:
        case On.CREATE_OFFER:
            ours.create_offer()
        case On.RECEIVE_ANSWER:
            ours.receive_answer(body(AUDIO))
        case On.RECEIVE_OFFER:
            ours.receive_offer(body(AUDIO))
        case On.CREATE_ANSWER:
            ours.create_answer()
        case On.ROLLBACK:
            ours.rollback()


@pytest.mark.parametrize(("state", "on"), list(itertools.product(State, On)))
def test_every_input_in_every_state_is_ruled_or_our_misuse(state: State, on: On) -> None:
    ours = in_state(state)

    if (state, on) in TRANSITIONS:
        feed(ours, on)
        assert ours.state is TRANSITIONS[state, on]
    else:
        with pytest.raises(LocalProtocolError, match=f"{on} is not possible in state {state}"):
            feed(ours, on)
        assert ours.state is state
        assert ours.current is None


def test_unknown_direction_is_our_misuse() -> None:
    ours = negotiation()

    with pytest.raises(LocalProtocolError, match="both"):
        ours.create_offer("both")

    assert ours.state is State.IDLE


def test_refused_offer_leaves_the_old_session_in_force() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    agree(alice, bob)
    before = alice.current

    alice.create_offer("sendonly")
    alice.rollback()

    assert alice.current is before
    assert agree(bob, alice) == ("sendrecv", "sendrecv")


def test_offer_received_and_refused_leaves_the_old_session_in_force() -> None:
    ours = negotiation()
    answer_to(body(AUDIO), ours)
    before = ours.current

    ours.receive_offer(body(AUDIO + "a=sendonly\n", version=2))
    ours.rollback()

    assert ours.current is before
    assert ours.state is State.IDLE


def test_bad_offer_changes_nothing() -> None:
    ours = negotiation()
    answer_to(body(AUDIO), ours)
    before = ours.current

    with pytest.raises(SdpError):
        ours.receive_offer(b"v=0\r\n")

    assert (ours.state, ours.current) == (State.IDLE, before)


def test_fork_answers_the_same_offer_on_its_own() -> None:
    ours = negotiation()
    ours.create_offer()
    twin = ours.fork()

    ours.receive_answer(body(AUDIO))
    twin.receive_answer(body(AUDIO.replace("4000", "5000")))

    assert ours.current is not None
    assert twin.current is not None
    assert (ours.current.remote_port, twin.current.remote_port) == (4000, 5000)


def test_fork_binds_numbers_on_its_own() -> None:
    ours = negotiation()
    ours.create_offer()
    twin = ours.fork()
    ours.receive_answer(body(AUDIO))
    twin.receive_answer(body(AUDIO))

    answer_to(body("m=audio 4000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\n"), twin)

    assert SessionDescription.parse(ours.create_offer()).media[0].formats == ("0", "8", "101")


@pytest.mark.conformance(107)
def test_invite_without_offer_is_answered_by_one_and_the_ack_answers() -> None:
    callee, caller = negotiation(), negotiation(host="192.0.2.2")
    in_2xx = callee.create_offer()

    caller.receive_offer(in_2xx)
    callee.receive_answer(caller.create_answer())

    assert callee.current is not None
    assert callee.current.note == "sendrecv"


@given(st.one_of(st.binary(max_size=100), st.binary(max_size=100).map(lambda tail: body(AUDIO) + tail)))
def test_negotiation_raises_nothing_but_its_own_error(text: bytes) -> None:
    direction_note(text)
    answering, offering = negotiation(), negotiation()
    offering.create_offer()
    with contextlib.suppress(SdpError):
        answering.receive_offer(text)
        answering.create_answer()
    with contextlib.suppress(SdpError):
        offering.receive_answer(text)
    assert answering.state is State.IDLE


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(list(Direction)), st.booleans()), max_size=12))
def test_both_sides_always_agree_on_who_speaks(exchanges: list[tuple[bool, Direction, bool]]) -> None:
    alice, bob = negotiation(), negotiation("PCMA", "PCMU", host="192.0.2.2")
    agree(alice, bob)
    for from_alice, direction, is_refused in exchanges:
        offerer, answerer = (alice, bob) if from_alice else (bob, alice)
        if is_refused:
            answerer.receive_offer(offerer.create_offer(direction))
            answerer.rollback()
            offerer.rollback()
        else:
            agree(offerer, answerer, direction)
        assert alice.current is not None
        assert bob.current is not None
        mine, theirs = alice.current.local_direction, bob.current.local_direction
        assert (mine.sends, mine.receives) == (theirs.receives, theirs.sends)
