"""Sound to and from real peers: heard, recorded and counted."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from sipflow.base.events import ActionLogged, MediaChanged
from sipflow.media.audio import open_audio
from sipflow.media.codecs import KINDS
from tests.engine.stage import lane, scenario, step
from tests.interop.child import mortal
from tests.interop.conftest import Play, StartSipp
from tests.interop.phone import Happening, Phone
from tests.interop.runs import Run
from tests.interop.tone import last_tone, loudest_hz
from tests.interop.us import us
from tests.interop.wire import catch_up
from tests.peers import find_peer, needs_codec

baresip = pytest.mark.parametrize("phone", ["baresip"], indirect=True)


@pytest.mark.conformance(123)
@pytest.mark.peer("sound", "baresip")
@baresip
def test_baresip_is_heard_and_hears_us(phone: Phone, play: Play, tmp_path: Path) -> None:
    run = play(
        us(
            step("MakeCall", targetUri=phone.uri()),
            step("RecordAudio", filePath="heard.wav"),
            step("PlayAudio", filePath="sound:tone-1000:2", wait=False),
            step("AUDIO", kind="tone", frequency=440, durationMs=1500),
            step("TIMEOUT", timeout=700),
            step("Release"),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    run.completes()
    phone.until(Happening.CLOSED)

    heard, sent = soundfile.read(tmp_path / "heard.wav", dtype="int16")[0].T
    assert loudest_hz(heard[4000:], 8000) == pytest.approx(440, abs=10)
    assert loudest_hz(sent[:12_000], 8000) == pytest.approx(1000, abs=2)
    samples, rate = soundfile.read(phone.heard())
    assert loudest_hz(samples[:rate], rate) == pytest.approx(1000, abs=10)  # a late moment breaks the phase
    (figures,) = [event.figures for event in run.events.of(MediaChanged) if event.figures is not None]
    assert figures["lost"] == 0
    assert figures["mos"] is not None
    assert figures["mos"] > 4


@pytest.mark.conformance(123)
@pytest.mark.peer("sound")
@pytest.mark.parametrize("is_called", [True, False], ids=["called", "calling"])
@pytest.mark.parametrize(
    ("phone", "codec"),
    [
        ("baresip codec:G722", "G722"),
        ("baresip codec:opus", "opus"),
        ("linphone tone codec:PCMA", "PCMA"),
        ("linphone tone codec:G722", "G722"),
        ("linphone tone codec:opus", "opus"),
        ("pjsua2 tone codec:PCMA", "PCMA"),
        ("pjsua2 tone codec:G722", "G722"),
    ],
    indirect=["phone"],
)
def test_tones_cross_in_the_only_codec(
    phone: Phone, codec: str, is_called: bool, play: Play, free_port: Callable[[], int]
) -> None:
    needs_codec(codec)
    port = free_port()
    begin = [step("MakeCall", targetUri=phone.uri())] if is_called else [step("INCOMING"), step("Answer")]
    run = play(
        us(
            *begin,
            step("PlayAudio", filePath="sound:tone-1000:20", wait=False),
            step("AUDIO", kind="tone", frequency=440, durationMs=500),
            step("AssertMedia", codec=codec, maxLossPercent=0, minPackets=20),
            step("TIMEOUT", timeout=400),
            step("Release"),
            codecs=[codec],
            port=port,
        )
    )
    if is_called:
        phone.until(Happening.INCOMING)
        phone.answer()
    else:
        phone.dial(f"sip:1001@127.0.0.1:{port}")
    run.completes()
    phone.until(Happening.CLOSED)

    assert last_tone(phone.heard()) == 1000


@pytest.mark.peer("hold-by-us")
@pytest.mark.parametrize("phone", ["linphone tone", "pjsua2 tone"], indirect=True)  # baresip records no hold
def test_music_on_hold_is_heard_by_who_is_silent_meanwhile(phone: Phone, play: Play) -> None:
    heard = step("AUDIO", kind="tone", frequency=440, durationMs=200)
    music = step("PlayAudio", filePath="sound:tone-1000:20", wait=False)
    run = play(
        us(
            *(step("MakeCall", targetUri=phone.uri()), heard, step("Hold"), music),
            *(step("AUDIO", kind="silence", durationMs=600), step("Release")),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    run.completes()
    phone.until(Happening.CLOSED)

    assert last_tone(phone.heard()) == 1000


@pytest.mark.peer("sound", "sipp")
def test_what_sipp_echoes_is_heard(play: Play, start_sipp: StartSipp, free_port: Callable[[], int], uas: Path) -> None:
    sipp = start_sipp("-sf", str(uas), "-m", "1", "-rtp_echo", "-mi", "127.0.0.1", "-mp", str(free_port()))
    asyncio.run(sipp.listening())
    run = play(
        us(
            step("MakeCall", targetUri=f"sip:service@127.0.0.1:{sipp.port}"),
            step("PlayAudio", filePath="sound:tone-800:2", wait=False),
            step("AUDIO", kind="tone", frequency=800, durationMs=1000),
            step("Release"),
        )
    )
    run.completes()


@pytest.mark.peer("sound", "sipp")
def test_what_sipp_plays_is_heard(
    play: Play, start_sipp: StartSipp, free_port: Callable[[], int], tmp_path: Path
) -> None:
    tone = open_audio("sound:tone-1000:3", (), 8000).read(24_000)
    (tmp_path / "tone.ulaw").write_bytes(KINDS["PCMU"].open().encode(tone))
    built_in = subprocess.run([find_peer("sipp"), "-sd", "uac"], stdout=subprocess.PIPE, text=True).stdout
    action = f'<exec rtp_stream="{tmp_path / "tone.ulaw"},1,0" />'
    played = f'<nop><action>{action}</action></nop>\n  <pause milliseconds="2000"/>'
    assert "<pause/>" in built_in
    (tmp_path / "uac.xml").write_text(built_in.replace("<pause/>", played))
    port = free_port()
    run = play(
        us(
            step("INCOMING"),
            step("Answer"),
            step("AUDIO", kind="tone", durationMs=1000),
            step("DISCONNECTED"),
            port=port,
        )
    )
    sipp = start_sipp(
        *("-sf", str(tmp_path / "uac.xml"), f"127.0.0.1:{port}", "-m", "1", "-mi", "127.0.0.1"),
        *("-mp", str(free_port())),
    )
    run.completes()
    assert sipp is not None


@pytest.mark.conformance(121)
@pytest.mark.peer("sound", "tshark")
@pytest.mark.alone
def test_tshark_counts_the_streams_of_a_call_as_we_do(play: Play, free_port: Callable[[], int], tmp_path: Path) -> None:
    capture = tmp_path / "call.pcapng"
    tshark = subprocess.Popen(
        mortal([find_peer("tshark"), "-i", "lo", "-f", "udp", "-w", str(capture), "-q", "-a", "duration:30"]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tshark.stderr is not None
    for line in tshark.stderr:
        if "Capture started" in line:
            break
    run = play(
        scenario(
            # Nothing is on its way when the call ends: what comes to a closed port is seen by tshark alone.
            lane("a", "1001", step("MakeCall", targetUri="1002"), step("PlayAudio", filePath="sound:noise:2"),
                 step("TIMEOUT", timeout=300), step("Release"), idleAudio="none"),
            lane("b", "1002", step("INCOMING"), step("Answer"), step("PlayAudio", filePath="sound:noise:2"),
                 step("DISCONNECTED"), idleAudio="none"),
        )
    )  # fmt: skip
    run.completes()
    catch_up(capture, free_port())
    tshark.terminate()
    tshark.communicate(timeout=20)
    told = run.events.of(MediaChanged)
    source = {e.instance_id: e.detail.rpartition(":")[2] for e in told if e.media == "stream-started"}
    figures = {source[e.instance_id]: e.figures for e in told if e.figures is not None}
    decoded = [argument for port in figures for argument in ("-d", f"udp.port=={port},rtp")]
    streams = subprocess.run(
        [find_peer("tshark"), "-r", str(capture), *decoded, "-q", "-z", "rtp,streams"],
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    found = [line.split() for line in streams.splitlines() if "g711U" in line]
    rows = {
        row[3]: (row[8], row[9], row[16]) for row in found if {row[3], row[5]} == figures.keys()
    }  # others may talk here too
    assert rows.keys() == figures.keys(), streams
    for port, (packets, lost, max_jitter_ms) in rows.items():
        ours = figures[port]
        assert (int(packets), int(lost)) == (ours["packetsReceived"], ours["lost"])
        assert float(max_jitter_ms) == pytest.approx(ours["maxJitterMs"], abs=1.0)


SENT_ONLY, HEARD_ONLY = "one-way audio: sound was sent and none heard", "one-way audio: sound was heard and none sent"


def one_way_told(run: Run) -> list[str]:
    """What the log says of one-way audio, up to how long it was."""
    lines = [event.message for event in run.events.of(ActionLogged)]
    return [line.partition(", for")[0] for line in lines if "one-way audio" in line]


@pytest.mark.peer("sound", "sipp")
def test_sipp_that_sends_nothing_back_hears_one_way_audio(
    play: Play, start_sipp: StartSipp, free_port: Callable[[], int], uas: Path
) -> None:
    sipp = start_sipp("-sf", str(uas), "-m", "1", "-mi", "127.0.0.1", "-mp", str(free_port()))
    asyncio.run(sipp.listening())
    run = play(
        us(
            step("MakeCall", targetUri=f"sip:service@127.0.0.1:{sipp.port}"),
            step("PlayAudio", filePath="sound:speech:5", wait=False),
            step("AUDIO", kind="oneWay", durationMs=1000),
            step("Release"),
        )
    )
    run.completes()
    assert one_way_told(run) == [SENT_ONLY]


@pytest.mark.peer("sound")
@pytest.mark.parametrize("phone", ["linphone", "pjsua2"], indirect=True)
def test_phone_that_is_silent_hears_one_way_audio(phone: Phone, play: Play) -> None:
    run = play(
        us(
            step("MakeCall", targetUri=phone.uri()),
            step("PlayAudio", filePath="sound:tone-1000:9", wait=False),
            step("AUDIO", kind="oneWay", durationMs=1000),
            step("TIMEOUT", timeout=400),
            step("Release"),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    run.completes()
    phone.until(Happening.CLOSED)
    assert one_way_told(run) == [SENT_ONLY]


@pytest.mark.peer("sound")
@pytest.mark.parametrize("phone", ["baresip", "linphone tone", "pjsua2 tone"], indirect=True)
def test_phone_that_hears_nothing_of_us_is_one_way_audio(phone: Phone, play: Play) -> None:
    run = play(
        us(
            step("MakeCall", targetUri=phone.uri()),
            step("AUDIO", kind="oneWay", durationMs=1000),
            step("Release"),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    run.completes()
    phone.until(Happening.CLOSED)
    assert one_way_told(run) == [HEARD_ONLY]
