"""The measurement of bench.rtp still runs, in miniature."""

from __future__ import annotations

from bench.rtp import measure


def test_every_cost_is_measured() -> None:
    assert all(cost_us > 0 for cost_us in measure(packets=100, rounds=1).values())
