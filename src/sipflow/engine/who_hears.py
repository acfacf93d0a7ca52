"""Who hears whom: every instance sends a sound of its own, and it is told where each is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from sipflow.base.errors import NodeFailed
from sipflow.base.events import MediaChanged
from sipflow.base.sayings import Saying, Told
from sipflow.engine.agents import RunningInstance
from sipflow.engine.bus import EventBus
from sipflow.engine.instances import InstanceManager
from sipflow.engine.parties import Party, expected_pairs, parties_of
from sipflow.media import MediaStream, Playback
from sipflow.media.codecs import find_kind
from sipflow.media.fingerprints import FINGERPRINTS_HZ
from sipflow.media.playing import AudioFrames
from sipflow.scenario.who_hears import Pairs, read_pairs

if TYPE_CHECKING:
    from sipflow.media.hearing import FingerprintDetector
    from sipflow.media.listening import Listening

SETTLE_S: Final = 0.5
"""What was sent before may still be under way so long."""
STEP_S: Final = 0.1
MAX_TOLD: Final = 12
"""Cells that a failure tells one by one."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one instance heard: levels in dBFS by the ids of the speakers, and by how many packets."""

    levels: Mapping[str, float]
    packets: int


class WhoHears:
    """The measurements of one run, one at a time: they would be in each other's ears."""

    def __init__(self, instances: InstanceManager, bus: EventBus) -> None:
        self._instances = instances
        self._bus = bus
        self._measuring = asyncio.Lock()

    async def expect(
        self, wanted: str, duration_s: float, node_id: str, instance_id: str, *, respects_hold: bool
    ) -> None:
        """Measure, tell, and raise NodeFailed where it is not as `wanted`; see `NodeContext.expect_hearing`."""
        running = self._instances.running()
        names = {one.chain.instance_id: one.chain.label for one in running}
        read = read_pairs(wanted, {one.params.dn: one.chain.instance_id for one in running}, names)
        if read.fault is not None:
            raise NodeFailed(Saying.of("who-hears-whom"), read.fault)

        def expected(parties: list[Party]) -> Pairs:
            pairs = read.pairs if wanted else expected_pairs(parties, respects_hold=respects_hold)
            if not parties or not (wanted or respects_hold or pairs):
                raise NodeFailed(Saying.of("answered-calls-to-hear"), Saying.of("no-answered-calls"))
            return pairs

        async with self._measuring:
            pairs, rows = await _measure(running, expected, duration_s)
        self._tell(names, pairs, rows, duration_s, node_id, instance_id)
        wrong = [cell for cell in _cells(names) if (cell in pairs) is not (cell[1] in rows[cell[0]].levels)]
        if wrong:
            should = [_told(names, cell, cell in pairs, None) for cell in wrong]
            got = [_told(names, cell, cell not in pairs, rows[cell[0]]) for cell in wrong]
            seconds = f"{duration_s:g}"
            raise NodeFailed(_listed(should), Saying.of("heard-over", what=_listed(got), seconds=seconds))

    def _tell(
        self, names: Mapping[str, str], pairs: Pairs, rows: Mapping[str, Row], duration_s: float, *where: str
    ) -> None:
        data: dict[str, Any] = {"seconds": duration_s, "instances": dict(names), "rows": []}
        for listener, row in rows.items():
            cells = [
                {
                    "speaker": speaker,
                    "isExpected": (listener, speaker) in pairs,
                    "isHeard": speaker in row.levels,
                    "levelDbfs": None if speaker not in row.levels else round(row.levels[speaker], 1),
                }
                for speaker in names
                if (listener, speaker) in pairs or speaker in row.levels
            ]
            data["rows"].append({"listener": listener, "packets": row.packets, "cells": cells})
        heard = [(listener, speaker) for listener, speaker in _cells(names) if speaker in rows[listener].levels]
        told = [_told(names, cell, True, rows[cell[0]]) for cell in heard] or [Saying.of("nobody-heard")]
        node_id, instance_id = where
        self._bus.emit(
            MediaChanged,
            media="hearing",
            detail=Saying.of("heard-over", what=_listed(told), seconds=f"{duration_s:g}"),
            hearing=data,
            node_id=node_id,
            instance_id=instance_id,
        )


async def _measure(
    running: list[RunningInstance], expected: Callable[[list[Party]], Pairs], duration_s: float
) -> tuple[Pairs, dict[str, Row]]:
    """Let everybody be heard for so long; what is expected is asked once calls that are just answered stand.

    Raises NodeFailed where there are more speakers than sounds.
    """
    from sipflow.media.hearing import FingerprintDetector  # numpy is imported where it is needed
    from sipflow.media.listening import WAITS_S, Listening

    now = asyncio.get_running_loop().time
    numbers: dict[str, int] = {}
    sounds: dict[MediaStream, Playback] = {}
    ears: list[tuple[Party, Listening[FingerprintDetector]]] = []
    try:
        _let_speak(parties_of(running), numbers, sounds)
        await asyncio.sleep(SETTLE_S)
        parties = list(parties_of(running))
        pairs = expected(parties)
        _let_speak(parties, numbers, sounds)
        for party in parties:
            kind = None if party.session.codec is None else find_kind(party.session.codec.name)
            ears.append((party, Listening(FingerprintDetector, 8_000 if kind is None else kind.sample_rate_hz, now())))
            party.stream.add_sink(ears[-1][1])
        end = now() + duration_s + WAITS_S
        while now() < end:
            await asyncio.sleep(STEP_S)
            for _, listening in ears:
                listening.listen(now())
    finally:
        for party, listening in ears:
            party.stream.remove_sink(listening)
        for sound in sounds.values():
            sound.end()
    speakers = {number: instance_id for instance_id, number in numbers.items()}
    rows = {one.chain.instance_id: Row({}, 0) for one in running}
    for party, listening in ears:
        row = rows[party.instance_id]
        levels = dict(row.levels)
        for number, level in listening.detector.heard().items():
            speaker = speakers.get(number, party.instance_id)
            if speaker != party.instance_id:
                levels[speaker] = max(level, levels.get(speaker, level))
        rows[party.instance_id] = Row(levels, row.packets + listening.packets)
    return pairs, rows


def _let_speak(parties: Iterable[Party], numbers: dict[str, int], sounds: dict[MediaStream, Playback]) -> None:
    """Let those send their instance's sound who do not yet."""
    for party in parties:
        number = numbers.setdefault(party.instance_id, len(numbers) + 1)
        if number > len(FINGERPRINTS_HZ):
            raise NodeFailed(Saying.of("so-many-speakers", limit=len(FINGERPRINTS_HZ)), Saying.of("more-of-them"))
        if party.stream not in sounds:
            sound = Playback(AudioFrames(f"sound:fingerprint-{number}", (), repeats=True), lambda: None)
            sounds[party.stream] = sound
            party.stream.interject(sound)


def _cells(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every listener with every other one as speaker."""
    return [(listener, speaker) for listener in names for speaker in names if listener != speaker]


def _told(names: Mapping[str, str], cell: tuple[str, str], hears: bool, row: Row | None) -> Saying:
    """One cell for people; with its row, as it was measured."""
    listener, speaker = cell
    both = {"listener": names[listener], "speaker": names[speaker]}
    if row is None:
        return Saying.of("hears", **both) if hears else Saying.of("hears-not", **both)
    if hears:
        return Saying.of("heard-at", level=f"{row.levels[speaker]:.0f}", packets=row.packets, **both)
    return Saying.of("not-heard-by", packets=row.packets, **both)


def _listed(parts: list[Saying]) -> Told:
    told = parts[:MAX_TOLD]
    if len(parts) > MAX_TOLD:
        told.append(Saying.of("and-more", count=len(parts) - MAX_TOLD))
    return reduce(lambda one, other: Saying.of("beside", one=one, other=other), told)
