"""The tables: what they say, and how they get into docs/performance.md."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.memory import Standing
from bench.parties import ROOT, BenchFailed
from bench.speed import Kind, Leg

PAGE = ROOT / "docs" / "performance.md"
CALLS, STREAMS = "calls", "streams"
"""Names of what is written between marks of its own."""
TARGET = 0.5
"""Calls a second per core, ours to SIPp's: what the user agent aims at."""

Round = dict[tuple[Kind, Kind], Leg]
CALLER, CALLEE = (Kind.PREPARED, Kind.SIPP), (Kind.SIPP, Kind.PREPARED)
BOTH_SIPP = (Kind.SIPP, Kind.SIPP)


def speed_tables(rounds: Sequence[Round]) -> str:
    """Ours beside SIPp's own, as ratios of the same round, and then in absolute figures."""
    ratios = table(
        ("user agent as", "calls/s per core, ours : SIPp", "calls/s by the clock, ours : SIPp", "failed", "resent"),
        [
            _ratio_row("UAC (calls SIPp)", rounds, CALLER, Leg.caller_us),
            _ratio_row("UAS (SIPp calls it)", rounds, CALLEE, Leg.callee_us),
        ],
    )
    figures = table(
        ("caller → callee", "calls/s by the clock", "caller, CPU µs per call", "callee, CPU µs per call"),
        [
            (
                f"{_name(pair[0])} → {_name(pair[1])}",
                spread([r[pair].rate for r in rounds]),
                spread([r[pair].caller_us() for r in rounds]),
                spread([r[pair].callee_us() for r in rounds]),
            )
            for pair in (BOTH_SIPP, CALLER, CALLEE)
        ],
    )
    return f"{ratios}\n\n{figures}"


def _ratio_row(name: str, rounds: Sequence[Round], pair: tuple[Kind, Kind], cost: Callable[[Leg], float]) -> list[str]:
    legs = [r[pair] for r in rounds]
    per_core = [cost(r[BOTH_SIPP]) / cost(r[pair]) for r in rounds]
    return [
        name,
        spread(per_core, 2),
        spread([r[pair].rate / r[BOTH_SIPP].rate for r in rounds], 2),
        str(sum(leg.failed for leg in legs)),
        str(sum(leg.retransmissions for leg in legs)),
    ]


def meets_target(rounds: Sequence[Round]) -> bool:
    """Whether both ratios per core reach the target in the median, without failed calls and retransmissions."""
    ours = [r[pair] for r in rounds for pair in (CALLER, CALLEE)]
    return (
        median(r[BOTH_SIPP].caller_us() / r[CALLER].caller_us() for r in rounds) >= TARGET
        and median(r[BOTH_SIPP].callee_us() / r[CALLEE].callee_us() for r in rounds) >= TARGET
        and not any(leg.failed or leg.retransmissions for leg in ours)
    )


def added_table(rounds: Sequence[Round], scenario: Sequence[dict[str, float]]) -> str:
    """What comes on top of the bare user agent."""

    def added(kind: Kind, less: Kind, *, as_caller: bool) -> str:
        cost = Leg.caller_us if as_caller else Leg.callee_us
        pairs = [(kind, Kind.SIPP), (less, Kind.SIPP)] if as_caller else [(Kind.SIPP, kind), (Kind.SIPP, less)]
        return spread([cost(r[pairs[0]]) - cost(r[pairs[1]]) for r in rounds if pairs[0] in r])

    rows = [
        (
            name,
            added(kind, less, as_caller=True),
            added(kind, less, as_caller=False),
        )
        for name, kind, less in (
            ("offer and answer", Kind.NEGOTIATED, Kind.PREPARED),
            ("an RTP port pair, bound and closed", Kind.BOUND, Kind.NEGOTIATED),
        )
    ]
    agents = table(("on top of a bare call", "UAC, CPU µs per call", "UAS, CPU µs per call"), rows)
    engine = table(
        ("one call at a time, both ends in one process", "CPU µs"),
        [
            ("bare user agents, per call", spread([r["prepared"] for r in scenario])),
            ("with offer, answer and RTP ports, per call", spread([r["bound"] for r in scenario])),
            (
                f"run by the scenario engine ({scenario[0]['events']:.0f} events a call), per call",
                spread([r["scenario"] for r in scenario]),
            ),
            ("reading and checking the nodes of a call", spread([r["load"] for r in scenario])),
            ("a whole run of one call, from the file to cleanup", spread([r["run"] for r in scenario])),
        ],
    )
    return f"{agents}\n\n{engine}"


def memory_table(sipp: Standing, caller: Standing, called: Standing, settled: Standing | None) -> str:
    """Bytes per standing call."""

    def kib(number: float) -> str:
        return f"{number / 1024:.1f}"

    rows = [
        ("SIPp", kib(sipp.caller_bytes), kib(sipp.callee_bytes)),
        ("ours, in the first 32 s, while transactions live", kib(caller.caller_bytes), kib(called.callee_bytes)),
    ]
    if settled is not None:
        rows.append(("ours, after that", kib(settled.caller_bytes), kib(settled.callee_bytes)))
    return table(("a standing call", "UAC, KiB", "UAS, KiB"), rows)


def sustained_table(legs: dict[str, list[Leg]]) -> str:
    """The first leg and the last one of a long run."""
    rows = []
    for name, run in legs.items():
        cost = Leg.caller_us if run[0].caller is not Kind.SIPP else Leg.callee_us
        rows.append(
            (
                name,
                f"{sum(leg.calls for leg in run):,}",
                f"{sum(leg.seconds for leg in run):.0f}",
                f"{cost(run[0]):.0f}",
                f"{cost(run[-1]):.0f}",
                str(sum(leg.failed for leg in run)),
                str(sum(leg.retransmissions for leg in run)),
            )
        )
    heads = ("user agent as", "calls", "seconds", "CPU µs per call, first", "last", "failed", "resent")
    return table(heads, rows)


def _name(kind: Kind) -> str:
    return "SIPp" if kind is Kind.SIPP else "ours"


def spread(values: Sequence[float], digits: int = 0) -> str:
    """The median, and between which values it lies."""
    middle, low, high = (f"{value:,.{digits}f}" for value in (median(values), min(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that can also be read as it is."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return "| " + " | ".join((first, *others)) + " |"

    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join((line(heads), rule, *(line(row) for row in rows)))


def machine_note(command: str) -> str:
    """When, how and on what."""
    cpus = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    sipp = re.search(r"v[\d.]+", subprocess.run(["sipp", "-v"], capture_output=True, text=True, check=False).stdout)
    return (
        f"`{command}`, {dt.datetime.now(dt.UTC).date()}: "
        f"{os.cpu_count()} cores ({cpus[1] if cpus else platform.machine()}), {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}, SIPp {sipp[0] if sipp else '?'}. "
        "Median, and in brackets the lowest and the highest round."
    )


def marks(name: str) -> tuple[str, str]:
    """Between which lines of the page such figures stand."""
    return f"<!-- bench {name}: begin -->", f"<!-- bench {name}: end -->"


def write_page(text: str, name: str, page: Path = PAGE) -> None:
    """Replace what stands between the marks of a page."""
    begin, end = marks(name)
    before, _, rest = page.read_text().partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise BenchFailed(f"{page.name} has no {begin} … {end}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
