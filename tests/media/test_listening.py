"""What a detector hears of a stream of one source, of two at once, and of one after another."""

from __future__ import annotations

from itertools import cycle, islice

import numpy as np
import pytest

from sipflow.media.codecs import KINDS
from sipflow.media.hearing import Holding, tone
from sipflow.media.listening import FORGET_S, MAX_VOICES, Listening
from sipflow.media.samples import Samples, mixed
from sipflow.media.sounds.sound import open_sound
from sipflow.media.voice import MAX_AHEAD_S
from sipflow.rtp import RtpPacket

RATE = 8_000


class Kept:
    """The detector that keeps what it is given."""

    def __init__(self) -> None:
        self.samples: Samples = np.zeros(0, np.int16)

    def feed(self, samples: Samples) -> None:
        self.samples = np.concatenate([self.samples, samples])


def packets(name: str, ssrc: int, seconds: float) -> list[RtpPacket]:
    """A built-in sound in PCMU, 20 ms a packet."""
    source, codec = open_sound(f"{name}:{seconds}", RATE), KINDS["PCMU"].open()
    frames = range(int(seconds * 50))
    return [RtpPacket(0, ssrc + n, ssrc + 160 * n, ssrc, codec.encode(source.read(160))) for n in frames]


def hear(listening: Listening[Holding] | Listening[Kept], *streams: list[RtpPacket], begin: float = 0.0) -> float:
    """Packets of all streams at once, each 20 ms after the one before it; returns when the last has been heard."""
    now = begin
    for at_once in zip(*streams, strict=True):
        for packet in at_once:
            listening.receive("PCMU", packet, now)
        listening.listen(now)
        now += 0.02
    listening.listen(now + 0.5)
    return now


@pytest.mark.parametrize("frequency", [440, 1_000])
def test_of_two_sources_at_once_both_are_heard(frequency: int) -> None:
    listening = Listening(lambda rate: tone(rate, frequency, 10), RATE, 0.0)

    hear(listening, packets("tone-440", 5, 3), packets("tone-1000", 90_000, 3))

    assert listening.detector.longest_ms == pytest.approx(3_000, abs=100)


def test_sound_goes_on_where_another_source_takes_it_up() -> None:
    listening = Listening(lambda rate: tone(rate, 440, 10), RATE, 0.0)
    sound = packets("tone-440", 5, 2)

    hear(listening, sound[:50] + [packet._replace(ssrc=9, timestamp=packet.timestamp * 7) for packet in sound[50:]])

    assert listening.detector.longest_ms == pytest.approx(2_000, abs=100)


def test_sum_is_in_time_and_a_source_that_has_gone_holds_nothing_up() -> None:
    listening = Listening(lambda _: Kept(), RATE, 0.0)
    noise, other = packets("tone-300", 5, 4), packets("tone-1000", 90_000, 4)

    now = hear(listening, noise[:50], other[:50])
    now = hear(listening, noise[75:], begin=now + 0.5)

    codec = KINDS["PCMU"].open()
    one, two = (np.concatenate([codec.decode(packet.payload) for packet in sound[:50]]) for sound in (noise, other))
    wanted = mixed([one, two])
    heard = listening.detector.samples
    place = int(np.argmax(np.abs(heard) > 1_000)) - int(np.argmax(np.abs(wanted) > 1_000))
    assert np.array_equal(heard[place : place + len(wanted)], wanted)
    assert len(heard) == pytest.approx((now + 0.2) * RATE, abs=0.1 * RATE)
    assert len(listening._voices) == 1
    assert now > 1 + FORGET_S


def test_source_that_floods_beside_another_is_heard_for_what_the_playout_buffer_holds() -> None:
    listening = Listening(lambda rate: tone(rate, 1_000, 10), RATE, 0.0)
    for packet in packets("silence", 5, 0.1):
        listening.receive("PCMU", packet, 0.0)
    for number, packet in enumerate(packets("tone-1000", 90_000, 20)):
        listening.receive("PCMU", packet, number / 10_000)
        listening.listen(number / 10_000)
    listening.listen(30.0)

    assert 2_000 < listening.detector.longest_ms < 1_000 * (MAX_AHEAD_S + 1)


def test_many_sources_are_bounded() -> None:
    listening = Listening(lambda _: Kept(), RATE, 0.0)
    sounds = [packets("tone-1000", 1_000 * n, 0.1) for n in range(100)]
    for packet in islice(cycle(packet for sound in sounds for packet in sound), 5_000):
        listening.receive("PCMU", packet, 0.0)
    listening.listen(0.0)

    assert len(listening._voices) == MAX_VOICES
    assert len(listening.detector.samples) < RATE
