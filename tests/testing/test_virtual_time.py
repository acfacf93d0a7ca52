"""The virtual loop: time jumps, nothing hangs, leaks are seen."""

from __future__ import annotations

import asyncio
import time

import pytest

from sipflow.testing import FakeClock, VirtualClock, VirtualDeadlock, VirtualLeak, run_virtual, virtual_loop


def test_virtual_time_passes_at_once_and_exactly() -> None:
    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        seen = []
        for delay in (0.5, 32.0, 3600.0):
            await asyncio.sleep(delay)
            seen.append(loop.time() - start)
        return seen

    began = time.monotonic()
    assert run_virtual(scene()) == pytest.approx([0.5, 32.5, 3632.5])
    assert time.monotonic() - began < 1


def test_virtual_timers_fire_in_the_order_of_their_times() -> None:
    async def scene() -> list[int]:
        loop = asyncio.get_running_loop()
        seen: list[int] = []
        for delay in (5, 1, 3, 2, 4):
            loop.call_later(delay, seen.append, delay)
        await asyncio.sleep(6)
        return seen

    assert run_virtual(scene()) == [1, 2, 3, 4, 5]


def test_virtual_timeout_ends_a_wait() -> None:
    async def scene() -> None:
        async with asyncio.timeout(30):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run_virtual(scene())


def test_virtual_loop_raises_where_nothing_can_end_a_wait() -> None:
    async def waits_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(VirtualDeadlock, match="waits_for_ever"):
        run_virtual(waits_for_ever())


def test_run_virtual_cancels_what_is_left() -> None:
    ended = []

    async def background() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append(True)

    async def scene() -> asyncio.Task[None]:
        task = asyncio.create_task(background())
        await asyncio.sleep(1)
        return task

    assert run_virtual(scene()).cancelled()
    assert ended == [True]


def test_run_virtual_strict_names_a_leaked_task_and_a_leaked_timer() -> None:
    async def leaks_task() -> None:
        asyncio.get_running_loop().create_task(asyncio.sleep(100), name="forgotten")

    async def leaks_timer() -> None:
        asyncio.get_running_loop().call_later(50, print, "never")

    with pytest.raises(VirtualLeak, match="forgotten"):
        run_virtual(leaks_task(), strict=True)
    with pytest.raises(VirtualLeak, match="TimerHandle"):
        run_virtual(leaks_timer(), strict=True)


def test_run_virtual_strict_accepts_a_clean_end() -> None:
    async def scene() -> str:
        loop = asyncio.get_running_loop()
        loop.call_later(50, print, "never").cancel()
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(3))
        return "done"

    assert run_virtual(scene(), strict=True) == "done"


def test_virtual_loop_keeps_its_time_between_steps() -> None:
    with virtual_loop(start=5.0) as loop:
        loop.run_until_complete(asyncio.sleep(2))
        loop.run_until_complete(asyncio.sleep(3))
        assert loop.time() == pytest.approx(10.0)


def test_virtual_clock_shows_the_loop_s_time() -> None:
    async def scene() -> tuple[float, int]:
        clock = VirtualClock(asyncio.get_running_loop())
        now, wall_ms = clock.now(), clock.wall_ms()
        await asyncio.sleep(2.5)
        return clock.now() - now, clock.wall_ms() - wall_ms

    assert run_virtual(scene()) == (2.5, 2500)


def test_fake_clock_moves_both_times_by_hand() -> None:
    clock = FakeClock(now=10.0, wall_ms=1_000)
    assert clock.advance(32) == 42.0
    assert (clock.now(), clock.wall_ms()) == (42.0, 33_000)
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(-1)
