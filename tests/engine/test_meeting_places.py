"""Where instances wait for each other."""

from __future__ import annotations

import asyncio

from sipflow.engine.meeting_places import MeetingPlaces
from sipflow.testing.agents import virtual


@virtual
async def test_the_last_one_may_come_in_the_moment_in_which_the_time_of_another_is_over() -> None:
    places = MeetingPlaces({"noon": frozenset({"alice", "bob"})})

    async def come_late() -> None:
        await asyncio.sleep(1)
        await places.meet("noon", "bob", 1)

    async with asyncio.TaskGroup() as both:
        both.create_task(come_late())
        both.create_task(places.meet("noon", "alice", 1))
