"""An event loop whose time is virtual: hours of timers run in milliseconds, always in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualDeadlock(AssertionError):
    """Nothing is ready and no timer is set, so whatever is awaited would never come."""

    def __init__(self, at: float, waiting: list[str]) -> None:
        super().__init__(f"everything waits and no timer is set, at {at:.3f} s: {'; '.join(waiting) or 'no task'}")
        self.at = at
        self.waiting = tuple(waiting)
        """The tasks that wait, with the line each waits at."""


class VirtualLeak(AssertionError):
    """Tasks or timers were left behind."""


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """Runs what is ready; when nothing is, jumps to the next timer. It never sleeps and does no I/O.

    Sockets, threads, subprocesses and name look-ups are not served. A wait that nothing can end
    raises VirtualDeadlock out of `run_until_complete`.
    """

    def __init__(self, start: float = 1000.0) -> None:
        super().__init__()
        self._now = start
        self._selector = _Jump(self)

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        """Move the time forwards without running anything."""
        self._now += seconds

    def pending_timers(self) -> list[asyncio.TimerHandle]:
        """Timers that are set and not cancelled."""
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        return [handle for handle in scheduled if not handle.cancelled()]

    def _process_events(self, event_list: list[Any]) -> None:
        """There is no I/O whose events could come."""

    def _write_to_self(self) -> None:
        """The loop never sleeps, so nothing has to wake it."""


class _Jump:
    """Stands where a selector would wait for sockets: time passes at once."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise VirtualDeadlock(self._loop.time(), [_where(task) for task in asyncio.all_tasks(self._loop)])
        if timeout > 0:
            self._loop.jump(timeout)
        return []


def _where(task: asyncio.Task[Any]) -> str:
    frames = task.get_stack(limit=1)
    line = f" at {frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
    return f"{task.get_name()} ({getattr(task.get_coro(), '__qualname__', '?')}){line}"


def run_virtual(coro: Coroutine[Any, Any, T], *, strict: bool = False, start: float = 1000.0) -> T:
    """Run `coro` to its end on a loop of its own, then cancel what is left and close the loop.

    `strict`: raise VirtualLeak where tasks or timers are left once `coro` has ended.
    Raises VirtualDeadlock where it can never end.
    """
    with virtual_loop(start) as loop:
        result = loop.run_until_complete(coro)
        if strict:
            _refuse_leftovers(loop)
        return result


@contextmanager
def virtual_loop(start: float = 1000.0) -> Generator[VirtualTimeLoop, None, None]:
    """A loop for a test that runs several steps on it; at the end what is left is cancelled."""
    loop = VirtualTimeLoop(start)
    try:
        yield loop
    finally:
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()


def _refuse_leftovers(loop: VirtualTimeLoop) -> None:
    # What ended in the last step still has its callbacks to run: a closed task is no leak.
    for _ in range(3):
        loop.call_soon(loop.stop)
        loop.run_forever()
    left = [_where(task) for task in asyncio.all_tasks(loop)] + [str(timer) for timer in loop.pending_timers()]
    if left:
        raise VirtualLeak(f"left behind: {'; '.join(left)}")
