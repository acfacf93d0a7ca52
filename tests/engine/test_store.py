"""The calls of a run by their names."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from sipflow.base.errors import NodeFailed
from sipflow.engine.store import SessionStore
from sipflow.testing import run_virtual
from sipflow.ua import Call
from sipflow.ua.latch import Latch


class FakeCall:
    """As much of a call as the store looks at."""

    def __init__(self, sip_call_id: str = "x") -> None:
        self.sip_call_id = sip_call_id
        self.is_live = True
        self.released = Latch()
        self.ended = Latch()

    def release(self) -> None:
        raise OSError("no")

    def end(self, event: None) -> None:
        self.is_live = False
        self.ended.set()


def a_call(sip_call_id: str = "x") -> Call:
    return cast(Call, FakeCall(sip_call_id))


def test_wait_for_an_id_ends_when_it_is_bound() -> None:
    async def scene() -> None:
        store, call = SessionStore(), a_call()
        waits = [asyncio.create_task(store.wait_bound("a", "1")) for _ in range(3)]
        other = asyncio.create_task(store.wait_bound("b", "1"))
        await asyncio.sleep(1)
        waits[0].cancel()
        await asyncio.sleep(0)
        store.bind("a", "1", call)
        assert await waits[1] is await waits[2] is await store.wait_bound("a", "1") is call
        assert not other.done()
        other.cancel()

    run_virtual(scene(), strict=True)


def test_name_of_an_ended_call_lasts_when_its_id_is_bound_anew() -> None:
    store, first, second = SessionStore(), a_call("first"), a_call("second")
    store.bind("a", "1", first)
    first.end(None)
    store.expect_free("a", "1")
    store.bind("a", "1", second)
    assert (store.name_of("a", "first"), store.name_of("a", "second")) == ("1", "1")
    assert store.name_of("b", "first") is None
    assert store.find_live("a", "1") is second


def test_closed_store_takes_no_call() -> None:
    store = SessionStore()
    store.close_all([])
    with pytest.raises(NodeFailed, match="one that has ended"):
        store.expect_free("a", "1")


def test_call_that_can_not_be_released_keeps_no_other_from_its_end() -> None:
    async def scene() -> None:
        store, stuck, ending = SessionStore(), a_call(), a_call()
        asyncio.get_running_loop().call_later(1, ending.end, None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await store.hangup_all([stuck, ending])
        assert (stuck.is_live, ending.is_live) == (True, False)
        store.close_all([stuck])
        assert not stuck.is_live

    run_virtual(scene(), strict=True)
