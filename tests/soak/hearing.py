"""Trials of the detectors: how often they miss what is there, and how often they hear what is not.

`scripts/soak hearing` runs thousands of seeded trials and prints the table of docs/media.md; tests/media runs a few.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sipflow.media.codecs import KINDS
from sipflow.media.dtmf_tones import DTMF_HZ, KEYS
from sipflow.media.fingerprints import FINGERPRINTS_HZ, TREMOLO_DEPTH, TREMOLO_HZ
from sipflow.media.hearing import DtmfDetector, FingerprintDetector
from sipflow.media.samples import amplitude, clipped
from sipflow.media.sounds.sound import FINGERPRINT_DBFS, open_sound
from tests.soak.concealment import Concealment

Random = np.random.Generator
Signal = NDArray[np.float64]
SENDERS = len(FINGERPRINTS_HZ)
HEARD_S = 4
LOSS = 0.1
LOUD_DB = 12


@dataclass
class Tally:
    """What a number of trials came to."""

    trials: int = 0
    wanted: int = 0
    missed: int = 0
    missed_loud: int = 0
    """Of those, the ones that were within 12 dB of the loudest."""
    false: int = 0
    off_db: list[float] = field(default_factory=list)
    """By how much the levels that were told are off."""

    def add(self, other: Tally) -> None:
        self.trials += other.trials
        self.wanted += other.wanted
        self.missed += other.missed
        self.missed_loud += other.missed_loud
        self.false += other.false
        self.off_db += other.off_db


def sent_fingerprint(number: int, rate: int, random: Random, skew_ppm: float) -> Signal:
    """A fingerprint as a clock of its own makes it, from anywhere on."""
    seconds = (np.arange(HEARD_S * rate) / rate + random.uniform(0, 10)) * (1 + skew_ppm * 1e-6)
    frequencies = FINGERPRINTS_HZ[number - 1]
    tones = np.sum([np.sin(2 * np.pi * frequency * seconds) for frequency in frequencies], axis=0)
    swelling: Signal = tones * (1 + TREMOLO_DEPTH * np.cos(2 * np.pi * TREMOLO_HZ * seconds))
    power = len(frequencies) / 2 * (1 + TREMOLO_DEPTH**2 / 2)
    swelling *= amplitude(FINGERPRINT_DBFS) / np.sqrt(power)
    return swelling


def carried(signal: Signal, name: str, random: Random, loss: float) -> Signal:
    """A signal behind a codec at its own rate and the loss of packets, half of it concealed, half of it silent."""
    kind = KINDS[name]
    codec, count, samples = kind.open(), kind.samples(20), clipped(signal)
    concealment, conceals, pieces = Concealment(kind.sample_rate_hz), random.random() < 0.5, []
    for start in range(0, len(samples) - count + 1, count):
        payload = codec.encode(samples[start : start + count])
        if random.random() >= loss:
            pieces.append(codec.decode(payload))
            concealment.heard(pieces[-1])
        else:
            pieces.append(concealment.conceal(count) if conceals else np.zeros(count, np.int16))
    return np.concatenate(pieces).astype(np.float64)


def resampled(signal: Signal, rate: int, wanted: int) -> Signal:
    import soxr

    return signal if rate == wanted else soxr.resample(signal, rate, wanted).astype(np.float64)


def fingerprints_heard(signal: Signal, rate: int) -> dict[int, float]:
    detector = FingerprintDetector(rate)
    for start in range(0, len(signal), rate // 50):
        detector.feed(clipped(signal[start : start + rate // 50]))
    return detector.heard()


def compare(heard: dict[int, float], levels: dict[int, float]) -> Tally:
    missed = levels.keys() - heard.keys()
    loud = [number for number in missed if levels[number] > max(levels.values()) - LOUD_DB]
    off_db = [heard[number] - level for number, level in levels.items() if number in heard]
    return Tally(1, len(levels), len(missed), len(loud), len(heard.keys() - levels.keys()), off_db)


def clean_trial(seed: int) -> Tally:
    """Some senders, none to all, through G.711 and no worse."""
    random = np.random.default_rng([1, seed])
    senders = random.permutation(SENDERS)[: random.integers(0, SENDERS + 1)] + 1
    total = np.zeros(HEARD_S * 8_000)
    for number in senders:
        total += sent_fingerprint(int(number), 8_000, random, 0)
    heard = fingerprints_heard(carried(total, str(random.choice(["PCMU", "PCMA"])), random, 0), 8_000)
    return compare(heard, dict.fromkeys(map(int, senders), FINGERPRINT_DBFS))


def hard_trial(seed: int, loss: float = LOSS) -> Tally:
    """Up to eight senders with gains of -20 to 6 dB, each with its own clock, codec and loss; mixed, noisy, sent on."""
    random = np.random.default_rng([2, seed])
    senders = random.permutation(SENDERS)[: random.choice([0, 1, 1, 2, 2, 3, 4, 6, 8])] + 1
    names = list(KINDS)
    last = str(random.choice(names))
    rate = KINDS[last].sample_rate_hz
    total, levels = np.zeros(HEARD_S * rate), {}
    for number in map(int, senders):
        name, gain_db = str(random.choice(names)), random.uniform(-20, 6)
        own_rate = KINDS[name].sample_rate_hz
        sent = sent_fingerprint(number, own_rate, random, random.uniform(-100, 100)) * 10 ** (gain_db / 20)
        arrived = resampled(carried(sent, name, random, loss / 2), own_rate, rate)
        total[: len(arrived)] += arrived[: len(total)]
        levels[number] = FINGERPRINT_DBFS + gain_db
    total += random.standard_normal(len(total)) * 32_768 * 10 ** (random.uniform(-60, -40) / 20)
    return compare(fingerprints_heard(carried(total, last, random, loss / 2), rate), levels)


def music(rate: int, random: Random) -> Signal:
    """Chords of sustained notes in equal temperament, with harmonics."""
    seconds = np.arange(HEARD_S * rate) / rate
    total: Signal = np.zeros(len(seconds))
    for start in np.arange(0, HEARD_S, random.uniform(0.3, 2)):
        fading = (seconds >= start) * np.exp(-np.clip(seconds - start, 0, None))
        for note in 110 * 2 ** (random.integers(0, 36, 4) / 12):
            for harmonic in range(1, min(9, int(3_700 / note))):
                total += fading / harmonic * np.sin(2 * np.pi * note * harmonic * seconds)
    total *= 16_000 / np.abs(total).max()
    return total


def voice(rate: int, random: Random) -> Signal:
    """Harmonics of a pitch that is held or glides."""
    seconds = np.arange(HEARD_S * rate) / rate
    pitch, glide = random.uniform(80, 300), random.choice([0, 0, 5, 20])
    phase = 2 * np.pi * (pitch * seconds + glide * np.sin(2 * np.pi * random.uniform(0.2, 2) * seconds))
    falling = random.uniform(0, 1)
    total: Signal = np.zeros(len(seconds))
    for harmonic in range(1, int(3_700 / pitch)):
        total += np.sin(harmonic * phase) / harmonic**falling
    total *= np.sin(np.pi * random.uniform(0, 4) * seconds + 1) ** 2 * 4_000
    return total


def many_tones(rate: int, random: Random) -> Signal:
    """Up to thirty steady tones anywhere: the worst that can come by chance."""
    seconds = np.arange(HEARD_S * rate) / rate
    total: Signal = np.zeros(len(seconds))
    for frequency in random.uniform(300, 3_400, random.integers(1, 31)):
        total += 900 * np.sin(2 * np.pi * frequency * seconds)
    return total


def foreign(rate: int, random: Random) -> Signal:
    """Sound that holds no fingerprint and no digit: silence, noise, call progress, speech-like, voice or music."""
    names = ["silence", "noise", "speech", "dial", "dial-us", "ring-back", "ring-back-us", "busy-us", "tone-1000"]
    choice = random.integers(3)
    if choice == 0:
        sound = open_sound(str(random.choice(names)) + ":600", rate)
        sound.read(int(random.integers(8 * rate)))
        return sound.read(HEARD_S * rate).astype(np.float64) * random.uniform(0.1, 2)
    return (music if choice == 1 else voice)(rate, random) * random.uniform(0.1, 1.5)


def foreign_trial(seed: int, make: Callable[[int, Random], Signal] = foreign) -> Tally:
    """No fingerprint, but other sound."""
    random = np.random.default_rng([3, seed])
    heard = fingerprints_heard(carried(make(8_000, random), str(random.choice(["PCMU", "PCMA"])), random, 0.02), 8_000)
    return compare(heard, {})


def digits_trial(seed: int) -> Tally:
    """Eight digits of 40 to 80 ms and pauses alike; level, twist and frequencies within Q.24, noise, and G.711."""
    random = np.random.default_rng([4, seed])
    keys = "".join(random.choice(list(KEYS), 8))
    level, twist, off = random.uniform(-30, -12), random.uniform(-8, 4), random.uniform(-0.015, 0.015)
    gains_dbfs = level - max(twist, 0), level + min(twist, 0)
    parts: list[Signal] = [np.zeros(random.integers(100, 900))]
    for key in keys:
        seconds = np.arange(random.integers(320, 640)) / 8_000
        for tone_hz, gain_dbfs in zip(DTMF_HZ[key], gains_dbfs, strict=True):
            phase = 2 * np.pi * tone_hz * (1 + off) * seconds + random.uniform(0, 7)
            parts.append(amplitude(gain_dbfs) * np.sqrt(2) * np.sin(phase))
        parts[-2:] = [parts[-2] + parts[-1], np.zeros(random.integers(320, 640))]
    signal = np.concatenate([*parts, np.zeros(2_000)])
    signal += random.standard_normal(len(signal)) * amplitude(min(gains_dbfs) - 15)
    heard = digits_heard(carried(signal, str(random.choice(["PCMU", "PCMA"])), random, 0))
    right = len(keys) if heard == keys else sum(a == b for a, b in zip(keys, heard, strict=False))
    return Tally(1, len(keys), len(keys) - right, len(keys) - right, max(len(heard) - len(keys), 0))


def digits_heard(signal: Signal, rate: int = 8_000) -> str:
    detector = DtmfDetector(rate)
    return "".join(detector.feed(clipped(signal[start : start + 160])) for start in range(0, len(signal), 160))


def talk_off_trial(seed: int) -> Tally:
    """Other sound, in which there is no digit."""
    random = np.random.default_rng([5, seed])
    return Tally(1, false=len(digits_heard(carried(foreign(8_000, random), "PCMU", random, 0.02))))


TRIALS: dict[str, tuple[Callable[[int], Tally], int]] = {
    "fingerprints, clean": (clean_trial, 1_000),
    "fingerprints, all at once wrong": (hard_trial, 2_000),
    "fingerprints, the same without loss": (partial(hard_trial, loss=0.0), 1_000),
    "no fingerprint: silence, noise, tones, voice, music": (foreign_trial, 3_000),
    "no fingerprint: up to 30 tones anywhere": (partial(foreign_trial, make=many_tones), 3_000),
    "DTMF within Q.24": (digits_trial, 2_000),
    "no DTMF: silence, noise, tones, voice, music": (talk_off_trial, 5_000),
}


def run(name: str, seeds: Sequence[int]) -> Tally:
    """Run one kind of trial with these seeds."""
    trial, tally = TRIALS[name][0], Tally()
    for seed in seeds:
        tally.add(trial(seed))
    return tally


HEAD = """| trials | number | looked for | missed | of these within 12 dB of the loudest | false | level off, 99 % |
| --- | --- | --- | --- | --- | --- | --- |"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the trials")
    parser.add_argument("--only", default="", help="trials whose name holds this")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(HEAD)  # noqa: T201
    with ProcessPoolExecutor(options.workers) as pool:
        for name, (_, count) in TRIALS.items():
            if options.only in name:
                seeds, tally = range(max(int(count * options.share), 1)), Tally()
                for part in pool.map(partial(run, name), [seeds[start::16] for start in range(16)]):
                    tally.add(part)
                off = f"{np.quantile(np.abs(tally.off_db), 0.99):.1f} dB" if tally.off_db else ""
                columns = (tally.trials, tally.wanted, tally.missed, tally.missed_loud, tally.false, off)
                print(f"| {name} | {' | '.join(map(str, columns))} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
