"""The version in o=. Source: RFC 3264 §8."""

from __future__ import annotations

import pytest

from sipflow.sdp import SessionDescription
from tests.sdp.exchanges import agree, negotiation, version_of


@pytest.mark.conformance(109)
def test_version_goes_up_by_one_only_with_a_change() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    first = alice.create_offer()
    bob.receive_offer(first)
    answer = bob.create_answer()
    alice.receive_answer(answer)

    again = alice.create_offer()
    bob.receive_offer(again)
    same_answer = bob.create_answer()
    alice.receive_answer(same_answer)
    hold = alice.create_offer("sendonly")
    bob.receive_offer(hold)
    held = bob.create_answer()

    assert (again, same_answer) == (first, answer)
    assert [version_of(text) for text in (first, answer, hold, held)] == [1, 1, 2, 2]


@pytest.mark.conformance(109)
def test_version_stays_when_our_answer_says_what_our_offer_said() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    offer = alice.create_offer()
    bob.receive_offer(offer)
    alice.receive_answer(bob.create_answer())

    alice.receive_offer(bob.create_offer())

    assert alice.create_answer() == offer


@pytest.mark.conformance(109)
def test_version_is_never_used_twice_after_a_refused_offer() -> None:
    alice, bob = negotiation(), negotiation(host="192.0.2.2")
    agree(alice, bob)
    refused = alice.create_offer("sendonly")
    alice.rollback()

    repeated = alice.create_offer("sendonly")
    alice.rollback()
    other = alice.create_offer("sendrecv")

    assert repeated == refused
    assert (version_of(refused), version_of(other)) == (2, 3)


@pytest.mark.conformance(109)
def test_origin_but_for_its_version_stays_all_dialog_long() -> None:
    alice, bob = negotiation(user="alice"), negotiation()
    texts = []
    for direction in ("sendrecv", "sendonly", "inactive", "sendrecv"):
        texts.append(alice.create_offer(direction))
        bob.receive_offer(texts[-1])
        alice.receive_answer(bob.create_answer())

    origins = [SessionDescription.parse(text).origin for text in texts]

    assert [origin.version for origin in origins] == [1, 2, 3, 4]
    assert {(o.username, o.session_id, o.address) for o in origins} == {("alice", 42, "192.0.2.1")}
