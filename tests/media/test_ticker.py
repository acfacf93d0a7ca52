"""The ticker of all streams, in virtual time."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import pytest

from sipflow.media import MAX_BURST, Ticker
from sipflow.testing import VirtualTimeLoop
from sipflow.testing.agents import virtual


class Counted:
    """Notes when it was ticked."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.skipped = 0

    def tick(self, due: float) -> None:
        self.times.append(asyncio.get_running_loop().time())

    def skip(self, ticks: int, due: float) -> None:
        self.skipped += ticks


class Broken(Counted):
    def tick(self, due: float) -> None:
        super().tick(due)
        raise RuntimeError("no more")


@virtual
async def test_each_is_ticked_at_its_own_interval_and_no_more_once_it_is_stopped() -> None:
    ticker = Ticker()
    streams = {interval: Counted() for interval in (10, 20, 30, 200)}
    beats = [ticker.add(stream, interval) for interval, stream in streams.items()]
    await asyncio.sleep(2.001)
    for beat in beats:
        ticker.stop(beat)
        ticker.stop(beat)
    await asyncio.sleep(1)
    for interval, stream in streams.items():
        gaps = [round((b - a) * 1000) for a, b in zip(stream.times, stream.times[1:], strict=False)]
        assert set(gaps) == {interval}
        assert abs(len(stream.times) - 2000 // interval) <= 1
    assert ticker.beats == 0


@virtual
async def test_streams_are_spread_over_20_phases() -> None:
    ticker = Ticker()
    streams = [Counted() for _ in range(200)]
    beats = [ticker.add(stream, 20) for stream in streams]
    await asyncio.sleep(0.1)
    moments: dict[int, int] = {}
    for stream in streams:
        phase = round(stream.times[0] * 1000) % 20
        moments[phase] = moments.get(phase, 0) + 1
    assert moments == dict.fromkeys(range(20), 10)
    for beat in beats:
        ticker.stop(beat)


@pytest.mark.conformance("R18")
@virtual
async def test_standstill_is_made_up_for_by_a_burst_of_at_most_5_ticks_and_the_rest_skipped() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    ticker, long, short = Ticker(), Counted(), Counted()
    beats = [ticker.add(long, 20), ticker.add(short, 200)]
    await asyncio.sleep(1)
    loop.jump(3600)
    await asyncio.sleep(1)
    for stream, ticks_a_second in ((long, 50), (short, 5)):
        at_once = Counter(stream.times)
        assert max(at_once.values()) == MAX_BURST == 5
        assert sum(at_once.values()) == pytest.approx(2 * ticks_a_second + MAX_BURST, abs=2)
        assert stream.skipped + len(stream.times) == pytest.approx(3602 * ticks_a_second, abs=1)
    for beat in beats:
        ticker.stop(beat)


@virtual
async def test_short_standstill_loses_no_tick() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    ticker, stream = Ticker(), Counted()
    beat = ticker.add(stream, 20)
    await asyncio.sleep(1)
    loop.jump(0.07)
    await asyncio.sleep(0.93)
    ticker.stop(beat)
    assert len(stream.times) == pytest.approx(100, abs=1)
    assert stream.skipped == 0


@virtual
async def test_stream_that_fails_takes_no_other_with_it(caplog: pytest.LogCaptureFixture) -> None:
    ticker, broken, sound = Ticker(), Broken(), Counted()
    ticker.add(broken, 20)
    beat = ticker.add(sound, 20)
    with caplog.at_level(logging.CRITICAL):
        await asyncio.sleep(1)
    assert (len(broken.times), ticker.beats) == (1, 1)
    assert len(sound.times) == pytest.approx(50, abs=1)
    ticker.stop(beat)


@virtual
async def test_stream_may_stop_itself_and_another_begin_while_it_is_ticked() -> None:
    ticker = Ticker()
    after = Counted()

    class Once(Counted):
        def tick(self, due: float) -> None:
            super().tick(due)
            ticker.stop(first)
            beats.append(ticker.add(after, 20))

    once = Once()
    beats = [first := ticker.add(once, 20)]
    await asyncio.sleep(1)
    assert (len(once.times), len(after.times)) == (1, 50)
    for beat in beats:
        ticker.stop(beat)
