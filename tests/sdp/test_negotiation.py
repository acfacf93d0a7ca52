"""Offer and answer: every state, every reason to refuse, versions, directions and streams."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import BadAnswer, LocalProtocolError, NoCommonMedia, SdpError
from sipflow.sdp import Direction, Negotiation, Session, SessionDescription, State, direction_note
from sipflow.sdp.negotiation import TRANSITIONS, On

AUDIO = "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n"


def negotiation(
    *codecs: str, host: str = "192.0.2.1", port: int = 10_000, session_id: int = 42, user: str = "-"
) -> Negotiation:
    return Negotiation(codecs=codecs or ("PCMU", "PCMA"), host=host, port=port, session_id=session_id, user=user)


def body(media: str, *, version: int = 1, session: str = "c=IN IP4 192.0.2.9\n", timing: str = "t=0 0\n") -> bytes:
    """A description of the peer's; lines end with LF here."""
    return f"v=0\no=peer 7 {version} IN IP4 192.0.2.9\ns=-\n{session}{timing}{media}".encode()


def answer_to(offer: bytes, ours: Negotiation | None = None) -> SessionDescription:
    ours = ours or negotiation()
    ours.receive_offer(offer)
    return SessionDescription.parse(ours.create_answer())


def agree(offerer: Negotiation, answerer: Negotiation, direction: str = "sendrecv") -> tuple[str, str]:
    """One exchange; returns what the offerer and what the answerer does from here on."""
    answerer.receive_offer(offerer.create_offer(direction))
    session = offerer.receive_answer(answerer.create_answer())
    assert answerer.current is not None
    return session.local_direction, answerer.current.local_direction


def streams(description: SessionDescription) -> list[str]:
    return [f"{m.kind} {m.port} {m.protocol} {' '.join(m.formats)}" for m in description.media]


def version_of(text: bytes) -> int:
    return SessionDescription.parse(text).origin.version


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
    assert alice.current == Session(alice.current.codec, 101, Direction.SENDRECV, "192.0.2.2", 20_000, 20)
    assert bob.current == Session(alice.current.codec, 101, Direction.SENDRECV, "192.0.2.1", 10_000, 20)
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


@pytest.mark.conformance(107, 113)
@pytest.mark.parametrize(
    ("media", "expected"),
    [
        (AUDIO, ["audio 10000 RTP/AVP 0 8 101"]),
        ("m=audio 4000 RTP/AVP 8 0\n", ["audio 10000 RTP/AVP 8 0"]),
        ("m=audio 4000 RTP/AVP 18 3 8\n", ["audio 10000 RTP/AVP 8"]),
        (
            "m=audio 4000 RTP/AVP 97 0 96\na=rtpmap:96 Telephone-Event/8000\na=rtpmap:97 pcma/8000/1\n",
            ["audio 10000 RTP/AVP 97 0 96"],
        ),
        ("m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/48000\n", ["audio 10000 RTP/AVP 0"]),
        ("m=audio 4000 RTP/AVP 0 8 0\n", ["audio 10000 RTP/AVP 0 8"]),
        ("m=audio 4000/2 RTP/AVP 0\n", ["audio 10000 RTP/AVP 0"]),
        (
            "m=audio 4000 RTP/AVP 0 8 97\na=rtpmap:97 iLBC/8000\nm=video 4002 RTP/AVP 31 32\n",
            ["audio 10000 RTP/AVP 0 8", "video 0 RTP/AVP 31 32"],
        ),
        (
            "m=video 4002 RTP/AVP 31\nm=audio 4000 RTP/AVP 0\nm=audio 4004 RTP/AVP 0\n",
            ["video 0 RTP/AVP 31", "audio 10000 RTP/AVP 0", "audio 0 RTP/AVP 0"],
        ),
        (
            "m=audio 4000 RTP/SAVP 0\nm=audio 4002 RTP/AVP 0\n",
            ["audio 0 RTP/SAVP 0", "audio 10000 RTP/AVP 0"],
        ),
        (
            "m=hologram 4002 magic/1 x\nm=audio 4000 RTP/AVP 0\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\n",
            ["hologram 0 magic/1 x", "audio 10000 RTP/AVP 0", "application 0 UDP/DTLS/SCTP webrtc-datachannel"],
        ),
        ("m=audio 0 RTP/AVP 0\nm=audio 4000 RTP/AVP 8\n", ["audio 0 RTP/AVP 0", "audio 10000 RTP/AVP 8"]),
        (
            "m=audio 4000 RTP/AVP 0\nc=IN IP4 224.2.1.1/127\nm=audio 4000 RTP/AVP 0\n",
            ["audio 0 RTP/AVP 0", "audio 10000 RTP/AVP 0"],
        ),
    ],
)
def test_answer_has_the_same_streams_and_takes_what_we_share(media: str, expected: list[str]) -> None:
    assert streams(answer_to(body(media))) == expected


@pytest.mark.conformance(107)
def test_answer_keeps_the_offerers_dynamic_numbers() -> None:
    ours = negotiation()

    answer = answer_to(
        body("m=audio 4000 RTP/AVP 97 96\na=rtpmap:97 PCMA/8000\na=rtpmap:96 telephone-event/8000\n"), ours
    )

    assert answer.media[0].attributes[:3] == ("rtpmap:97 PCMA/8000", "rtpmap:96 telephone-event/8000", "fmtp:96 0-15")
    assert ours.current is not None
    assert ours.current.codec is not None
    assert (ours.current.codec.payload_type, ours.current.telephone_event) == (97, 96)


@pytest.mark.conformance(107)
def test_later_offer_keeps_the_numbers_and_the_streams_of_the_dialog() -> None:
    ours = negotiation()
    answer_to(
        body(
            "m=video 4002 RTP/AVP 31\nm=audio 4000 RTP/AVP 0 101 96\n"
            "a=rtpmap:101 opus/48000/2\na=rtpmap:96 telephone-event/8000\n"
        ),
        ours,
    )

    offer = SessionDescription.parse(ours.create_offer())

    assert streams(offer) == ["video 0 RTP/AVP 31", "audio 10000 RTP/AVP 0 8 96"]


@pytest.mark.conformance(107)
def test_codec_offered_under_two_numbers_is_taken_under_the_first() -> None:
    ours = negotiation()
    tones = "a=rtpmap:96 telephone-event/8000\na=rtpmap:97 telephone-event/8000\n"

    answer = answer_to(body("m=audio 4000 RTP/AVP 0 96 97\n" + tones), ours)
    offer = SessionDescription.parse(ours.create_offer())

    assert answer.media[0].formats == ("0", "96")
    assert offer.media[0].formats == ("0", "8", "96")


@pytest.mark.conformance(107)
def test_later_offer_uses_the_number_that_the_peer_gave_last() -> None:
    ours = negotiation()
    for number in (97, 96, 97):
        answer_to(body(f"m=audio 4000 RTP/AVP 0 {number}\na=rtpmap:{number} telephone-event/8000\n"), ours)

    offer = SessionDescription.parse(ours.create_offer())

    assert offer.media[0].formats == ("0", "8", "97")


@pytest.mark.conformance(107)
def test_later_offer_never_gives_a_taken_number_to_another_codec() -> None:
    ours = negotiation()
    taken = "".join(f"a=rtpmap:{number} x-{number}/8000\n" for number in (96, 97, 101))
    answer_to(body("m=audio 4000 RTP/AVP 0 96 97 101\n" + taken), ours)

    offer = SessionDescription.parse(ours.create_offer())

    assert streams(offer) == ["audio 10000 RTP/AVP 0 8 98"]


@pytest.mark.conformance(107)
def test_later_offer_leaves_out_a_codec_for_which_no_number_is_left() -> None:
    ours = negotiation()
    numbers = range(96, 128)
    taken = "".join(f"a=rtpmap:{number} x-{number}/8000\n" for number in numbers)
    answer_to(body(f"m=audio 4000 RTP/AVP 0 {' '.join(map(str, numbers))}\n{taken}"), ours)

    assert streams(SessionDescription.parse(ours.create_offer())) == ["audio 10000 RTP/AVP 0 8"]


def test_answer_repeats_the_offers_time() -> None:
    assert answer_to(body(AUDIO, timing="t=3149328700 0\n")).timing == ("t=3149328700 0",)


@pytest.mark.parametrize(
    ("attribute", "ptime_ms"),
    [
        ("a=ptime:30\n", 30),
        ("a=ptime:0\n", 20),
        ("a=ptime:9999\n", 20),
        ("a=ptime:x\n", 20),
        ("a=ptime\n", 20),
        ("", 20),
    ],
)
def test_session_sends_packets_as_long_as_the_peer_asks(attribute: str, ptime_ms: int) -> None:
    ours = negotiation()

    answer_to(body(AUDIO + attribute), ours)

    assert ours.current is not None
    assert ours.current.ptime_ms == ptime_ms


@pytest.mark.conformance(111, 113)
@pytest.mark.parametrize(
    "media",
    [
        "m=audio 4000 RTP/AVP 18 3\n",
        "m=audio 4000 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n",
        "m=audio 4000 RTP/AVP 0\na=rtpmap:0 G729/8000\n",
        "m=audio 4000 RTP/AVP 300\na=rtpmap:300 PCMU/8000\n",
        "m=audio 4000 RTP/SAVP 0\n",
        "m=audio 4000 udp 0\n",
        "m=video 4000 RTP/AVP 31\n",
        "m=audio 4000 RTP/AVP 0\nc=IN IP4 224.2.1.1/127\n",
        "m=audio 4000 RTP/AVP 0\nc=ATM NSAP 47.0091\n",
    ],
)
def test_offer_that_shares_nothing_is_refused(media: str) -> None:
    ours = negotiation()

    with pytest.raises(NoCommonMedia, match="PCMU or PCMA"):
        ours.receive_offer(body(media))

    assert ours.state is State.IDLE


@pytest.mark.parametrize("media", ["", "m=audio 0 RTP/AVP 0\nm=video 0 RTP/AVP 31\n"])
def test_offer_without_any_stream_in_use_is_answered_alike(media: str) -> None:
    ours = negotiation()

    answer = answer_to(body(media), ours)

    assert [stream.port for stream in answer.media] == [0] * media.count("m=")
    assert ours.current is not None
    assert ours.current.codec is None
    assert ours.current.note == ""


@pytest.mark.conformance(107)
@pytest.mark.parametrize(
    ("media", "codec", "telephone_event"),
    [
        (AUDIO, "PCMU", 101),
        ("m=audio 4000 RTP/AVP 8\n", "PCMA", None),
        ("m=audio 4000 RTP/AVP 101 0\n", "PCMU", 101),
        ("m=audio 4000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\n", "PCMU", 96),
        ("m=audio 4000 RTP/AVP 18 8\n", "PCMA", None),
    ],
    ids=["all", "subset", "number without rtpmap means ours", "number of their own", "one that we never offered"],
)
def test_answer_is_read_as_it_is_meant(media: str, codec: str, telephone_event: int | None) -> None:
    ours = negotiation()
    ours.create_offer()

    session = ours.receive_answer(body(media))

    assert session.codec is not None
    assert (session.codec.name, session.telephone_event) == (codec, telephone_event)


@pytest.mark.conformance(111)
@pytest.mark.parametrize(
    "media",
    [
        "",
        AUDIO + "m=video 4002 RTP/AVP 31\n",
        "m=video 4000 RTP/AVP 0\n",
        "m=audio 4000 RTP/SAVP 0\n",
        "m=audio 0 RTP/AVP 0\n",
        "m=audio 4000 RTP/AVP 18\n",
        "m=audio 4000 RTP/AVP 101\n",
        "m=audio 4000 RTP/AVP 0\nc=IN IP4 224.2.1.1/127\n",
    ],
    ids=["none", "one too many", "other kind", "other protocol", "refused", "no codec", "tones only", "multicast"],
)
def test_answer_that_does_not_fit_is_told_and_leaves_the_offer_open(media: str) -> None:
    ours = negotiation()
    ours.create_offer()

    with pytest.raises(BadAnswer, match="expected"):
        ours.receive_answer(body(media))

    assert (ours.state, ours.current) == (State.OFFER_SENT, None)
    assert ours.receive_answer(body(AUDIO)) is ours.current


@pytest.mark.conformance(111)
def test_answer_that_takes_a_stream_that_we_removed_does_not_fit() -> None:
    ours = negotiation()
    answer_to(body(AUDIO + "m=video 4002 RTP/AVP 31\n"), ours)
    ours.create_offer()

    with pytest.raises(BadAnswer, match="video RTP/AVP with port 0"):
        ours.receive_answer(body(AUDIO + "m=video 4002 RTP/AVP 31\n"))


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
