"""How loud a stream is at the moment."""

from __future__ import annotations

import numpy as np
import pytest

from sipflow.media.codecs import KINDS
from sipflow.media.meter import Meter
from sipflow.media.sounds.sound import open_sound
from sipflow.rtp import RtpPacket
from tests.peers import needs_codec


def frames(codec: str, name: str, count: int) -> list[bytes]:
    kind = KINDS[codec]
    size = kind.sample_rate_hz // 50
    sound, coder = open_sound(name, kind.sample_rate_hz), kind.open()
    return [coder.encode(sound.read(size)) for _ in range(count)]


def packet(payload: bytes) -> RtpPacket:
    return RtpPacket(0, 1, 160, 7, payload)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722", "opus"])
def test_meter_reads_each_way_by_its_last_packet(codec: str) -> None:
    needs_codec(codec)
    meter = Meter()
    for frame in frames(codec, "tone-1000:1", 10):
        meter.receive(codec, packet(frame), 0.0)
        heard, sent = meter.read()
    assert heard == pytest.approx(-16, abs=2)
    assert sent is None

    for frame in frames(codec, "silence:1", 10):
        meter.receive(codec, packet(frame), 0.0)
        meter.sent(codec, frame, 0.0)
        heard, sent = meter.read()
    assert heard is not None
    assert heard < -60
    assert sent is not None
    assert sent < -60


def test_meter_forgets_after_two_readings_without_a_packet() -> None:
    meter = Meter()
    assert meter.read() == (None, None)
    meter.sent("PCMU", KINDS["PCMU"].open().encode(np.full(160, 1_000, np.int16)), 0.0)
    assert [meter.read()[1] is None for _ in range(4)] == [False, False, True, True]


@pytest.mark.parametrize("codec", ["CN", "nonsense"])
def test_meter_survives_what_it_can_not_decode(codec: str) -> None:
    meter = Meter()
    meter.receive(codec, packet(b"\x40"), 0.0)
    meter.receive("PCMU", packet(b""), 0.0)
    meter.read()
    meter.receive(codec, packet(b"\x40"), 0.0)
    meter.read()
