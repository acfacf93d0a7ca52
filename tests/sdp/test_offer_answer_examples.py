"""The exchanges of RFC 4317, answered by a user agent that has G.711 alone: whole dialogs, offer by offer."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from sipflow.sdp import Negotiation, SessionDescription
from sipflow.sdp.direction import stated_direction

HEAD = "v=0\no=alice 2890844526 {} IN IP4 host.atlanta.example.com\ns=\nc=IN IP4 host.atlanta.example.com\nt=0 0\n"

VOICE = "m=audio 49170 RTP/AVP 0 8 97\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:97 iLBC/8000\n"
PCMU = "m=audio 49170 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
ILBC = "m=audio 49170 RTP/AVP 97\na=rtpmap:97 iLBC/8000\n"
VIDEO = "m=video 51372 RTP/AVP 31 32\na=rtpmap:31 H261/90000\na=rtpmap:32 MPV/90000\n"
TONES = "m=audio 49172 RTP/AVP 98\na=rtpmap:98 telephone-event/8000\na=sendonly\n"
HELD = "a=sendonly\n"

NO_VIDEO = "video 0 31 32"
BOTH, ONE = "audio 49174 0 8", "audio 49174 0"


class Step(NamedTuple):
    """One offer, what is answered to it, stream by stream, and in which direction the audio flows then."""

    media: str
    answer: list[str]
    direction: str = "sendrecv"


EXAMPLES = {
    "2.1 audio and video": [Step(VOICE + VIDEO, [BOTH, NO_VIDEO])],
    "2.2 audio and video, then one codec": [Step(VOICE + VIDEO, [BOTH, NO_VIDEO]), Step(PCMU + VIDEO, [ONE, NO_VIDEO])],
    "2.3 video first": [Step(VIDEO + VOICE, [NO_VIDEO, BOTH])],
    "2.4 two audio streams": [Step(VOICE + TONES, [BOTH, "audio 0 98"])],
    "2.5 audio with events in it": [
        Step(
            "m=audio 49170 RTP/AVP 97 0 99\na=rtpmap:97 iLBC/8000\na=rtpmap:99 telephone-event/8000\n" + VIDEO,
            ["audio 49174 0 99", NO_VIDEO],
        )
    ],
    "2.6 one way": [Step(PCMU + HELD, [ONE], "recvonly")],
    "2.7 audio that is refused": [Step(ILBC.replace("49170", "0") + PCMU, ["audio 0 97", ONE])],
    "2.8 codecs narrowed to one, then the other": [
        Step(VOICE, [BOTH]),
        Step(PCMU, [ONE]),
        Step("m=audio 49170 RTP/AVP 8\n", ["audio 49174 8"]),
    ],
    "3.1 hold and unhold": [
        Step(PCMU, [ONE]),
        Step(PCMU + HELD, [ONE], "recvonly"),
        Step(PCMU, [ONE]),
    ],
    "3.2 hold with two streams": [
        Step(PCMU + TONES, [ONE, "audio 0 98"]),
        Step(PCMU + HELD + TONES, [ONE, "audio 0 98"], "recvonly"),
        Step(PCMU + "a=sendrecv\n" + TONES, [ONE, "audio 0 98"]),
    ],
    "4.1 second audio stream added": [Step(PCMU, [ONE]), Step(PCMU + TONES, [ONE, "audio 0 98"])],
    "4.2 video added": [Step(PCMU, [ONE]), Step(PCMU + VIDEO, [ONE, NO_VIDEO])],
    "4.3 video deleted": [
        Step(VOICE + VIDEO, [BOTH, NO_VIDEO]),
        Step(VOICE + VIDEO.replace("51372", "0"), [BOTH, NO_VIDEO]),
    ],
    "5.1 no media, then audio": [Step("", [], ""), Step(PCMU, [ONE])],
    "5.2 inactive, then audio": [Step(PCMU + "a=inactive\n", [ONE], "inactive"), Step(PCMU, [ONE])],
}
"""By the sections of the RFC and what happens in them."""


@pytest.mark.conformance(107, 112, 113, 114)
@pytest.mark.parametrize("steps", EXAMPLES.values(), ids=EXAMPLES)
def test_example_is_answered_offer_by_offer_and_stream_by_stream(steps: list[Step]) -> None:
    bob = Negotiation(host="192.0.2.2", port=49174, session_id=2808844564, user="bob")
    for version, step in enumerate(steps, start=2890844526):
        bob.receive_offer((HEAD.format(version) + step.media).encode())
        answer = SessionDescription.parse(bob.create_answer())
        assert [f"{m.kind} {m.port} {' '.join(m.formats)}" for m in answer.media] == step.answer
        stated = [str(stated_direction(stream.attributes)) for stream in answer.media if stream.port]
        assert stated == ([step.direction] if step.direction else [])
        assert bob.current is not None
        if step.direction:
            assert (bob.current.remote_host, bob.current.remote_port) == ("host.atlanta.example.com", 49170)
