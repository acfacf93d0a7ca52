"""A recording of a stream: everything in its place, whatever waits in the playout buffer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipflow.media.codecs import find_kind
from sipflow.media.recorder import Recorder
from sipflow.media.samples import Samples
from sipflow.rtp import RtpPacket

RATE = 8_000
LOUD = np.full(160, 8_000, np.int16)
PAYLOAD_TYPES = {"PCMU": 0, "PCMA": 8}


def packet(codec: str, number: int, *, clock: int = 0, ssrc: int = 7) -> RtpPacket:
    """A loud packet; `clock` is how many packet times the media clock is ahead of the sequence."""
    kind = find_kind(codec)
    assert kind is not None
    return RtpPacket(PAYLOAD_TYPES[codec], number, 160 * (number + clock), ssrc, kind.open().encode(LOUD))


def record(path: Path, arrivals: list[tuple[float, str, RtpPacket]]) -> Samples:
    """What is on the left of the file."""
    recorder = Recorder(path, 0.0, RATE, on_failure=lambda _: None, on_end=lambda _: None)
    for at, codec, arrived in arrivals:
        recorder.receive(codec, arrived, at)
    recorder.end()
    heard: Samples = soundfile.read(path, dtype="int16")[0][:, 0]
    return heard


def loud_frames(heard: Samples) -> list[int]:
    """Which packet times are loud throughout."""
    frames = heard[: len(heard) // 160 * 160].reshape(-1, 160).astype(int)
    return [n for n, frame in enumerate(frames) if np.abs(frame - 8_000).max() < 300]


def test_last_packets_before_a_pause_stay_before_it(tmp_path: Path) -> None:
    early = [(0.02 * n, "PCMU", packet("PCMU", n)) for n in range(5)]
    late = [(5.0 + 0.02 * n, "PCMU", packet("PCMU", 5 + n, clock=245)) for n in range(5)]

    heard = record(tmp_path / "pause.wav", early + late)

    assert loud_frames(heard) == [*range(5), *range(250, 255)]


def test_what_waits_is_decoded_by_its_own_codec(tmp_path: Path) -> None:
    arrivals = [(0.02 * n, codec, packet(codec, n)) for n, codec in enumerate(["PCMU"] * 5 + ["PCMA"] * 5)]

    assert loud_frames(record(tmp_path / "codecs.wav", arrivals)) == list(range(10))


def level_dbfs(samples: Samples) -> float:
    return float(20 * np.log10(max(np.sqrt(np.mean(samples.astype(float) ** 2)), 1) / 32_768))


def noise(number: int, *, clock: int = 0, level: int = 40) -> RtpPacket:
    """A packet of comfort noise in the place of a packet of sound."""
    return RtpPacket(13, number, 160 * (number + clock), 7, bytes([level]))


@pytest.mark.conformance(124)
def test_comfort_noise_is_heard_to_the_next_sound_and_leaves_it_whole(tmp_path: Path) -> None:
    before = [(0.02 * n, "PCMU", packet("PCMU", n)) for n in range(5)]
    noises = [(0.1, "CN", noise(5)), (1.1, "CN", noise(6, clock=49, level=50))]
    after = [(2.1 + 0.02 * n, "PCMU", packet("PCMU", 7 + n, clock=98)) for n in range(5)]

    heard = record(tmp_path / "noise.wav", before + noises + after)

    assert loud_frames(heard) == [*range(5), *range(105, 110)]
    assert level_dbfs(heard[800:8_800]) == pytest.approx(-40, abs=0.5)
    assert level_dbfs(heard[8_800:16_800]) == pytest.approx(-50, abs=0.5)


def test_comfort_noise_comes_first_lasts_a_minute_at_most_and_is_never_doubled(tmp_path: Path) -> None:
    first = [(0.0, "CN", noise(0)), (0.01, "CN", noise(1, level=30))]
    heard = record(tmp_path / "long.wav", [*first, (120.0, "PCMU", packet("PCMU", 2, clock=5_998))])

    assert level_dbfs(heard[:480_000]) == pytest.approx(-30, abs=1)
    assert not heard[481_000:-200].any()
    assert loud_frames(heard) == [6_000]


def test_flood_of_comfort_noise_costs_little(tmp_path: Path) -> None:
    """Packets whose timestamps leap to and fro describe another noise each: no place is filled twice."""
    leaps = [(0.001 * n, "CN", noise(n, clock=-n + 40 * (n % 2), level=20 + n % 50)) for n in range(1_000)]
    heard = record(tmp_path / "flood.wav", leaps)

    assert len(heard) <= 2 * RATE


def test_packets_out_of_order_are_in_their_places(tmp_path: Path) -> None:
    order = [0, 1, 3, 2, 4, 6, 5]
    arrivals = [(0.02 * place, "PCMU", packet("PCMU", n)) for place, n in enumerate(order)]

    assert loud_frames(record(tmp_path / "order.wav", arrivals)) == list(range(7))


def test_timestamps_that_jump_leave_packets_in_their_place_in_time(tmp_path: Path) -> None:
    arrivals = [(0.02 * n, "PCMU", packet("PCMU", n, clock=200_000 if n >= 5 else 0)) for n in range(10)]

    assert loud_frames(record(tmp_path / "jump.wav", arrivals)) == list(range(10))


def test_two_sources_at_once_are_recorded_as_their_sum(tmp_path: Path) -> None:
    both = [(0.02 * n, "PCMU", packet("PCMU", n, ssrc=ssrc)) for n in range(10) for ssrc in (7, 8)]
    one = [(0.02 * n, "PCMU", packet("PCMU", n, ssrc=8)) for n in range(10, 20)]

    heard = record(tmp_path / "both.wav", both + one).astype(int)

    assert np.abs(heard[:1_600] - 16_000).max() < 600
    assert loud_frames(heard.astype(np.int16)) == list(range(10, 20))


def test_sources_beyond_the_most_are_recorded_one_after_another_and_nothing_is_kept_of_them(tmp_path: Path) -> None:
    arrivals = [(0.02 * n, "PCMU", packet("PCMU", n, ssrc=n)) for n in range(100)]

    assert loud_frames(record(tmp_path / "many.wav", arrivals)) == list(range(100))
