import asyncio
import json
import random
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipflow.engine.run_info import RunInfo
from sipflow.server.hub import MAX_EVENTS, MAX_FRAME_BYTES, MAX_NOTICES, EventHub, Listener
from sipflow.testing import run_virtual


def info(run_id: str = "run-1", ended_at: int | None = None) -> RunInfo:
    return RunInfo(id=run_id, scenario_id="s", scenario_name="Call", started_at=0, ended_at=ended_at, variables={})


def add(hub: EventHub, first: int, last: int) -> None:
    for seq in range(first, last + 1):
        hub.add(seq, b'{"seq":%d}\n' % seq)


class Client:
    """Takes frames until it leaves, and keeps the numbers of the events in them."""

    def __init__(self, hub: EventHub, run_id: str = "", after: int = 0) -> None:
        self.listener: Listener = hub.listen(run_id, after)
        self.frames: list[dict[str, Any]] = []
        self.seqs: list[int] = []
        self.task = asyncio.create_task(self._take())

    async def _take(self) -> None:
        async for text in self.listener.frames():
            frame = json.loads(text)
            self.frames.append(frame)
            self.seqs += [event["seq"] for event in frame.get("events", [])]

    async def leave(self) -> None:
        self.listener.close()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def types(self) -> list[str]:
        return [frame["type"] for frame in self.frames]


def play(story: Coroutine[Any, Any, None]) -> None:
    run_virtual(story)


def test_newcomer_to_nothing_is_told_so() -> None:
    async def story() -> None:
        client = Client(EventHub())
        await asyncio.sleep(1)
        assert client.types == ["idle"]
        await client.leave()

    play(story())


def test_listener_hears_of_a_run_and_all_its_events_and_then_its_end() -> None:
    async def story() -> None:
        hub = EventHub()
        client = Client(hub)
        await asyncio.sleep(1)
        hub.begin(info())
        add(hub, 1, 5_000)
        hub.run_changed(info(ended_at=9))
        await asyncio.sleep(5)
        assert client.seqs == list(range(1, 5_001))
        assert client.types[:2] == ["idle", "run"]
        assert client.frames[-1]["run"]["endedAt"] == 9
        assert max(len(frame.get("events", [])) for frame in client.frames) == 2_000
        await client.leave()

    play(story())


def test_newcomer_in_the_middle_gets_a_snapshot_and_what_follows() -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        add(hub, 1, 10)
        client = Client(hub)
        await asyncio.sleep(1)
        add(hub, 11, 12)
        await asyncio.sleep(1)
        assert client.frames[0]["type"] == "snapshot"
        assert client.frames[0]["seq"] == 10
        assert client.seqs == [11, 12]
        await client.leave()

    play(story())


def test_listener_that_has_fallen_behind_gets_a_snapshot() -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        client = Client(hub)
        await asyncio.sleep(1)
        add(hub, 1, MAX_EVENTS + 500)  # at once, before it can take any
        await asyncio.sleep(5)
        assert client.frames[-1]["type"] == "snapshot"
        assert client.frames[-1]["seq"] == MAX_EVENTS + 500
        add(hub, MAX_EVENTS + 501, MAX_EVENTS + 501)
        await asyncio.sleep(1)
        assert client.seqs == [MAX_EVENTS + 501]
        await client.leave()

    play(story())


def test_client_that_has_fallen_behind_a_run_that_has_ended_gets_a_snapshot() -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        add(hub, 1, MAX_EVENTS + 500)
        hub.run_changed(info(ended_at=9))
        client = Client(hub, "run-1", 100)
        await asyncio.sleep(1)
        assert client.types == ["snapshot"]
        await client.leave()

    play(story())


def test_run_that_is_over_at_once_is_told_from_its_beginning() -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info("run-0"))
        client = Client(hub, "run-0")
        await asyncio.sleep(1)
        hub.run_changed(info("run-0", ended_at=8))
        hub.begin(info())
        add(hub, 1, 3)
        hub.run_changed(info(ended_at=9))
        await asyncio.sleep(1)
        assert client.types == ["run", "run", "run", "events", "run"]
        told = [(frame["run"]["id"], frame["run"]["endedAt"]) for frame in client.frames if frame["type"] == "run"]
        assert told == [("run-0", None), ("run-0", 8), ("run-1", None), ("run-1", 9)]
        await client.leave()

    play(story())


def test_long_events_are_kept_and_sent_in_bounds() -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        line = json.dumps({"seq": 0, "raw": "x" * MAX_FRAME_BYTES}).encode()
        for seq in range(1, 101):
            hub.add(seq, line)
        assert hub.lines_after(0) is None
        assert hub.lines_after(99) == [line]
        assert hub.lines_after(90) == [line]
        client = Client(hub, "run-1", 90)
        await asyncio.sleep(5)
        assert client.types == ["run"] + ["events"] * 10
        await client.leave()

    play(story())


def test_client_with_too_many_notices_is_shown_the_run_there_is() -> None:
    async def story() -> None:
        hub = EventHub()
        client = Client(hub)
        await asyncio.sleep(1)
        hub.begin(info())
        for _ in range(MAX_NOTICES):
            hub.announce_scenario("s", version=3, has_draft=False, draft_client=None)
        add(hub, 1, 2)
        await asyncio.sleep(1)
        assert client.types == ["idle", *["scenarios"] * MAX_NOTICES, "snapshot"]
        await client.leave()

    play(story())


def test_name_of_an_older_run_changes_nothing_for_the_newest() -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        client = Client(hub)
        await asyncio.sleep(1)
        hub.run_changed(info("run-0", ended_at=8))
        add(hub, 1, 1)
        await asyncio.sleep(1)
        assert client.types == ["snapshot", "events", "run"]
        await client.leave()

    play(story())


def test_notice_of_a_scenario_reaches_everybody() -> None:
    async def story() -> None:
        hub = EventHub()
        clients = [Client(hub), Client(hub)]
        await asyncio.sleep(1)
        hub.announce_scenario("s", version=3, has_draft=False, draft_client=None)
        await asyncio.sleep(1)
        notice = {"type": "scenarios", "scenarioId": "s", "version": 3, "hasDraft": False, "draftClient": None}
        assert [client.frames[-1] for client in clients] == [notice, notice]
        for client in clients:
            await client.leave()
        assert hub.listeners == 0

    play(story())


@pytest.mark.parametrize("run_id", ["run-1", "run-0"])
def test_closed_hub_ends_its_listeners(run_id: str) -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        client = Client(hub, run_id)
        await asyncio.sleep(1)
        hub.close()
        await asyncio.wait_for(client.task, 1)

    play(story())


def test_deleted_run_is_told_to_everybody() -> None:
    async def story() -> None:
        hub = EventHub()
        clients = [Client(hub), Client(hub)]
        await asyncio.sleep(1)
        hub.run_deleted("run-0")
        await asyncio.sleep(1)
        assert [client.frames[-1] for client in clients] == [{"type": "run-deleted", "runId": "run-0"}] * 2
        for client in clients:
            await client.leave()

    play(story())


@given(seed=st.integers(0, 2**32))
@settings(deadline=None)  # the machine may have other work
def test_client_that_is_cut_again_and_again_misses_nothing(seed: int) -> None:
    chance = random.Random(seed)

    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        seen: list[int] = []
        seq = 0
        while seq < 3_000:
            client = Client(hub, "run-1", len(seen))
            for _ in range(chance.randrange(4)):
                step = chance.randrange(400)
                add(hub, seq + 1, seq + step)
                seq += step
                await asyncio.sleep(chance.random() * 0.1)
            await client.leave()
            seen += client.seqs
            step = chance.randrange(300)  # while nobody listens
            add(hub, seq + 1, seq + step)
            seq += step
        client = Client(hub, "run-1", len(seen))
        await asyncio.sleep(5)
        await client.leave()
        assert seen + client.seqs == list(range(1, seq + 1))

    play(story())


def test_levels_go_to_those_who_watch_the_newest_alone_and_no_unchanged_one() -> None:
    async def story() -> None:
        hub = EventHub()
        hub.begin(info())
        watcher, other = Client(hub), Client(hub)
        await asyncio.sleep(1)
        assert not hub.is_watched
        hub.watch(watcher.listener, is_wanted=True)
        assert hub.is_watched
        for level in (-20, -21, -22):
            hub.tell_levels([{"heardDbfs": level}])
        await asyncio.sleep(1)
        hub.tell_levels([{"heardDbfs": -22}])
        await asyncio.sleep(1)
        assert watcher.frames[1:] == [{"type": "levels", "runId": "run-1", "streams": [{"heardDbfs": -22}]}]
        assert other.types == ["snapshot"]
        hub.watch(other.listener, is_wanted=True)
        await asyncio.sleep(1)
        assert other.types == ["snapshot", "levels"]
        await watcher.leave()
        assert hub.is_watched
        await other.leave()
        assert not hub.is_watched

    play(story())
