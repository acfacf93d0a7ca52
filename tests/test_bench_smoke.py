"""The measurements of bench/ still run, in miniature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench import report
from bench.__main__ import QUICK, run, run_streams
from bench.streams import StreamSizes
from tests.peers import find_peer

MINIATURE = replace(QUICK, rounds=1, sipp_calls=200, our_calls=200, standing=100, scenario_calls=5,
                    streams=StreamSizes((20,), 1, 0.5, 20))  # fmt: skip

pytestmark = [pytest.mark.interop, pytest.mark.alone]


@pytest.fixture(scope="module")
def tables() -> str:
    find_peer("sipp")
    return run(MINIATURE, "python -m bench")[0]


def cells(tables: str, row: str) -> list[str]:
    line = next(line for line in tables.splitlines() if line.startswith(f"| {row}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("side", ["UAC", "UAS"])
def test_bench_fails_no_call_as_uac_or_as_uas(tables: str, side: str) -> None:
    assert cells(tables, side)[-2] == "0"


def test_bench_measures_what_sessions_scenarios_and_standing_calls_cost(tables: str) -> None:
    for row in ("offer and answer", "run by the scenario engine", "ours, in the first 32 s"):
        assert cells(tables, row)[1]


def test_bench_judges_streams_of_ours_and_of_sipp_by_what_arrives() -> None:
    find_peer("sipp")
    text, _ = run_streams(MINIATURE, "python -m bench --streams")
    for row in ("20 two-way | ours", "20 two-way | SIPp", "20 one way | ours", "20 one way | SIPp"):
        heard = cells(text, row)
        assert float(heard[2].split()[0].replace(",", "")) == pytest.approx(1000, rel=0.3), row
        assert heard[4] == "0", row


def test_report_replaces_only_what_stands_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    (begin, end), (other, _) = report.marks(report.STREAMS), report.marks(report.CALLS)
    page.write_text(f"before {other} {begin} old {end} after")

    report.write_page("new", report.STREAMS, page)

    assert page.read_text() == f"before {other} {begin}\n\nnew\n\n{end} after"
