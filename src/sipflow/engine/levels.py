"""How loud the calls of a run are, for as long as somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from sipflow.engine.instances import InstanceManager
from sipflow.engine.parties import parties_of
from sipflow.engine.store import SessionStore
from sipflow.media import MediaStream

if TYPE_CHECKING:
    from sipflow.media.meter import Meter

MAX_METERED: Final = 64
"""Streams that are measured at once; of more, the first ones."""


@dataclass(frozen=True, slots=True)
class StreamLevel:
    """One call at one instance at this moment, in dBFS; None where no packet comes or goes."""

    instance_id: str
    call_id: str | None
    heard_dbfs: float | None
    sent_dbfs: float | None


class Levels:
    """The meters of one run. A stream has one from the first reading to `forget`; else it costs nothing."""

    def __init__(self, instances: InstanceManager, store: SessionStore) -> None:
        self._instances = instances
        self._store = store
        self._meters: dict[MediaStream, Meter] = {}

    def read(self) -> list[StreamLevel]:
        """All calls with media, up to MAX_METERED; one that is new is silent until the next reading."""
        from sipflow.media.meter import Meter  # numpy is imported where it is needed

        before, self._meters = self._meters, {}
        levels = []
        for party in islice(parties_of(self._instances.running()), MAX_METERED):
            meter = before.pop(party.stream, None)
            if meter is None:
                meter = Meter()
                party.stream.add_sink(meter)
            self._meters[party.stream] = meter
            heard, sent = meter.read()
            call_id = self._store.name_of(party.instance_id, party.call.sip_call_id)
            levels.append(StreamLevel(party.instance_id, call_id, heard, sent))
        _remove(before)
        return levels

    def forget(self) -> None:
        """Measure nothing more, until the next reading."""
        meters, self._meters = self._meters, {}
        _remove(meters)


def _remove(meters: dict[MediaStream, Meter]) -> None:
    for stream, meter in meters.items():
        stream.remove_sink(meter)
