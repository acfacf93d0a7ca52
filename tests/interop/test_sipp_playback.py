"""SIPp plays captures to us (`play_pcap_audio`): heard, and counted with what is missing in them."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sipflow.base.events import MediaChanged
from sipflow.base.ids import RandomIds
from sipflow.media.audio import open_audio
from sipflow.media.codecs import KINDS
from sipflow.rtp import RtpSender
from tests.engine.stage import step
from tests.interop.captured import write_capture
from tests.interop.conftest import Play, StartSipp
from tests.interop.sipp_process import Sipp
from tests.interop.us import us
from tests.peers import find_peer

BYE = step("DISCONNECTED", cause="bye")
PACKET_S = 0.02
PACKETS = 60
LOST = range(30, 34)
DOUBLED = 45
DIGIT = Path("/usr/share/sip-tester/dtmf_2833_1.pcap")
"""Digit 1 as Debian's package of SIPp has it: ten packets of another source, the last two its third-last once more."""

DIGITS = "15#"
StartUac = Callable[[int, Mapping[str, str]], Sipp]


def write_tone_capture(path: Path) -> None:
    """1.2 s of 1,000 Hz in PCMA, of which some packets are lost and one comes twice."""
    sender, codec = RtpSender(RandomIds(7), 8_000), KINDS["PCMA"].open()
    tone = open_audio("sound:tone-1000:2", (), 8_000).read(160 * PACKETS).reshape(PACKETS, 160)
    sent = [(at := PACKET_S * n, sender.packet(8, codec.encode(part), 160, at)) for n, part in enumerate(tone)]
    arrived = [packet for n, packet in enumerate(sent) for _ in range(0 if n in LOST else 2 if n == DOUBLED else 1)]
    write_capture(path, arrived, 40_000, is_ethernet=True)


@pytest.fixture
def start_uac(start_sipp: StartSipp, tmp_path: Path) -> StartUac:
    """Start SIPp's built-in scenario `uac_pcap` with other words in it, to call this port of ours."""
    if os.geteuid() != 0:
        pytest.skip("SIPp plays captures as root alone")
    text = subprocess.run([find_peer("sipp"), "-sd", "uac_pcap"], stdout=subprocess.PIPE, text=True).stdout

    def start(port: int, words: Mapping[str, str]) -> Sipp:
        changed = text
        for old, new in words.items():
            assert old in text
            changed = changed.replace(old, new)
        path = tmp_path / "uac_pcap.xml"
        path.write_text(changed)
        return start_sipp("-sf", str(path), f"127.0.0.1:{port}", "-m", "1", "-mi", "127.0.0.1")

    return start


@pytest.mark.peer("sound", "sipp")
@pytest.mark.peer("dtmf", "sipp")
@pytest.mark.conformance(119, 121)
def test_capture_that_sipp_plays_is_heard_and_counted(
    play: Play, start_uac: StartUac, free_port: Callable[[], int], tmp_path: Path
) -> None:
    write_tone_capture(tmp_path / "tone.pcap")
    port = free_port()
    run = play(
        us(
            *(step("INCOMING"), step("Answer"), step("AUDIO", kind="tone", durationMs=500)),
            *(step("DTMFReceived", expectedDigit="1"), step("AssertMedia", codec="PCMA"), BYE),
            port=port,
        )
    )
    words = {
        "pcap/g711a.pcap": str(tmp_path / "tone.pcap"),
        'milliseconds="8000"': 'milliseconds="1400"',
        "pcap/dtmf_2833_1.pcap": str(DIGIT),
        'milliseconds="1000"': 'milliseconds="300"',
    }
    sipp = start_uac(port, words)

    run.completes()
    assert asyncio.run(sipp.end()).verdict == {"successful": 1}
    assert run.repeated == []
    (figures,) = [event.figures for event in run.events.of(MediaChanged) if event.figures is not None]
    assert (figures["lost"], figures["doubled"]) == (len(LOST), 1 + 2)
    assert figures["packetsReceived"] == PACKETS - len(LOST) + 1 + 10


@pytest.mark.peer("dtmf", "sipp")
@pytest.mark.conformance(119)
def test_digits_that_sipp_makes_are_heard_once_each(
    play: Play, start_uac: StartUac, free_port: Callable[[], int]
) -> None:
    port = free_port()
    each = [step("DTMFReceived", expectedDigit=digit) for digit in DIGITS]
    run = play(us(step("INCOMING"), step("Answer"), *each, BYE, port=port))
    words = {
        "101": "96",  # of what it makes
        'play_pcap_audio="pcap/g711a.pcap"': f'play_dtmf="{DIGITS}"',
        'milliseconds="8000"': 'milliseconds="1500"',
        '<exec play_pcap_audio="pcap/dtmf_2833_1.pcap"/>': "",
    }
    sipp = start_uac(port, words)

    run.completes()
    assert asyncio.run(sipp.end()).verdict == {"successful": 1}
    assert run.repeated == []
    assert len([event for event in run.events.of(MediaChanged) if event.media == "dtmf"]) == len(DIGITS)
