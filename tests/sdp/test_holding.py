"""Directions, hold, and streams that come and go. Source: RFC 3264 §8."""

from __future__ import annotations

import pytest

from sipflow.sdp import Direction, SessionDescription, direction_note
from tests.sdp.exchanges import AUDIO, agree, answer_to, body, negotiation, streams


@pytest.mark.conformance(108)
@pytest.mark.parametrize(
    ("session", "media", "ours"),
    [
        ("", "", "sendrecv"),
        ("", "a=sendrecv\n", "sendrecv"),
        ("", "a=sendonly\n", "recvonly"),
        ("", "a=recvonly\n", "sendonly"),
        ("", "a=inactive\n", "inactive"),
        ("a=sendonly\n", "", "recvonly"),
        ("a=inactive\n", "a=recvonly\n", "sendonly"),
        ("", "c=IN IP4 0.0.0.0\n", "recvonly"),
        ("", "c=IN IP6 ::\n", "recvonly"),
        ("", "c=IN IP4 0.0.0.0\na=recvonly\n", "inactive"),
        ("", "c=IN IP4 0.0.0.0\na=inactive\n", "inactive"),
    ],
)
def test_answer_gives_the_direction_that_the_offer_leaves(session: str, media: str, ours: str) -> None:
    machine = negotiation()
    offer = body(AUDIO + media, session="c=IN IP4 192.0.2.9\n").replace(b"m=", session.encode() + b"m=", 1)

    answer = answer_to(offer, machine)

    assert machine.current is not None
    assert machine.current.local_direction == ours
    assert answer.media[0].attributes[-1] == ours


@pytest.mark.conformance(108)
def test_hold_and_resume_from_either_side() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    assert agree(alice, bob) == ("sendrecv", "sendrecv")

    assert agree(alice, bob, "sendonly") == ("sendonly", "recvonly")
    assert agree(bob, alice, "sendonly") == ("inactive", "inactive")
    assert agree(alice, bob, "sendrecv") == ("recvonly", "sendonly")
    assert agree(bob, alice, "sendrecv") == ("sendrecv", "sendrecv")


@pytest.mark.conformance(110)
def test_stream_that_the_peer_holds_is_held_by_inactive() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    agree(alice, bob)
    assert not bob.is_held
    agree(alice, bob, "sendonly")
    assert (alice.is_held, bob.is_held) == (False, True)

    offer = SessionDescription.parse(bob.create_offer("sendonly"))
    assert offer.media[0].attributes[-1] == "inactive"
    alice.receive_offer(bytes(offer))
    bob.receive_answer(alice.create_answer())
    assert (alice.is_held, bob.is_held) == (True, True)
    assert agree(alice, bob, "sendrecv") == ("recvonly", "sendonly")
    assert (alice.is_held, bob.is_held) == (True, False)


@pytest.mark.conformance(110)
def test_offer_without_a_direction_keeps_what_we_wanted() -> None:
    ours = negotiation()
    answer_to(body(AUDIO), ours)
    for wanted in ("sendonly", "sendrecv"):
        ours.create_offer(wanted)
        ours.receive_answer(body(AUDIO))
        assert SessionDescription.parse(ours.create_offer()).media[0].attributes[-1] == wanted
        ours.rollback()


@pytest.mark.conformance(80, 110)
def test_refused_hold_leaves_what_we_wanted() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    agree(alice, bob)
    alice.create_offer("sendonly")
    alice.rollback()
    assert agree(bob, alice) == ("sendrecv", "sendrecv")


@pytest.mark.conformance(94, 109)
@pytest.mark.parametrize("media", [AUDIO, AUDIO + "a=sendonly\n", "m=audio 0 RTP/AVP 0\n"])
def test_offer_that_repeats_the_session_says_what_we_said_last(media: str) -> None:
    ours = negotiation()
    ours.receive_offer(body(media))
    answer = ours.create_answer()
    assert ours.repeat_offer() == answer
    before = ours.current
    ours.receive_answer(body(media))
    assert ours.current == before
    assert ours.repeat_offer() == answer


@pytest.mark.conformance(110)
def test_stream_that_is_removed_while_it_is_held_is_not_retrieved_by_that() -> None:
    ours = negotiation()
    answer_to(body(AUDIO + "a=sendonly\n"), ours)
    answer_to(body("m=audio 0 RTP/AVP 0\n"), ours)
    assert ours.is_held


def test_hold_outlives_a_re_offer_of_the_other_side() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    agree(alice, bob)
    agree(alice, bob, "sendonly")

    assert agree(bob, alice, "sendrecv") == ("recvonly", "sendonly")


def test_hold_stays_one_where_the_answer_claims_more() -> None:
    ours = negotiation()
    ours.create_offer("sendonly")

    session = ours.receive_answer(body(AUDIO + "a=sendrecv\n"))

    assert session.local_direction is Direction.SENDONLY


@pytest.mark.conformance(112)
def test_streams_come_go_and_come_back() -> None:
    ours = negotiation()
    assert streams(answer_to(body(AUDIO), ours)) == ["audio 10000 RTP/AVP 0 8 101"]

    added = answer_to(body(AUDIO + "m=audio 4002 RTP/AVP 0\n"), ours)
    assert streams(added) == ["audio 10000 RTP/AVP 0 8 101", "audio 0 RTP/AVP 0"]
    removed = answer_to(body("m=audio 0 RTP/AVP 0\nm=audio 4002 RTP/AVP 0\n"), ours)
    assert streams(removed) == ["audio 0 RTP/AVP 0", "audio 10000 RTP/AVP 0"]
    all_gone = answer_to(body("m=audio 0 RTP/AVP 0\nm=audio 0 RTP/AVP 0\n"), ours)
    assert streams(all_gone) == ["audio 0 RTP/AVP 0", "audio 0 RTP/AVP 0"]

    back = SessionDescription.parse(ours.create_offer())
    assert streams(back) == ["audio 10000 RTP/AVP 0 8 101", "audio 0 RTP/AVP 0"]


@pytest.mark.conformance(108)
@pytest.mark.parametrize(
    ("text", "note"),
    [
        (b"", ""),
        (b"v=0\r\n", ""),
        (b"<xml/>", ""),
        (body(AUDIO), "sendrecv"),
        (body(AUDIO + "a=sendonly\n"), "sendonly"),
        (body("m=audio 0 RTP/AVP 0\n"), ""),
        (body("m=audio 0 RTP/AVP 0\nm=video 9 RTP/AVP 31\na=inactive\n"), "inactive"),
        (body(AUDIO, session="c=IN IP4 0.0.0.0\n"), "sendonly"),
    ],
)
def test_note_says_the_direction_of_the_first_stream_in_use(text: bytes, note: str) -> None:
    assert direction_note(text) == note
