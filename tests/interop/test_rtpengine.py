"""Calls between two of our instances whose media goes through rtpengine: relayed, protected, transcoded, changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sipflow.base.events import MediaChanged
from tests.documents import Json
from tests.engine.stage import Step, lane, scenario, step
from tests.interop.conftest import Play
from tests.interop.kamailio.proxy import HOST, Kamailio
from tests.interop.rtpengine.relay import Rtpengine
from tests.interop.runs import Run
from tests.interop.tone import write_tone
from tests.interop.us import TALK
from tests.peers import needs_codec

BYE = step("DISCONNECTED", cause="bye")
ARRIVES = step("TIMEOUT", timeout=1_000)
"""In which what the relay still has arrives."""
Proxied = Callable[..., Run]


@pytest.fixture(scope="module")
def rtpengine_process(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Rtpengine]:
    relay = Rtpengine(tmp_path_factory.mktemp("rtpengine"), free_port)
    yield relay
    relay.end()


@pytest.fixture(scope="module")
def kamailio_process(
    tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int], rtpengine_process: Rtpengine
) -> Iterator[Kamailio]:
    """One that leads media through rtpengine."""
    server = Kamailio(tmp_path_factory.mktemp("kamailio"), free_port, rtpengine_port=rtpengine_process.port)
    yield server
    server.end()


@pytest.fixture
def rtpengine(rtpengine_process: Rtpengine) -> Rtpengine:
    """rtpengine, with a new chapter of its log."""
    rtpengine_process.rest()
    return rtpengine_process


@pytest.fixture
def call(kamailio: Kamailio, rtpengine: Rtpengine, play: Play) -> Proxied:
    """Let Alice call Bob; `flags` are told to rtpengine for what goes on to Bob."""

    def start(
        calling: list[Step], called: list[Step], flags: str = "", alice: Json | None = None, bob: Json | None = None
    ) -> Run:
        invite = step("MakeCall", targetUri="bob", headers=[["X-Media", flags]] if flags else [])
        document = scenario(
            _subscriber("alice", kamailio, invite, *calling, step("Release"), **(alice or {})),
            _subscriber("bob", kamailio, step("INCOMING"), step("Answer"), *called, BYE, **(bob or {})),
        )
        return play(document)

    return start


def _subscriber(name: str, kamailio: Kamailio, *steps: Step, **data: Any) -> Json:
    return lane(name, name, *steps, pbxHost=HOST, pbxPort=kamailio.port, password=f"{name}pw", **data)


def talk(digits: str = "4#", codecs: tuple[str, str] = ("PCMU", "PCMU")) -> tuple[list[Step], list[Step]]:
    """What both do so that each hears a tone of the other, and Bob digits; nothing is on its way at the end."""

    def side(own_hz: int, other_hz: int, codec: str, *then: Step) -> list[Step]:
        return [
            step("PlayAudio", filePath=f"sound:tone-{own_hz}:20", wait=False),
            step("AUDIO", kind="tone", frequency=other_hz, durationMs=300),
            step("AssertMedia", codec=codec, maxLossPercent=0, minPackets=5),
            step("Sync", meeting=f"tones before {digits} are heard"),
            *then,
            step("StopAudio"),
        ]

    hears = [step("DTMFReceived", expectedDigit=digit) for digit in digits]
    all_heard = step("Sync", meeting=f"all of {digits} is heard")
    return (
        [*side(1000, 700, codecs[0], step("SendDTMF", digits=digits)), all_heard, TALK],
        [*side(700, 1000, codecs[1], *hears), all_heard],
    )


def figures(run: Run, instance_id: str) -> dict[str, float | None]:
    """What was told of an instance's stream at its end."""
    (found,) = [
        e.figures for e in run.events.of(MediaChanged) if e.figures is not None and e.instance_id == instance_id
    ]
    return dict(found)


def security(run: Run) -> dict[str, str]:
    """How the streams were protected, by instance."""
    secured = [event for event in run.events.of(MediaChanged) if event.media == "stream-secured"]
    return {event.instance_id or "": event.detail.split(", ")[1].lower() for event in secured}


@pytest.mark.peer("relay", "rtpengine", "kamailio")
@pytest.mark.conformance(121)
def test_what_is_relayed_arrives_as_it_was_sent_and_is_counted_alike(
    call: Proxied, rtpengine: Rtpengine, tmp_path: Path
) -> None:
    speech = step("PlayAudio", filePath="sound:speech:1")
    run = call(
        [step("AssertHears", durationMs=1_500), step("RecordAudio", filePath="said.wav"), speech, ARRIVES],
        [step("RecordAudio", filePath="heard.wav")],
    )

    run.completes()
    rtpengine.story.until("Deleting entire call")
    alice, bob = figures(run, "alice"), figures(run, "bob")
    sent = [relayed.packets for relayed in sorted(rtpengine.relayed(), key=lambda relayed: relayed.peer_port)]
    assert sent == [alice["packetsSent"], bob["packetsSent"]]
    assert sent == [bob["packetsReceived"], alice["packetsReceived"]]
    assert [one["lost"] for one in (alice, bob)] == [0, 0]
    assert [relayed.errors for relayed in rtpengine.relayed()] == [0, 0]
    said = soundfile.read(tmp_path / "said.wav", dtype="int16")[0].T[1]
    heard = soundfile.read(tmp_path / "heard.wav", dtype="int16")[0].T[0]
    assert np.trim_zeros(said).size > 7_000
    assert np.trim_zeros(said).tobytes() in heard.tobytes()


@pytest.mark.peer("srtp", "rtpengine")
@pytest.mark.parametrize(
    ("flags", "alice", "bob"),
    [
        ("RTP/SAVP", "off", "sdes"),
        ("RTP/AVP", "sdes", "off"),
        ("UDP/TLS/RTP/SAVP", "off", "dtls"),
        ("RTP/AVP", "dtls", "off"),
        ("UDP/TLS/RTP/SAVPF SDES-off", "sdes", "dtls"),
        ("RTP/SAVPF DTLS=off ICE=force", "dtls", "sdes"),
        ("", "dtls", "dtls"),
    ],
)
def test_each_side_protects_as_it_wants(call: Proxied, flags: str, alice: str, bob: str) -> None:
    run = call(*talk(), flags, {"srtp": alice}, {"srtp": bob})

    run.completes()
    assert security(run) == {name: how for name, how in (("alice", alice), ("bob", bob)) if how != "off"}
    faults = [event.detail for event in run.events.of(MediaChanged) if event.media == "stream-faults"]
    assert all(" 0 failed authentication, 0 repeated, " in fault for fault in faults)  # some come before any key


@pytest.mark.peer("srtp", "rtpengine")
def test_suite_with_the_short_tag_is_spoken_where_no_other_is_offered(call: Proxied) -> None:
    run = call(*talk(), "RTP/SAVP SDES-no-AES_CM_128_HMAC_SHA1_80", bob={"srtp": "sdes"})

    run.completes()
    (secured,) = [event.detail for event in run.events.of(MediaChanged) if event.media == "stream-secured"]
    assert secured == "SRTP, SDES, AES_CM_128_HMAC_SHA1_32"


@pytest.mark.peer("srtp", "rtpengine")
def test_hold_and_retrieve_where_one_side_is_protected(call: Proxied) -> None:
    calling, called = talk()
    again, heard_again = talk("9")
    run = call(
        [*calling, step("Hold"), TALK, step("Retrieve"), *again],
        [*called, step("HELD"), step("RETRIEVED"), *heard_again],
        *("RTP/SAVP", {"srtp": "off"}, {"srtp": "sdes"}),
    )

    run.completes()


@pytest.mark.peer("transcode", "rtpengine")
@pytest.mark.parametrize(
    ("flags", "alice", "bob"),
    [
        ("codec-mask=G722 codec-transcode=PCMU", "G722", "PCMU"),
        ("codec-mask=PCMA codec-transcode=G722", "PCMA", "G722"),
        ("codec-mask=PCMU codec-transcode=opus", "PCMU", "opus"),
        ("codec-mask=opus codec-transcode=PCMA codec-transcode=telephone-event", "opus", "PCMA"),
        ("ptime=40", "PCMU", "PCMU"),
    ],
)
def test_each_side_speaks_its_own_codec(call: Proxied, flags: str, alice: str, bob: str) -> None:
    for codec in (alice, bob):
        needs_codec(codec)

    run = call(*talk("159D", (alice, bob)), flags, {"codecs": [alice]}, {"codecs": [bob]})

    run.completes()


def order(what: str) -> Step:
    """Have the proxy do something with the media of the call."""
    return step("SendRequest", method="INFO", callId="call-1", headers=[["X-Media", what]])


@pytest.mark.peer("relay", "rtpengine", "kamailio")
def test_media_and_digits_that_the_relay_withholds_are_missed(call: Proxied) -> None:
    run = call(
        [
            order("block-dtmf"),
            step("SendDTMF", digits="1"),
            order("block-media"),
            step("AssertHears", durationMs=1_500, expected="alice <- bob"),
        ],
        [],
    )

    run.completes()
    assert [e.detail for e in run.events.of(MediaChanged) if e.media == "dtmf"] == ["sends 1 by rfc4733"]


@pytest.mark.peer("relay", "rtpengine", "kamailio")
def test_announcement_of_the_relay_is_heard(call: Proxied, tmp_path: Path) -> None:
    write_tone(tmp_path / "tone.wav", seconds=5)
    run = call([order(f"file={tmp_path}/tone.wav"), step("AUDIO", kind="tone", frequency=440, durationMs=500)], [])

    run.completes()
    assert figures(run, "alice")["packetsReceived"]
