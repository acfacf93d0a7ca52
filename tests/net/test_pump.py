"""The pump: one timer, the earliest deadline wins, ticks keep their distance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sipflow.net.pump import TimerPump
from sipflow.testing import VirtualTimeLoop, run_virtual


class Core:
    """Keeps deadlines, fires those that are due, counts its ticks."""

    def __init__(self, *deadlines: float) -> None:
        self.deadlines = sorted(deadlines)
        self.ticks: list[float] = []
        self.late: list[float] = []
        self.on_tick: Callable[[], None] = lambda: None

    def timers_due(self, now: float) -> float | None:
        self.ticks.append(now)
        while self.deadlines and self.deadlines[0] <= now:
            self.late.append(now - self.deadlines.pop(0))
        self.on_tick()
        return self.deadlines[0] if self.deadlines else None


def loop_time() -> float:
    return asyncio.get_running_loop().time()


def test_pump_calls_the_core_at_each_deadline_it_asks_for() -> None:
    async def scene() -> None:
        start = loop_time()
        core = Core(start + 0.5, start + 1.5, start + 3.5)
        pump = TimerPump(asyncio.get_running_loop(), core)
        pump.arm(core.deadlines[0])
        await asyncio.sleep(10)
        assert core.ticks == [start + 0.5, start + 1.5, start + 3.5]
        assert core.deadlines == []

    run_virtual(scene(), strict=True)


def test_pump_takes_the_earliest_of_several_deadlines_and_sets_one_timer() -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        start = loop_time()
        core = Core(start + 1, start + 2)
        pump = TimerPump(loop, core)
        for deadline in (start + 2, None, start + 1, start + 3):
            pump.arm(deadline)
        assert len(loop.pending_timers()) == 1  # type: ignore[attr-defined]
        await asyncio.sleep(10)
        assert core.ticks == [start + 1, start + 2]

    run_virtual(scene(), strict=True)


def test_pump_ticks_at_most_once_in_five_milliseconds() -> None:
    async def scene() -> None:
        start = loop_time()
        core = Core(*(start + n / 1000 for n in range(1000)))
        pump = TimerPump(asyncio.get_running_loop(), core)
        pump.arm(start)
        await asyncio.sleep(2)
        assert core.deadlines == []
        assert len(core.ticks) <= 201
        assert max(core.late) <= 0.0051
        assert min(b - a for a, b in zip(core.ticks, core.ticks[1:], strict=False)) >= 0.005 - 1e-9

    run_virtual(scene(), strict=True)


def test_pump_armed_from_inside_a_tick_keeps_the_earlier_deadline() -> None:
    async def scene() -> None:
        start = loop_time()
        core = Core(start + 1, start + 9)
        pump = TimerPump(asyncio.get_running_loop(), core)
        core.on_tick = lambda: pump.arm(start + 4) if len(core.ticks) == 1 else None
        pump.arm(start + 1)
        await asyncio.sleep(20)
        assert core.ticks == [start + 1, start + 4, start + 9]

    run_virtual(scene(), strict=True)


def test_pump_goes_on_after_a_core_that_raised() -> None:
    async def scene() -> None:
        loop, start = asyncio.get_running_loop(), loop_time()
        escaped: list[object] = []
        loop.set_exception_handler(lambda _, context: escaped.append(context["exception"]))
        core = Core(start + 0.5, start + 1.5)

        def fail_once() -> None:
            core.on_tick = lambda: None
            raise RuntimeError("a fault in the core")

        core.on_tick = fail_once
        pump = TimerPump(loop, core)
        pump.arm(core.deadlines[0])
        await asyncio.sleep(10)
        assert [str(error) for error in escaped] == ["a fault in the core"]
        assert core.deadlines == []
        assert core.ticks[-1] == start + 1.5

    run_virtual(scene(), strict=True)


class CoarseLoop(VirtualTimeLoop):
    """Runs timers up to 10 ms early, as a loop does whose clock ticks in such steps."""

    def __init__(self) -> None:
        super().__init__()
        self._clock_resolution = 0.01


def test_pump_tells_the_core_no_earlier_time_than_its_deadline() -> None:
    loop = CoarseLoop()
    start = loop.time()
    core = Core(start + 1)
    pump = TimerPump(loop, core)
    pump.arm(start + 1)
    loop.call_at(start + 0.995, loop.stop)
    loop.run_forever()
    assert loop.time() < start + 1
    assert (core.ticks, core.deadlines) == ([start + 1], [])
    loop.close()


@pytest.mark.parametrize("armed", [True, False])
def test_pump_leaves_nothing_after_close(armed: bool) -> None:
    async def scene() -> None:
        core = Core(loop_time() + 1)
        pump = TimerPump(asyncio.get_running_loop(), core)
        if armed:
            pump.arm(core.deadlines[0])
        pump.close()
        pump.arm(core.deadlines[0])
        await asyncio.sleep(5)
        assert core.ticks == []

    run_virtual(scene(), strict=True)
