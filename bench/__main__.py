"""`python -m bench`: our user agent beside SIPp, in turns, as ratios. See docs/performance.md."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import report
from bench.memory import measure_settled, measure_standing
from bench.parties import LIMIT_S, ROOT, Agent, BenchFailed, sipp_client, sipp_server
from bench.speed import OPEN_CALLS, Kind, cores, measure, sustain, target_of
from bench.streams import StreamSizes, is_in_time, measure_streams, streams_table


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int
    sipp_calls: int
    """Per leg of SIPp against SIPp."""
    our_calls: int
    """Per leg with us as one of the two."""
    rounds_with_media: int
    """In how many of the rounds the legs with real sessions are measured too."""
    standing: int
    settles: bool
    scenario_calls: int
    scenario_rounds: int
    streams: StreamSizes


FULL = Sizes(
    rounds=5, sipp_calls=20_000, our_calls=10_000, rounds_with_media=3, standing=5_000, settles=True,
    scenario_calls=200, scenario_rounds=3, streams=StreamSizes((250, 500, 1_000, 1_500, 2_000), 2, 4.0, 500),
)  # fmt: skip
QUICK = Sizes(
    rounds=3, sipp_calls=8_000, our_calls=4_000, rounds_with_media=1, standing=2_000, settles=False,
    scenario_calls=100, scenario_rounds=1, streams=StreamSizes((250, 1_000), 1, 3.0, 200),
)  # fmt: skip

MEDIA_LEGS = (
    (Kind.NEGOTIATED, Kind.SIPP),
    (Kind.BOUND, Kind.SIPP),
    (Kind.SIPP, Kind.NEGOTIATED),
    (Kind.SIPP, Kind.BOUND),
)


def measure_rounds(sizes: Sizes) -> list[report.Round]:
    """All legs in turn, again and again, so that whatever else the machine does meets all of them."""
    rounds = []
    for number in range(sizes.rounds):
        legs = [report.BOTH_SIPP, report.CALLER, report.CALLEE]
        legs += MEDIA_LEGS if number < sizes.rounds_with_media else ()
        rounds.append(
            {pair: measure(*pair, sizes.sipp_calls if pair == report.BOTH_SIPP else sizes.our_calls) for pair in legs}
        )
    return rounds


def measure_scenario(sizes: Sizes) -> list[dict[str, float]]:
    """Run bench.scenario as a process of its own."""
    command = [sys.executable, "-m", "bench.scenario", "--calls", str(sizes.scenario_calls)]
    command += ["--rounds", str(sizes.scenario_rounds)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=LIMIT_S, check=False)
    if done.returncode:
        raise BenchFailed("the scenarios could not be run")
    results: list[dict[str, float]] = json.loads(done.stdout)
    return results


def run(sizes: Sizes, command: str, sustained_s: float = 0.0) -> tuple[str, bool]:
    """Measure everything; returns the tables, and whether the user agent reaches its aim."""
    rounds = measure_rounds(sizes)
    parts = [
        report.machine_note(command),
        report.speed_tables(rounds),
        report.added_table(rounds, measure_scenario(sizes)),
        report.memory_table(
            measure_standing(*report.BOTH_SIPP, sizes.standing),
            measure_standing(*report.CALLER, sizes.standing),
            measure_standing(*report.CALLEE, sizes.standing),
            measure_settled(Kind.PREPARED, sizes.standing) if sizes.settles else None,
        ),
    ]
    if sustained_s:
        parts.append(
            report.sustained_table(
                {
                    "UAC": sustain(*report.CALLER, sizes.our_calls, sustained_s),
                    "UAS": sustain(*report.CALLEE, sizes.our_calls, sustained_s),
                }
            )
        )
    return "\n\n".join(parts), report.meets_target(rounds)


def run_streams(sizes: Sizes, command: str) -> tuple[str, bool]:
    """Measure streams; returns the table, and whether they reach their aim."""
    both, one_way = measure_streams(sizes.streams)
    tables = streams_table(both, one_way, measure_settled(Kind.STREAMING, sizes.streams.calls))
    return f"{report.machine_note(command)}\n\n{tables}", is_in_time(both)


def profile(side: str, calls: int) -> str:
    """Where the time goes while our UAC or UAS meets SIPp, or while a scenario runs."""
    if side == "scenario":
        command = [sys.executable, "-m", "bench.scenario", "--profile"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if side == "uac":
            with sipp_server(cores()[1], folder) as server, Agent(cores()[0], "--profile") as agent:
                agent.ask(f"call {calls} {target_of(server)}")
                return str(agent.ask("quit")["profile"])
        with (
            Agent(cores()[1], "--profile") as agent,
            sipp_client(agent.port, cores()[0], folder, calls=calls, open_calls=OPEN_CALLS) as client,
        ):
            client.wait_ended()
            return str(agent.ask("quit")["profile"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. The exit code is 1 where an aim is missed or nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a shorter form")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    parser.add_argument(
        "--sustained", type=float, default=0.0, metavar="SECONDS",
        help="also call without a pause for so long; after 32 s old transactions end while new ones begin",
    )  # fmt: skip
    parser.add_argument("--streams", action="store_true", help="measure only streams of media")
    parser.add_argument("--profile", choices=("uac", "uas", "scenario"), help="say where the time goes instead")
    options = parser.parse_args(arguments)
    if shutil.which("sipp") is None:
        print("bench: SIPp is missing (scripts/test --peers installs it, as root)", file=sys.stderr)
        return 1
    sizes = QUICK if options.quick else FULL
    try:
        if options.profile:
            print(profile(options.profile, sizes.our_calls))
            return 0
        command = " ".join(["python -m bench", *(sys.argv[1:] if arguments is None else arguments)])
        command = command.replace(" --write", "")
        parts: list[tuple[str, tuple[str, bool]]] = []
        if not options.streams:
            parts.append((report.CALLS, run(sizes, command, options.sustained)))
        parts.append((report.STREAMS, run_streams(sizes, command)))
        if options.write:
            for name, (text, _) in parts:
                report.write_page(text, name)
    except BenchFailed as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    for name, (text, is_met) in parts:
        print(f"{text}\n\naim of the {name}: {'met' if is_met else 'missed'}\n")
    return 0 if all(is_met for _, (_, is_met) in parts) else 1


if __name__ == "__main__":
    sys.exit(main())
