"""Where the instances of a run wait for each other."""

from __future__ import annotations

import asyncio

from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying
from sipflow.scenario.meetings import Meetings


class MeetingPlaces:
    """Every meeting of a run. Once all have come, all go on, and the place is empty for the next time."""

    def __init__(self, meetings: Meetings) -> None:
        self._meetings = meetings
        self._present: dict[str, dict[str, asyncio.Future[None]]] = {name: {} for name in meetings}

    async def meet(self, name: str, instance_id: str, timeout_s: float) -> None:
        """Return once every instance that takes part has come. Raises NodeFailed where one has not in time."""
        expected = self._meetings.get(name, frozenset())
        if instance_id not in expected:
            raise NodeFailed(Saying.of("known-meeting"), repr(name))
        present = self._present[name]
        arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        present[instance_id] = arrival
        if present.keys() == expected:
            for waiting in present.values():
                waiting.set_result(None)
            self._present[name] = {}
            return
        try:
            # The last one may come in the very moment in which the time is over: then all have met.
            await asyncio.wait([arrival], timeout=timeout_s)
            if not arrival.done():
                missing = ", ".join(sorted(expected - present.keys()))
                came = Saying.of("did-not-come", missing=missing, seconds=f"{timeout_s:g}")
                raise NodeFailed(Saying.of("all-to-meet", name=name), came)
        finally:
            if present.get(instance_id) is arrival:
                del present[instance_id]
