"""Offers of RFC 4317, answered by a user agent that has G.711 alone."""

from __future__ import annotations

import pytest

from sipflow.sdp import Negotiation, SessionDescription

HEAD = (
    "v=0\no=alice 2890844526 2890844526 IN IP4 host.atlanta.example.com\ns=\nc=IN IP4 host.atlanta.example.com\nt=0 0\n"
)

VOICE = "m=audio 49170 RTP/AVP 0 8 97\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:97 iLBC/8000\n"
VIDEO = "m=video 51372 RTP/AVP 31 32\na=rtpmap:31 H261/90000\na=rtpmap:32 MPV/90000\n"
TONES = "m=audio 49172 RTP/AVP 98\na=rtpmap:98 telephone-event/8000\na=sendonly\n"

EXAMPLES = {
    "2.1 audio and video": (VOICE + VIDEO, ["audio 49174 0 8", "video 0 31 32"]),
    "2.4 two audio streams": (VOICE + TONES, ["audio 49174 0 8", "audio 0 98"]),
    "4.3 video deleted": (VOICE + VIDEO.replace("51372", "0"), ["audio 49174 0 8", "video 0 31 32"]),
}


@pytest.mark.conformance(107, 113)
@pytest.mark.parametrize(("media", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_example_offer_is_answered_stream_by_stream(media: str, expected: list[str]) -> None:
    bob = Negotiation(host="192.0.2.2", port=49174, session_id=2808844564, user="bob")

    bob.receive_offer((HEAD + media).encode())
    answer = SessionDescription.parse(bob.create_answer())

    assert [f"{m.kind} {m.port} {' '.join(m.formats)}" for m in answer.media] == expected
    assert bob.current is not None
    assert (bob.current.remote_host, bob.current.remote_port) == ("host.atlanta.example.com", 49170)
