"""1,000 seeded networks between a sender and a receiver of RTP: loss, doubles, jitter, reordering.

    python -m tests.soak.rtp_weather --runs 1000

In each: a stream whose statistics must be those that the arrivals have, and digits that must all be heard once and in
order. The tests do the same with fewer runs. It names the seeds that went wrong, and fails if any did.
"""

from __future__ import annotations

import argparse
import random
import sys

from sipflow.rtp import DIGITS
from tests.rtp.counting import trial
from tests.rtp.events import digits_of, hear, send_digits
from tests.rtp.weather import Weather

STREAM_PACKETS = 1_500
"""Half a minute."""


def counts_right(seed: int, packets: int = STREAM_PACKETS) -> bool:
    """Whether everything counted is so; jitter to a hundredth of a tick."""
    expected, got = trial(seed, packets)
    return got[:-1] == expected[:-1] and abs(got.jitter_ticks - expected.jitter_ticks) < 0.01


def digits_right(seed: int) -> bool:
    """Whether 12 digits arrive, of which some may be long enough for segments."""
    chance = random.Random(seed)
    digits = "".join(chance.choices(DIGITS, k=12))
    sent = send_digits(digits, ticks=chance.choice((1_280, 1_280, 3_200, 70_000)), pause_packets=chance.randint(2, 10))
    weather = Weather(loss=chance.choice((0.0, 0.1, 0.3)), doubles=0.2, jitter_s=chance.choice((0.0, 0.03, 0.08)))
    return digits_of(hear(weather.deliver(sent, chance))) == digits


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    runs = parser.parse_args().runs
    wrong = {
        name: [seed for seed in range(runs) if not right(seed)]
        for name, right in (("statistics", counts_right), ("digits", digits_right))
    }
    for name, seeds in wrong.items():
        wrongs = f", wrong with seeds {seeds[:20]}" if seeds else ""
        sys.stdout.write(f"{name}: {runs - len(seeds)} of {runs} right{wrongs}\n")
    return int(any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main())
