"""Codecs against the tools that everybody has, and what is known of them without loading them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sipflow.base.errors import CodecUnavailable, LocalProtocolError, PayloadUnreadable
from sipflow.media.codecs import KINDS, AudioCodec, CodecKind, find_kind
from sipflow.media.codecs.codec import nothing_missing
from sipflow.media.samples import Samples
from tests.media.audio_data import convert, ogg_opus, ogg_packets, sine, snr_db, voice_like
from tests.peers import needs_codec

EVERY_SAMPLE = np.arange(-32_768, 32_768).astype(np.int16)
EVERY_CODE = bytes(range(256))
LAWS = [("PCMU", "mulaw", "mu-law"), ("PCMA", "alaw", "a-law")]


def frames(kind: CodecKind, samples: Samples, ptime_ms: int = 20) -> list[Samples]:
    count = kind.samples(ptime_ms)
    return [samples[start : start + count] for start in range(0, len(samples) // count * count, count)]


def through(codec: AudioCodec, pieces: list[Samples]) -> Samples:
    return np.concatenate([codec.decode(codec.encode(piece)) for piece in pieces])


@pytest.mark.conformance(123)
@pytest.mark.parametrize(("name", "ffmpeg", "sox"), LAWS)
def test_g711_encodes_all_samples_and_decodes_all_codes_as_ffmpeg_does(
    name: str, ffmpeg: str, sox: str, tmp_path: Path
) -> None:
    codec = KINDS[name].open()
    linear, law = ["-f", "s16le", "-ar", "8000", "-ac", "1"], ["-f", ffmpeg, "-ar", "8000", "-ac", "1"]

    encoded = convert(tmp_path, EVERY_SAMPLE.astype("<i2").tobytes(), linear, law)
    decoded = np.frombuffer(convert(tmp_path, EVERY_CODE, law, linear), "<i2")

    assert codec.encode(EVERY_SAMPLE) == encoded
    assert np.array_equal(codec.decode(EVERY_CODE), decoded)


@pytest.mark.conformance(123)
@pytest.mark.parametrize(("name", "ffmpeg", "sox"), LAWS)
def test_g711_decodes_all_codes_as_sox_does_and_encodes_the_same_or_the_code_next_to_it(
    name: str, ffmpeg: str, sox: str, tmp_path: Path
) -> None:
    codec = KINDS[name].open()
    linear = ["-t", "raw", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", "-L"]
    law = ["-t", "raw", "-r", "8000", "-c", "1", "-e", sox, "-b", "8"]

    encoded = convert(tmp_path, EVERY_SAMPLE.astype("<i2").tobytes(), linear, law, "sox")
    decoded = np.frombuffer(convert(tmp_path, EVERY_CODE, law, linear, "sox"), "<i2")

    assert np.array_equal(codec.decode(EVERY_CODE), decoded)
    levels = np.unique(decoded)
    ours = np.searchsorted(levels, codec.decode(codec.encode(EVERY_SAMPLE)))
    theirs = np.searchsorted(levels, codec.decode(encoded))
    assert np.abs(ours - theirs).max() <= 1
    assert np.mean(ours != theirs) < 0.03


@pytest.mark.parametrize("name", ["PCMU", "PCMA"])
def test_g711_code_is_that_of_the_nearest_value_at_14_bits(name: str) -> None:
    codec = KINDS[name].open()
    values = codec.decode(EVERY_CODE).astype(int)

    error = np.abs(codec.decode(codec.encode(EVERY_SAMPLE)).astype(int) - EVERY_SAMPLE)
    ascending = np.sort(values)
    above = np.searchsorted(ascending, EVERY_SAMPLE).clip(1, 255)
    best = np.minimum(*(np.abs(ascending[place] - EVERY_SAMPLE) for place in (above - 1, above)))

    assert (error - best).max() <= 8  # two steps of 14 bits


@pytest.mark.parametrize(
    ("name", "clock_hz", "rate"), [("PCMU", 8_000, 8_000), ("G722", 8_000, 16_000), ("opus", 48_000, 48_000)]
)
def test_clock_and_sample_rate_are_those_of_the_payload_format(name: str, clock_hz: int, rate: int) -> None:
    kind = KINDS[name]

    assert (kind.clock_hz, kind.sample_rate_hz) == (clock_hz, rate)
    assert (kind.ticks(20), kind.samples(20)) == (clock_hz // 50, rate // 50)


def test_codec_is_found_by_its_name_in_any_case() -> None:
    assert find_kind("OPUS") is KINDS["opus"]
    assert find_kind("pcmu") is KINDS["PCMU"]
    assert find_kind("GSM") is None


def test_codec_that_lacks_something_says_what() -> None:
    kind = CodecKind("G729", 8_000, 8_000, bytes, lambda: "buy it", KINDS["PCMU"].make)

    with pytest.raises(CodecUnavailable, match="G729 can't be used: buy it"):
        kind.open()
    assert nothing_missing() == ""


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 60])
@pytest.mark.parametrize("name", list(KINDS))
def test_constant_silence_is_a_frame_of_near_silence_even_after_sound(name: str, ptime_ms: int) -> None:
    kind = needs_codec(name)
    codec = kind.open()
    for frame in frames(kind, sine(440, 0.5, kind.sample_rate_hz)):
        codec.decode(codec.encode(frame))

    for _ in range(10):
        silent = codec.decode(kind.silence(ptime_ms))

    assert len(silent) == kind.samples(ptime_ms)
    assert np.abs(silent).max() <= 58  # -55 dBFS


def test_g722_agrees_with_ffmpeg_in_both_directions(tmp_path: Path) -> None:
    kind, spoken = needs_codec("G722"), voice_like(2, 16_000)
    linear = ["-f", "s16le", "-ar", "16000", "-ac", "1"]
    law = ["-f", "g722", "-ar", "16000", "-ac", "1"]
    ours = b"".join(map(kind.open().encode, frames(kind, spoken)))
    theirs = convert(tmp_path, spoken.astype("<i2").tobytes(), linear, law)
    by_ffmpeg = np.frombuffer(convert(tmp_path, ours, ["-f", "g722"], linear), "<i2")
    codec = kind.open()

    assert len(ours) == len(theirs)
    assert snr_db(codec.decode(ours), by_ffmpeg, max_delay=2) > 60
    assert snr_db(spoken, kind.open().decode(ours), max_delay=40) > 16
    assert snr_db(spoken, kind.open().decode(theirs), max_delay=40) > 16


def test_opus_of_ours_sounds_at_ffmpegs_decoder_as_at_ours(tmp_path: Path) -> None:
    kind, tone = needs_codec("opus"), sine(1_000, 1, 48_000)
    codec = kind.open()
    packets = [codec.encode(frame) for frame in frames(kind, tone)]

    by_ffmpeg = convert(tmp_path, ogg_opus(packets), ["-c:a", "opus"], ["-f", "s16le", "-ar", "48000", "-ac", "1"])

    heard = np.concatenate([codec.decode(packet) for packet in packets])
    assert snr_db(heard, np.frombuffer(by_ffmpeg, "<i2"), max_delay=10) > 30
    assert snr_db(tone, heard, max_delay=700) > 20


def test_opus_of_ffmpeg_sounds_at_our_decoder_as_at_its_own(tmp_path: Path) -> None:
    kind, tone = needs_codec("opus"), sine(1_000, 1, 48_000)
    linear = ["-f", "s16le", "-ar", "48000", "-ac", "1"]
    encoded = convert(tmp_path, tone.tobytes(), linear, ["-c:a", "libopus", "-b:a", "64k", "-f", "ogg"])
    by_ffmpeg = convert(tmp_path, encoded, ["-c:a", "opus"], linear)
    codec = kind.open()

    heard = np.concatenate([codec.decode(packet) for packet in ogg_packets(encoded)[2:]])

    reference = np.frombuffer(by_ffmpeg, "<i2")
    pre_skip = int(np.argmax(np.correlate(heard[:4_000].astype(float), reference[:3_000].astype(float), "valid")))
    assert snr_db(reference[:40_000], heard[pre_skip:][:40_000]) > 30


@pytest.mark.parametrize("payload", [b"", b"\xff\xff", bytes(70_000)], ids=["empty", "broken", "too-long"])
def test_payload_that_opus_cannot_have_made_is_refused_and_the_next_one_is_read(payload: bytes) -> None:
    kind = needs_codec("opus")
    codec = kind.open()

    with pytest.raises(PayloadUnreadable, match="opus"):
        codec.decode(payload)

    assert len(codec.decode(kind.silence(20))) == 960


def test_opus_frame_of_a_length_that_there_is_not_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="160 samples"):
        needs_codec("opus").open().encode(np.zeros(160, np.int16))


def test_names_checks_and_silence_need_no_numpy() -> None:
    code = (
        "import sys\n"
        "from sipflow.media import audio, codecs, sounds\n"
        "sounds.parse_sound('tone-1000')\n"
        "audio.check_audio('sound:busy', ())\n"
        "assert all(kind.silence(20) and kind.missing() is not None for kind in codecs.KINDS.values())\n"
        "heavy = {'numpy', 'soundfile', 'soxr'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 0, done.stderr
