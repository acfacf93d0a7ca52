"""Incoming calls that wait to be taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sipflow.base.call_events import Cause
from sipflow.testing.agents import Party, Stage, connected, disconnected, rest, virtual
from sipflow.ua import CallState, IncomingCall, OutgoingCall


async def two_callers(stage: Stage) -> tuple[Party, list[OutgoingCall]]:
    """Bob, and calls to him from A and then B that both wait."""
    bob = await stage.agent("bob")
    calls = []
    for name in ("a", "b"):
        caller = await stage.agent(name)
        calls.append(caller.agent.call(f"sip:{name}-line@{bob.agent.local}"))
        await rest(1)
    return bob, calls


@virtual
async def test_calls_are_taken_first_in_first_out() -> None:
    async with Stage() as stage:
        bob, calls = await two_callers(stage)
        assert [(await bob.take()).sip_call_id for _ in calls] == [call.sip_call_id for call in calls]
        assert len(bob.incoming) == 0


@virtual
async def test_taker_gets_the_first_call_that_suits_and_leaves_the_others() -> None:
    async with Stage() as stage:
        bob, _ = await two_callers(stage)
        assert (await bob.incoming.take(lambda call: call.number == "b-line")).number == "b-line"
        assert len(bob.incoming) == 1
        assert (await bob.take()).number == "a-line"


@virtual
async def test_taker_that_waits_gets_the_next_call_that_suits() -> None:
    async with Stage() as stage:
        bob, alice = await stage.agent("bob"), await stage.agent("alice")
        waiting = asyncio.ensure_future(bob.incoming.take(lambda call: call.number == "wanted"))
        await rest(0)
        alice.agent.call(f"sip:other@{bob.agent.local}")
        alice.agent.call(f"sip:wanted@{bob.agent.local}")
        assert (await waiting).number == "wanted"
        assert len(bob.incoming) == 1


@virtual
async def test_call_that_nobody_takes_is_refused_with_480_after_30_s() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        start = alice.agent.clock.now()
        event = await disconnected(alice.call(bob.uri))
        assert (event.cause, event.status) == (Cause.REJECTED, 480)
        assert event.at - start == pytest.approx(30, abs=0.1)
        assert len(bob.incoming) == 0


@virtual
async def test_call_that_was_taken_is_not_refused() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        await rest(29)
        incoming = await bob.take()
        await rest(60)
        assert outgoing.is_live
        incoming.answer()
        await connected(outgoing, incoming)


@virtual
async def test_call_that_its_caller_has_cancelled_is_still_taken() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        outgoing = alice.call(bob.uri)
        await rest(1)
        outgoing.release()
        await rest(1)
        incoming = await bob.take()
        assert incoming.state is CallState.ENDED
        assert (await disconnected(incoming, limit_s=0)).cause is Cause.CANCEL


def anyone(call: IncomingCall) -> bool:
    return True


@virtual
async def test_call_given_to_a_cancelled_taker_goes_to_the_next_one() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        first, second = (asyncio.ensure_future(bob.incoming.take(anyone)) for _ in range(2))
        await rest(0)
        bob.agent.on_incoming = cancelling(first, bob.incoming.put)
        outgoing = alice.call(bob.uri)
        assert (await second).sip_call_id == outgoing.sip_call_id
        assert first.cancelled()


@virtual
async def test_call_given_to_a_cancelled_taker_waits_in_front_and_is_refused_in_time() -> None:
    async with Stage() as stage:
        alice, bob = await stage.agent("alice"), await stage.agent("bob")
        taker = asyncio.ensure_future(bob.incoming.take(anyone))
        await rest(0)
        bob.agent.on_incoming = cancelling(taker, bob.incoming.put)
        outgoing = alice.call(bob.uri)
        await asyncio.wait([taker])
        assert len(bob.incoming) == 1
        assert (await disconnected(outgoing)).status == 480


def cancelling(
    taker: asyncio.Future[IncomingCall], put: Callable[[IncomingCall], None]
) -> Callable[[IncomingCall], None]:
    """Put a call, and cancel the taker before it has seen it."""

    def put_and_cancel(call: IncomingCall) -> None:
        put(call)
        taker.cancel()

    return put_and_cancel
