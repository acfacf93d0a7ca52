"""Many streams at once: how late packets leave, how much of a core that takes, and the same of SIPp's own streams.

Whoever sends has one core, the far side (bench/reflector.py) the other. Both kinds of senders are judged by the same
receiver, by turns.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.agent import HOST
from bench.memory import Standing
from bench.parties import LIMIT_S, Party, Talker, free_port
from bench.report import spread, table
from bench.speed import cores
from sipflow.media.audio import open_audio
from sipflow.media.codecs import KINDS

TARGET_STREAMS, TARGET_MS = 1_000, 5.0
"""So many two-way streams, with 99 % of the packets sent no later than this."""
SIPP_START_S = 2.0
SIPP_WARM_S = 1.5


@dataclass(frozen=True, slots=True)
class StreamSizes:
    """How much is measured."""

    streams: tuple[int, ...]
    """Two-way ones, one after another."""
    rounds: int
    seconds: float
    calls: int
    """Standing calls with media, for their memory."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one sender did in one leg."""

    streams: int
    """How many were heard of those that were asked for."""
    packets_s: float
    returned_s: float
    """Packets that it took, each second; 0 where that is not known."""
    lost: int
    """On either way, as sequence numbers tell."""
    cpu: float
    """Share of a core."""
    memory_bytes: float
    late_ms: dict[str, float]
    """Behind the moment each packet was due; of SIPp, behind the earliest packet of the stream."""
    gap_ms: dict[str, float]
    """By how much two packets of a stream lay further apart, or closer, than they should."""


Leg = dict[str, Sent]
"""By who sent: `ours`, `SIPp`."""


def measure_streams(sizes: StreamSizes) -> tuple[dict[int, list[Leg]], list[Leg]]:
    """Two-way legs by their number of streams, and one-way legs of twice the target, or of the most there are."""
    both = {number: [_leg(number, sizes.seconds, echoes=True) for _ in range(sizes.rounds)] for number in sizes.streams}
    one_way = min(2 * TARGET_STREAMS, max(sizes.streams))
    return both, [_leg(one_way, sizes.seconds, echoes=False) for _ in range(sizes.rounds)]


def _leg(streams: int, seconds: float, *, echoes: bool) -> Leg:
    return {"ours": _ours(streams, seconds, echoes=echoes), "SIPp": _sipp(streams, seconds, echoes=echoes)}


def _reflector(*, echoes: bool) -> Talker:
    return Talker([sys.executable, "-m", "bench.reflector", *(["--echo"] if echoes else [])], cores()[1])


def _ours(streams: int, seconds: float, *, echoes: bool) -> Sent:
    options = ["--streams", str(streams), "--seconds", str(seconds)]
    with _reflector(echoes=echoes) as far:
        options += ["--target", str(far.greeting["port"])]
        with Talker([sys.executable, "-m", "bench.streamer", *options], cores()[0]) as sender:
            told = sender.greeting
        heard = far.ask(f"report {told['begin']} {told['end']} {json.dumps(told['dues'])}")
    return _sent(heard, told["wall_s"], told["cpu_s"], heard["by_due"], told)


def _sipp(streams: int, seconds: float, *, echoes: bool) -> Sent:
    """SIPp calls SIPp; the callee's description names the reflector, so that only the caller has to do with media."""
    with tempfile.TemporaryDirectory() as name, _reflector(echoes=echoes) as far:
        folder, port = Path(name), free_port()
        with (
            _start_sipp("uas", port, folder, far.greeting["port"], cores()[1]),
            _start_sipp("uac", port, folder, streams, cores()[0]) as caller,
        ):
            time.sleep(SIPP_START_S + SIPP_WARM_S)
            begin, begin_cpu_s = time.time(), caller.cpu_s
            time.sleep(seconds)
            end, cpu_s = time.time(), caller.cpu_s - begin_cpu_s
        heard = far.ask(f"report {begin} {end} {{}}")
    return _sent(heard, end - begin, cpu_s, heard["by_beat"], {})


def _sent(heard: dict[str, Any], wall_s: float, cpu_s: float, late_ms: dict[str, float], told: dict[str, Any]) -> Sent:
    return Sent(
        streams=heard["streams"],
        packets_s=heard["packets"] / wall_s,
        returned_s=told.get("received", 0) / wall_s,
        lost=heard["lost"] + int(told.get("missing", 0)) + int(told.get("unsent", 0)),
        cpu=cpu_s / wall_s,
        memory_bytes=told.get("memory", 0),
        late_ms=late_ms,
        gap_ms=heard["gaps"],
    )


def _start_sipp(side: str, port: int, folder: Path, detail: int, core: int) -> Party:
    """A callee whose media port is `detail`, or a caller of so many calls, each of which plays the same speech."""
    done = subprocess.run(["sipp", "-sd", side], stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False)
    scenario, file = done.stdout.replace("RTP/AVP 0", "RTP/AVP 8").replace("0 PCMU", "8 PCMA"), folder / f"{side}.xml"
    command = ["sipp", "-sf", str(file), "-i", HOST, "-mi", HOST, "-nostdin", "-buff_size", str(4 << 20)]
    if side == "uas":
        file.write_text(scenario.replace("[media_port]", str(detail)))
        party = Party([*command, "-p", str(port)], core, folder)
        time.sleep(0.5)
        return party
    sound = folder / "speech.al"
    sound.write_bytes(KINDS["PCMA"].open().encode(open_audio("sound:speech", (), 8_000).read(40_000)))
    play = f'<nop><action><exec rtp_stream="{sound},-1,8"/></action></nop><pause milliseconds="{int(LIMIT_S * 1000)}"/>'
    file.write_text(scenario.replace("[media_port]", "[rtpstream_audio_port]").replace("<pause/>", play))
    rate = str(max(int(detail / SIPP_START_S), 1))
    calls = ["-m", str(detail), "-l", str(detail), "-r", rate]
    return Party([*command, f"{HOST}:{port}", "-p", str(free_port()), *calls], core, folder)


def streams_table(both: dict[int, list[Leg]], one_way: list[Leg], call: Standing) -> str:
    """Ours beside SIPp's."""
    heads = (
        "streams",
        "who",
        "sent/s",
        "taken/s",
        "lost",
        "of a core",
        "late, ms: p50",
        "p99",
        "max",
        "gap off, ms: p99",
    )
    rows = [_row(f"{number:,} two-way", who, legs) for number, legs in both.items() for who in ("ours", "SIPp")]
    one = one_way[0]["ours"].streams
    rows += [_row(f"{one:,} one way", who, one_way) for who in ("ours", "SIPp")]
    few, many = min(both), max(both)
    text = table(heads, rows) + (
        f"\n\nA whole call with media flowing both ways takes {call.caller_bytes / 1024:.1f} KiB as UAC and "
        f"{call.callee_bytes / 1024:.1f} as UAS."
    )
    if many > few:
        each = (median(_memory(both[many])) - median(_memory(both[few]))) / (many - few)
        text += f" A stream alone, which plays and receives, takes {each / 1024:.1f} KiB."
    reached = max((number for number, legs in both.items() if _are_in_time(legs)), default=0)
    return f"{text}\nThe most two-way streams with p99 under {TARGET_MS:g} ms in the median: {reached:,}."


def is_in_time(both: dict[int, list[Leg]]) -> bool:
    """Whether the wanted number of streams, or the most that were measured, were in time."""
    return _are_in_time(both[min(max(both), TARGET_STREAMS)])


def _are_in_time(legs: Sequence[Leg]) -> bool:
    return median(leg["ours"].late_ms["p99"] for leg in legs) < TARGET_MS


def _memory(legs: Sequence[Leg]) -> list[float]:
    return [leg["ours"].memory_bytes for leg in legs]


def _row(name: str, who: str, legs: Sequence[Leg]) -> list[str]:
    sent = [leg[who] for leg in legs]
    return [
        name,
        who,
        spread([one.packets_s for one in sent]),
        spread([one.returned_s for one in sent]) if who == "ours" else "",
        str(sum(one.lost for one in sent)),
        spread([one.cpu for one in sent], 2),
        *(spread([one.late_ms[share] for one in sent], 1) for share in ("p50", "p99", "max")),
        spread([one.gap_ms["p99"] for one in sent], 1),
    ]
