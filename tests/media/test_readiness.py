"""Many sockets as one entry in the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterator

import pytest

from sipflow.media.readiness import MAX_AT_ONCE, Readiness


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    made = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2 * MAX_AT_ONCE)]
    for pair in made:
        for one in pair:
            one.setblocking(False)
    yield made
    for pair in made:
        for one in pair:
            one.close()


async def until(done: asyncio.Event) -> None:
    await asyncio.wait_for(done.wait(), 20)


def test_all_of_many_that_are_ready_are_read_and_read_again(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    async def scene() -> None:
        readiness, done, came = Readiness(), asyncio.Event(), [0] * len(pairs)

        def read(place: int) -> None:
            pairs[place][0].recv(10)
            came[place] += 1
            if sum(came) == 3 * len(pairs):
                done.set()

        for place, (own, _) in enumerate(pairs):
            readiness.add(own.fileno(), lambda place=place: read(place))  # type: ignore[misc]
        for _ in range(3):
            for _, peer in pairs:
                peer.send(b"x")
        await until(done)
        assert came == [3] * len(pairs)
        for own, _ in pairs:
            readiness.remove(own.fileno())

    asyncio.run(scene())


def test_one_that_is_removed_by_another_is_read_no_more_and_one_that_fails_disturbs_no_other(
    pairs: list[tuple[socket.socket, socket.socket]], caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        readiness, done, came = Readiness(), asyncio.Event(), list[str]()
        (first, _), (second, _), (third, _) = pairs[:3]

        def read_first() -> None:
            readiness.remove(second.fileno())
            readiness.remove(second.fileno())
            first.recv(10)
            came.append("first")
            raise RuntimeError("broken")

        def read_third() -> None:
            third.recv(10)
            came.append("third")
            done.set()

        readiness.add(first.fileno(), read_first)
        readiness.add(second.fileno(), lambda: came.append("second"))
        readiness.add(third.fileno(), read_third)
        for _, peer in pairs[:3]:
            peer.send(b"x")
        with caplog.at_level(logging.CRITICAL):
            await until(done)
            await asyncio.sleep(0)
        assert came == ["first", "third"]
        readiness.remove(first.fileno())
        readiness.remove(third.fileno())

    asyncio.run(scene())


def test_nothing_is_left_open_and_the_next_loop_finds_it_ready(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    readiness = Readiness()
    own, peer = pairs[0]

    async def take(*, removes: bool) -> None:
        done = asyncio.Event()

        def read() -> None:
            own.recv(10)
            done.set()

        readiness.add(own.fileno(), read)
        peer.send(b"x")
        await until(done)
        if removes:
            readiness.remove(own.fileno())

    before = len(os.listdir("/dev/fd"))
    asyncio.run(take(removes=False))  # the loop is gone before it is removed
    asyncio.run(take(removes=True))
    assert len(os.listdir("/dev/fd")) == before
