"""A machine that stood still for an hour: timers are late, each fires once, and nothing is sent in a burst."""

from __future__ import annotations

import pytest

from sipflow.sip.orders import TransactionFailed, Transmit
from sipflow.testing.core_bench import CoreBench


@pytest.mark.conformance("R18")
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_request_after_a_long_standstill_is_repeated_at_most_once_and_given_up(method: str) -> None:
    bench = CoreBench()
    bench.request(method)
    bench.clock.advance(3600)
    bench.layer.timers.fire(bench.now)
    orders = bench.drain()
    assert len([order for order in orders if isinstance(order, Transmit)]) <= 1
    bench.advance(64)
    assert len(bench.handed_up(TransactionFailed)) == 1
    assert len(bench.sent(method)) <= 3 + 64 // 4  # what 64 s at the widest interval may have more, and no more
    assert bench.remembers == 0


@pytest.mark.conformance("R18")
def test_many_requests_after_a_long_standstill_are_repeated_once_each() -> None:
    bench = CoreBench()
    for _ in range(100):
        bench.request()
    bench.clock.advance(3600)
    bench.layer.timers.fire(bench.now)
    assert len([order for order in bench.drain() if isinstance(order, Transmit)]) <= 100
    bench.advance(3600)
    assert bench.remembers == 0
