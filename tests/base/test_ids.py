"""Identifiers that nobody else has. Source: RFC 3261 §8.1.1.4, §19.3."""

from __future__ import annotations

import pytest

from sipflow.base.ids import RandomIds


@pytest.mark.conformance(3)
def test_every_bit_of_a_tag_is_random_and_nothing_comes_twice() -> None:
    sources = [RandomIds() for _ in range(20)]
    tags = [int(source.tag(), 16) for source in sources for _ in range(50)]
    assert all(300 < sum(tag >> bit & 1 for tag in tags) < 700 for bit in range(64))  # 12 standard deviations
    assert len(set(tags)) == len(tags)
    assert len({source.call_id() for source in sources for _ in range(50)}) == 1_000
    assert len({source.branch() for source in sources for _ in range(50)}) == 1_000


def test_seed_gives_the_same_again() -> None:
    one, other = RandomIds(7), RandomIds(7)
    assert [one.tag(), one.call_id(), one.number(10**9)] == [other.tag(), other.call_id(), other.number(10**9)]
