"""The times of RTCP reports by RFC 3550 §6.2 and §6.3."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sipflow.base.ids import RandomIds
from sipflow.rtp import RtcpSchedule


def times(seed: int, *, until: float, size_bytes: int = 100, bandwidth_bps: int = 64_000) -> list[float]:
    """When reports go out: the machine is asked at the times it names."""
    schedule = RtcpSchedule(RandomIds(seed), 0.0, bandwidth_bps)
    found = []
    now = schedule.due_at
    while now < until:
        if schedule.is_due(now):
            found.append(now)
            schedule.sent(size_bytes, now)
            schedule.received(size_bytes)
        assert schedule.due_at > now
        now = schedule.due_at
    return found


def test_reports_come_about_every_five_seconds() -> None:
    gaps = [b - a for seed in range(20) for a, b in pairwise(times(seed, until=600.0))]

    assert 4.5 < sum(gaps) / len(gaps) < 5.5
    # Half to one and a half times 5 s, by e - 1.5; reconsideration asks again, and so goes beyond by no more than that.
    assert min(gaps) >= 2.5 / 1.22
    assert max(gaps) <= 7.5 / 1.21


def test_first_report_comes_after_half_the_time() -> None:
    first = [times(seed, until=20.0)[0] for seed in range(200)]

    assert min(first) >= 1.25 / 1.22
    assert max(first) <= 3.75 / 1.21
    assert 2.0 < sum(first) / len(first) < 2.9


def test_streams_that_begin_together_report_apart() -> None:
    first = sorted(times(seed, until=20.0)[0] for seed in range(200))

    assert sum(1 for at in first if at - first[0] < 0.02) < 5


def test_same_seed_gives_the_same_times() -> None:
    assert times(3, until=100.0) == times(3, until=100.0) != times(4, until=100.0)


def test_reports_of_a_narrow_stream_come_less_often() -> None:
    found = times(1, until=3_600.0, size_bytes=600, bandwidth_bps=8_000)

    # 2 × 628 bytes by 50 bytes/s: every 25 s.
    assert 3_600 / len(found) == pytest.approx(25.1, rel=0.15)


def test_nothing_is_due_before_its_time() -> None:
    schedule = RtcpSchedule(RandomIds(1), 0.0)
    due_at = schedule.due_at

    assert not schedule.is_due(due_at - 0.001)
    assert schedule.due_at == due_at
