"""What a codec brings into an offer and a session: clocks, channels, lengths of packets."""

from __future__ import annotations

import pytest

from sipflow.sdp import Session
from tests.sdp.exchanges import agree, answer_to, body, negotiation, streams

OPUS_ALONE = (
    "m=audio 20000 RTP/AVP 96 97\na=rtpmap:96 opus/48000/2\na=rtpmap:97 telephone-event/48000\n"
    "a=fmtp:96 maxplaybackrate=16000;stereo=0\n"
)


def session_of(current: Session | None) -> Session:
    assert current is not None
    return current


def test_offer_of_opus_has_telephone_events_on_each_clock_of_its_codecs() -> None:
    offer = negotiation("opus", "G722", "PCMU").create_offer().decode()

    assert "m=audio 10000 RTP/AVP 111 9 0 101 110\r\n" in offer
    assert "a=rtpmap:111 opus/48000/2\r\n" in offer
    assert "a=fmtp:111 useinbandfec=1\r\n" in offer
    assert "a=rtpmap:9 G722/8000\r\n" in offer
    assert "a=rtpmap:101 telephone-event/8000\r\n" in offer
    assert "a=rtpmap:110 telephone-event/48000\r\n" in offer


def test_offer_of_opus_alone_has_telephone_events_on_its_clock_and_on_that_of_all_peers() -> None:
    ours = negotiation("opus")
    assert b"m=audio 10000 RTP/AVP 111 101 110\r\n" in ours.create_offer()
    assert {number: codec.encoding for number, codec in ours.receivable.items()} == {
        111: "opus/48000/2",
        101: "telephone-event/8000",
        110: "telephone-event/48000",
    }


@pytest.mark.parametrize(("theirs", "events"), [("opus", 110), ("G722", 101), ("PCMU", 101)])
def test_digits_go_on_the_clock_of_the_codec_that_was_agreed_on(theirs: str, events: int) -> None:
    alice, bob = negotiation("opus", "G722", "PCMU"), negotiation(theirs, host="192.0.2.2", port=20_000)

    agree(alice, bob)

    for session in (session_of(alice.current), session_of(bob.current)):
        assert session.codec is not None
        assert session.codec.name == theirs
        assert session.telephone_event is not None
        assert session.telephone_event.payload_type == events


@pytest.mark.parametrize("clock_hz", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("codec", ["opus/48000/2", "G722/8000"])
def test_peer_that_has_events_on_one_clock_alone_gets_them_there(codec: str, clock_hz: int) -> None:
    ours = negotiation("opus", "G722")
    offer = OPUS_ALONE.replace("event/48000", f"event/{clock_hz}").replace("opus/48000/2", codec)
    assert f"rtpmap:97 telephone-event/{clock_hz}" in answer_to(body(offer), ours).media[0].attributes

    events = session_of(ours.current).telephone_event
    assert events is not None
    assert (events.payload_type, events.clock_hz) == (97, clock_hz)


def test_of_events_on_several_clocks_those_of_no_codec_are_not_taken() -> None:
    more = "a=rtpmap:98 telephone-event/16000\na=rtpmap:99 telephone-event/8000\na=rtpmap:13 CN/8000\n"
    offer = OPUS_ALONE.replace("AVP 96 97", "AVP 96 97 98 99 13") + more
    assert streams(answer_to(body(offer), negotiation("opus", "PCMU"))) == ["audio 10000 RTP/AVP 96 97"]
    with_pcmu = offer.replace("AVP 96", "AVP 96 0")
    assert streams(answer_to(body(with_pcmu), negotiation("opus", "PCMU"))) == ["audio 10000 RTP/AVP 96 0 97 99 13"]


@pytest.mark.parametrize(("asked", "sent"), [(10, 10), (20, 20), (30, 20), (50, 40), (60, 60), (120, 60)])
def test_opus_is_sent_in_packets_of_a_length_that_it_has(asked: int, sent: int) -> None:
    ours = negotiation("opus")
    ours.receive_offer(body(f"{OPUS_ALONE}a=ptime:{asked}\n"))
    ours.create_answer()

    assert session_of(ours.current).ptime_ms == sent


def test_static_number_of_g722_needs_no_rtpmap() -> None:
    answer = answer_to(body("m=audio 20000 RTP/AVP 9\n"), negotiation("G722"))

    assert streams(answer) == ["audio 10000 RTP/AVP 9"]
