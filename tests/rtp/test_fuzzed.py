"""What the fuzzer looks for, in a bounded form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.packets import SEEDS, play_stream, read_rtcp, read_rtp


@pytest.mark.parametrize(("number", "data"), [seed[1:] for seed in SEEDS], ids=[seed[0] for seed in SEEDS])
def test_seeds_are_good(number: int, data: bytes) -> None:
    {3: read_rtp, 4: read_rtcp, 5: play_stream}[number](data)


@pytest.mark.conformance("R9")
@given(st.binary(max_size=200))
def test_any_datagram_is_read_or_refused(data: bytes) -> None:
    read_rtp(data)
    read_rtcp(data)


# Few values, so that numbers meet.
@pytest.mark.conformance("R9")
@given(st.lists(st.integers(0, 255) | st.sampled_from((0, 1, 2, 255)), max_size=280).map(bytes))
def test_any_stream_is_counted_and_played(data: bytes) -> None:
    play_stream(data)
