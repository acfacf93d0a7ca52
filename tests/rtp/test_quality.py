"""The E-model against figures that ITU-T publishes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.rtp import IMPAIRMENTS, mos_of, rate
from sipflow.rtp.quality import G711, G711_UNCONCEALED


@pytest.mark.parametrize(
    ("r", "mos"),
    [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (100, 4.5), (120, 4.5), (0, 1.0), (-5, 1.0), (3, 1.0)],
)
def test_mos_is_that_of_the_table(r: float, mos: float) -> None:
    # ITU-T G.107 Annex B, table B.1, which makes 4.03 of 4.024.
    assert mos_of(r) == pytest.approx(mos, abs=0.0065)


def test_call_without_loss_and_delay_has_the_default_rating() -> None:
    # ITU-T G.107: R 93.2 with all defaults, which is MOS 4.41.
    quality = rate(G711, expected=1_000)

    assert quality.r == 93.2
    assert quality.mos == pytest.approx(4.41, abs=0.005)


def test_loss_costs_what_the_formula_says() -> None:
    # G.107 eq. 7-29 by hand: 95 × 2 / (2 + 25.1) = 7.01, without concealment 95 × 2 / (2 + 4.3) = 30.16.
    assert rate(G711, lost=20, expected=1_000, loss_runs=20).r == pytest.approx(93.2 - 7.011, abs=0.01)
    assert rate(G711_UNCONCEALED, lost=20, expected=1_000, loss_runs=20).r == pytest.approx(93.2 - 30.159, abs=0.01)


def test_bursts_cost_more_than_scattered_losses() -> None:
    # Runs of 2 where chance would make 1/0.98: BurstR 1.96; 95 × 2 / (2 / 1.96 + 25.1) = 7.27.
    assert rate(G711, lost=20, expected=1_000, loss_runs=10).r == pytest.approx(93.2 - 7.274, abs=0.01)


def test_delay_costs_nothing_up_to_100_ms_and_then_what_the_formula_says() -> None:
    # Idd at 200 ms, X = 1: 25 × (2^(1/6) - 3 × (1 + 3^-6)^(1/6) + 2) = 3.04; at 400 ms, X = 2: 24.07.
    assert rate(G711, delay_s=0.1).r == 93.2
    assert rate(G711, delay_s=0.2).r == pytest.approx(93.2 - 3.045, abs=0.01)
    assert rate(G711, delay_s=0.4).r == pytest.approx(93.2 - 24.07, abs=0.03)


def test_every_codec_of_the_product_can_be_rated() -> None:
    assert {"PCMU", "PCMA", "G722", "OPUS"} <= set(IMPAIRMENTS)


@given(st.integers(0, 2_000), st.integers(0, 1_000), st.integers(0, 300), st.floats(0, 100))
def test_any_stream_has_a_rating_within_bounds(lost: int, expected: int, runs: int, delay_s: float) -> None:
    quality = rate(G711, lost=lost, expected=expected, loss_runs=runs, delay_s=delay_s)

    assert 0.0 <= quality.r <= 93.2
    assert 1.0 <= quality.mos <= 4.5


@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_more_loss_is_never_better(one: int, other: int) -> None:
    few, many = sorted((one, other))

    assert (
        rate(G711, lost=few, expected=1_000, loss_runs=few).r >= rate(G711, lost=many, expected=1_000, loss_runs=many).r
    )
