"""Which targets a 3xx gives, and in what order they are tried."""

from __future__ import annotations

import pytest

from sipflow.sip.flow import Address, Flow
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.redirects import MAX_TARGETS, Redirects
from sipflow.sip.retry import Refused
from sipflow.testing.wire_text import a_response

FLOW = Flow("UDP", Address("10.0.0.2", 5060), Address("10.0.0.1", 5060))
BOB = "sip:bob@10.0.0.1"


def an_invite(uri: str = BOB, headers: tuple[tuple[str, str], ...] = ()) -> OutgoingRequest:
    return OutgoingRequest(
        "INVITE", uri, "z9hG4bK1", "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1", "<sip:alice@10.0.0.2>;tag=alice",
        f"<{BOB}>", "call@10.0.0.2", 1, (), headers,
    )  # fmt: skip


def refused(status: int, contact: str | None = None, request: OutgoingRequest | None = None) -> Refused:
    request = request or an_invite()
    return Refused(request, a_response(request, status, Contact=contact), FLOW)


def targets(redirects: Redirects, refusal: Refused) -> list[str]:
    """All that is tried where everything answers as the first target did, and then with 480."""
    found = []
    while (retry := redirects.retry(refusal)) is not None:
        found.append(retry.request.uri)
        refusal = refused(480, request=retry.request)
    return found


@pytest.mark.conformance(43)
def test_targets_are_tried_by_their_q_and_in_their_order() -> None:
    contact = "<sip:c@10.0.0.3>;q=0.2, <sip:a@10.0.0.3>, <sip:b@10.0.0.3>;q=0.9, <sip:d@10.0.0.3>;q=0.2"
    assert targets(Redirects(BOB), refused(302, contact)) == [f"sip:{user}@10.0.0.3" for user in "abcd"]


@pytest.mark.conformance(43)
def test_target_that_was_tried_is_not_tried_again() -> None:
    redirects, contact = Redirects(BOB), "<sip:carol@10.0.0.3>"
    first = redirects.retry(refused(302, contact))
    assert first is not None
    back = refused(302, f"<{BOB}>, <sip:carol@10.0.0.3>", first.request)
    assert redirects.retry(back) is None
    assert str(back.why) == "it names no new SIP target"


@pytest.mark.conformance(43)
@pytest.mark.parametrize("status", [305, 380, 480, 500, 600])
def test_nothing_but_a_redirection_begins_another_try(status: int) -> None:
    assert Redirects(BOB).retry(refused(status, "<sip:carol@10.0.0.3>")) is None


def test_refusal_by_everybody_ends_the_search() -> None:
    redirects = Redirects(BOB)
    assert redirects.retry(refused(300, "<sip:a@10.0.0.3>, <sip:b@10.0.0.3>")) is not None
    assert redirects.retry(refused(603)) is None


def test_targets_are_bounded() -> None:
    contact = ", ".join(f"<sip:{n}@10.0.0.3>" for n in range(100))
    assert len(targets(Redirects(BOB), refused(302, contact))) == MAX_TARGETS - 1


@pytest.mark.parametrize("contact", ["<tel:+1234>", "*", "<sip:broken", None])
def test_contact_that_names_no_target_ends_the_search(contact: str | None) -> None:
    refusal = refused(302, contact)
    assert Redirects(BOB).retry(refusal) is None
    assert refusal.why


def test_header_fields_of_a_target_are_written_but_for_those_that_route_or_identify() -> None:
    contact = "<sip:carol@10.0.0.3;method=BYE?Subject=moved&Route=%3Csip:evil%3E&Call-ID=x&Authorization=y&X=a%0d%0ab>"
    request = an_invite(headers=(("Subject", "first"), ("Authorization", "Digest x"), ("X-Kept", "1")))
    retry = Redirects(BOB).retry(refused(302, contact, request))
    assert retry is not None
    assert retry.request.uri == "sip:carol@10.0.0.3"
    assert retry.request.headers == (("X-Kept", "1"), ("Subject", "moved"))
