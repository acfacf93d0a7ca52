"""The memory of a call: what is taken, by whom, and in what order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected, Notified, Progressed
from sipflow.testing.agents import virtual
from sipflow.ua.mailbox import MAX_BYTES, MAX_EVENTS, Mailbox

RINGING = Progressed(1.0, b"", 180, "Ringing")
EARLY = Progressed(2.0, b"", 183, "Session Progress")
CONNECTED = Connected(3.0, b"")
BYE = Disconnected(4.0, b"", Cause.BYE)


def anything(event: CallEvent) -> bool:
    return True


def status(wanted: int) -> Callable[[CallEvent], bool]:
    return lambda event: isinstance(event, Progressed) and event.status == wanted


@virtual
async def test_events_are_taken_oldest_first_and_once() -> None:
    mailbox = Mailbox()
    for event in (RINGING, EARLY, CONNECTED):
        mailbox.post(event)
    assert [await mailbox.wait(anything) for _ in range(3)] == [RINGING, EARLY, CONNECTED]
    assert mailbox.find(anything) is None
    assert mailbox.history == [RINGING, EARLY, CONNECTED]


@virtual
async def test_event_that_does_not_fit_is_left_for_others() -> None:
    mailbox = Mailbox()
    mailbox.post(RINGING)
    mailbox.post(EARLY)
    assert await mailbox.wait(status(183)) is EARLY
    assert mailbox.untaken == [RINGING]


@virtual
async def test_looking_takes_nothing() -> None:
    mailbox = Mailbox()
    mailbox.post(RINGING)
    assert await mailbox.wait(anything, take=False) is RINGING
    assert mailbox.find(anything, take=False) is RINGING
    assert await mailbox.wait(anything) is RINGING


@virtual
async def test_event_to_come_is_waited_for() -> None:
    mailbox = Mailbox()
    waiting = asyncio.ensure_future(mailbox.wait(anything))
    await asyncio.sleep(1)
    mailbox.post(RINGING)
    assert await waiting is RINGING
    assert mailbox.untaken == []


@virtual
async def test_oldest_waiter_that_an_event_fits_gets_it() -> None:
    mailbox = Mailbox()
    waiting = [asyncio.ensure_future(mailbox.wait(match)) for match in (status(183), anything, anything)]
    await asyncio.sleep(0)
    for event in (RINGING, EARLY, BYE):
        mailbox.post(event)
    assert await asyncio.gather(*waiting) == [EARLY, RINGING, BYE]


@virtual
async def test_lookers_and_the_first_taker_see_the_same_event() -> None:
    mailbox = Mailbox()
    looking = asyncio.ensure_future(mailbox.wait(anything, take=False))
    taking = asyncio.ensure_future(mailbox.wait(anything))
    await asyncio.sleep(0)
    mailbox.post(RINGING)
    assert (await looking, await taking) == (RINGING, RINGING)
    assert mailbox.untaken == []


@virtual
async def test_waiter_cancelled_before_the_event_leaves_it() -> None:
    mailbox = Mailbox()
    waiting = asyncio.ensure_future(mailbox.wait(anything))
    await asyncio.sleep(0)
    waiting.cancel()
    mailbox.post(RINGING)
    await asyncio.gather(waiting, return_exceptions=True)
    assert mailbox.untaken == [RINGING]


@virtual
async def test_event_given_to_a_waiter_that_is_cancelled_in_the_same_step_goes_back_to_its_place() -> None:
    mailbox = Mailbox()
    waiting = asyncio.ensure_future(mailbox.wait(status(183)))
    await asyncio.sleep(0)
    for event in (RINGING, EARLY, CONNECTED):
        mailbox.post(event)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert mailbox.untaken == [RINGING, EARLY, CONNECTED]


@virtual
async def test_event_given_to_a_cancelled_waiter_goes_to_the_next_one() -> None:
    mailbox = Mailbox()
    first, second = (asyncio.ensure_future(mailbox.wait(anything)) for _ in range(2))
    await asyncio.sleep(0)
    mailbox.post(RINGING)
    first.cancel()
    assert await second is RINGING
    assert mailbox.untaken == []


@virtual
async def test_time_out_of_a_wait_takes_nothing() -> None:
    mailbox = Mailbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await mailbox.wait(anything)
    mailbox.post(RINGING)
    assert mailbox.untaken == [RINGING]


@virtual
async def test_listener_is_told_at_once_and_takes_nothing() -> None:
    mailbox = Mailbox()
    told: list[CallEvent] = []
    mailbox.listener = told.append
    mailbox.post(RINGING)
    assert told == [RINGING]
    assert mailbox.untaken == [RINGING]


@virtual
async def test_memory_is_bounded_but_keeps_the_end_of_the_call() -> None:
    mailbox = Mailbox()
    for _ in range(2 * MAX_EVENTS):
        mailbox.post(RINGING)
    mailbox.post(BYE)
    assert len(mailbox.history) == MAX_EVENTS + 1
    assert mailbox.find(lambda event: isinstance(event, Disconnected)) is BYE


@virtual
async def test_memory_is_bounded_by_size_too() -> None:
    mailbox = Mailbox()
    large = Notified(0, bytes(1 << 20), "dialog", "active", 0, "")
    for _ in range(100):
        mailbox.post(large)
    assert mailbox.is_full
    mailbox.post(Disconnected(0, bytes(1 << 20), Cause.BYE))
    assert len(mailbox.history) == MAX_BYTES // (1 << 20) + 1


@pytest.mark.parametrize("seed", range(30))
@virtual
async def test_every_event_is_taken_once_whoever_is_cancelled(seed: int) -> None:
    chance = random.Random(seed)
    mailbox = Mailbox()
    taken: list[CallEvent] = []

    async def take() -> None:
        taken.append(await mailbox.wait(anything))

    waiters: list[asyncio.Future[None]] = []
    posted = [Progressed(float(number), b"", 180, str(number)) for number in range(40)]
    for event in posted:
        waiters += [asyncio.ensure_future(take()) for _ in range(chance.randrange(3))]
        if chance.random() < 0.5:
            await asyncio.sleep(0)
        mailbox.post(event)
        if waiters and chance.random() < 0.5:
            chance.choice(waiters).cancel()
        if chance.random() < 0.5:
            await asyncio.sleep(0)
    for _ in range(3):
        await asyncio.sleep(0)
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    assert sorted(taken + mailbox.untaken, key=lambda event: event.at) == posted
    assert not mailbox._waiters
