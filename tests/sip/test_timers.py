"""The timer queue: when timers fire, in what order, and what they leave behind."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from sipflow.sip.timers import MAX_DURATIONS, TimerQueue, Timing


class Owner:
    """Remembers what fired when; may add a timer of its own."""

    def __init__(self, queue: TimerQueue, again_s: float | None = None) -> None:
        self.fired: list[tuple[int, float]] = []
        self._queue = queue
        self._again_s = again_s

    def feed(self, on: int, now: float) -> None:
        self.fired.append((on, now))
        if self._again_s is not None:
            self._queue.add(now, self._again_s, self, on + 1)


def test_queue_knows_its_earliest_timer() -> None:
    queue = TimerQueue()
    owner = Owner(queue)
    assert queue.earliest == math.inf
    queue.add(10.0, 4.0, owner, 1)
    queue.add(10.0, 0.5, owner, 2)
    queue.add(10.0, 5.0, owner, 3)
    assert queue.earliest == 10.5
    queue.fire(10.5)
    assert queue.earliest == 14.0


def test_queue_fires_what_is_due_and_nothing_else() -> None:
    queue = TimerQueue()
    owner = Owner(queue)
    queue.add(0.0, 1.0, owner, 1)
    queue.add(0.0, 2.0, owner, 2)
    queue.fire(0.999)
    assert owner.fired == []
    queue.fire(1.0)
    assert owner.fired == [(1, 1.0)]
    assert len(queue) == 1


def test_queue_keeps_the_order_of_timers_with_one_duration() -> None:
    queue = TimerQueue()
    owner = Owner(queue)
    for number in range(5):
        queue.add(number * 0.001, 1.0, owner, number)
    queue.fire(2.0)
    assert [on for on, _ in owner.fired] == [0, 1, 2, 3, 4]


def test_timer_added_while_firing_fires_in_its_own_time() -> None:
    queue = TimerQueue()
    owner = Owner(queue, again_s=1.0)
    queue.add(0.0, 1.0, owner, 1)
    queue.fire(1.0)
    assert owner.fired == [(1, 1.0)]
    assert queue.earliest == 2.0


def test_queue_is_empty_once_cleared() -> None:
    queue = TimerQueue()
    owner = Owner(queue)
    queue.add(0.0, 1.0, owner, 1)
    queue.clear()
    queue.fire(5.0)
    assert (len(queue), queue.earliest, owner.fired) == (0, math.inf, [])


def test_queue_forgets_durations_that_nobody_waits_for() -> None:
    queue = TimerQueue()
    owner = Owner(queue)
    for number in range(10 * MAX_DURATIONS):
        queue.add(float(number), 0.001 + number / 1e6, owner, number)
        queue.fire(float(number + 1))
    assert len(owner.fired) == 10 * MAX_DURATIONS
    assert len(queue._queues) <= MAX_DURATIONS


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.2, 0.5, 1.0, 4.0, 32.0]), st.floats(0, 3, allow_subnormal=False)),
        max_size=60,
    )
)
def test_every_timer_fires_once_and_never_early(steps: list[tuple[float, float]]) -> None:
    queue = TimerQueue()
    owner = Owner(queue)
    now, deadlines = 0.0, []
    for number, (duration_s, pause_s) in enumerate(steps):
        queue.add(now, duration_s, owner, number)
        deadlines.append(now + duration_s)
        assert queue.earliest <= now + duration_s
        now += pause_s
        queue.fire(now)
    queue.fire(now + 100.0)
    assert sorted(on for on, _ in owner.fired) == list(range(len(steps)))
    assert all(at >= deadlines[on] for on, at in owner.fired)
    assert queue.earliest == math.inf


def test_timing_has_the_values_of_the_rfc() -> None:
    timing = Timing()
    assert (timing.t1, timing.t2, timing.t4, timing.limit, timing.trying) == (0.5, 4.0, 5.0, 32.0, 0.15)


def test_timing_follows_t1() -> None:
    assert Timing(t1=0.1).limit == 6.4
