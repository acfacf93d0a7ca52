"""What an answer makes of an offer, ours and theirs. Source: RFC 3264 §6."""

from __future__ import annotations

import pytest

from sipflow.base.errors import BadAnswer, NoCommonMedia
from sipflow.sdp import SessionDescription, State
from tests.sdp.exchanges import AUDIO, answer_to, body, negotiation, streams


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
        ("m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/48000\n", ["audio 10000 RTP/AVP 0 101"]),
        ("m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/44100\n", ["audio 10000 RTP/AVP 0"]),
        ("m=audio 4000 RTP/AVP 18 13 0 19\na=rtpmap:19 CN/8000\n", ["audio 10000 RTP/AVP 13 0"]),
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
    assert ours.current.telephone_event is not None
    assert (ours.current.codec.payload_type, ours.current.telephone_event.payload_type) == (97, 96)


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


@pytest.mark.conformance(115)
@pytest.mark.parametrize(
    ("attribute", "ptime_ms"),
    [
        ("a=ptime:30\n", 30),
        ("a=ptime:0\n", 20),
        ("a=ptime:9999\n", 20),
        ("a=ptime:x\n", 20),
        ("a=ptime\n", 20),
        ("a=maxptime:10\n", 10),
        ("a=ptime:60\na=maxptime:40\n", 40),
        ("a=ptime:30\na=maxptime:40\n", 30),
        ("a=maxptime:5\n", 20),
        ("", 20),
    ],
)
def test_session_sends_packets_as_long_as_the_peer_asks(attribute: str, ptime_ms: int) -> None:
    ours = negotiation()

    answer_to(body(AUDIO + attribute), ours)

    assert ours.current is not None
    assert ours.current.ptime_ms == ptime_ms


@pytest.mark.conformance(115)
@pytest.mark.parametrize(
    ("attribute", "port"),
    [
        ("", 4001),
        ("a=rtcp:53020\n", 53_020),
        ("a=rtcp:53020 IN IP4 192.0.2.9\n", 53_020),
        ("a=rtcp:0\n", 4001),
        ("a=rtcp:70000\n", 4001),
        ("a=rtcp:x\n", 4001),
    ],
)
def test_session_knows_where_the_peer_takes_rtcp(attribute: str, port: int) -> None:
    ours = negotiation()
    answer_to(body(AUDIO + attribute), ours)
    assert ours.current is not None
    assert ours.current.remote_rtcp_port == port


@pytest.mark.conformance(115)
@pytest.mark.parametrize("attribute", ["rtcp:53020", "maxptime:40", "ssrc:1 cname:x"])
def test_answer_repeats_no_attribute_that_would_be_a_promise(attribute: str) -> None:
    answer = answer_to(body(AUDIO + f"a={attribute}\n"))
    assert not [text for text in answer.media[0].attributes if text.startswith(attribute.partition(":")[0])]


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

    with pytest.raises(NoCommonMedia, match="PCMU, PCMA"):
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
    events = session.telephone_event and session.telephone_event.payload_type
    assert (session.codec.name, events) == (codec, telephone_event)


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
