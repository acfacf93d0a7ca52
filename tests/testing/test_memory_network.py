"""The memory network behaves as the real one, but for its weather."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.errors import AddressUnavailable
from sipflow.sip.flow import Address, Flow
from sipflow.testing import MemoryNetwork, ReceiverLog, Weather, run_virtual

A = Address("10.0.0.1", 5060)
B = Address("10.0.0.2", 5060)


def udp(source: Address, target: Address) -> Flow:
    return Flow("UDP", source, target)


def tcp(source: Address, target: Address, connection: int = 0) -> Flow:
    return Flow("TCP", source, target, connection)


def test_datagram_arrives_after_the_delay_with_its_source() -> None:
    async def scene() -> None:
        network, b = MemoryNetwork(Weather(min_delay_s=0.02, max_delay_s=0.02)), ReceiverLog()
        left = await network.bind(*A, ReceiverLog())
        await network.bind(*B, b)
        start = asyncio.get_running_loop().time()
        left.send(b"hello", udp(A, B))
        await asyncio.sleep(0.1)
        assert [(data, flow) for data, flow, _ in b.received] == [(b"hello", Flow("UDP", B, A))]
        assert b.received[0][2] == pytest.approx(start + 0.02)
        assert b.batches == 1
        assert network.tap == [(start, A, B, b"hello", "UDP")]

    run_virtual(scene())


def test_datagrams_keep_their_order_when_the_delay_is_fixed() -> None:
    async def scene() -> None:
        network, b = MemoryNetwork(), ReceiverLog()
        left = await network.bind(*A, ReceiverLog())
        await network.bind(*B, b)
        sent = [b"%d" % n for n in range(200)]
        for data in sent:
            left.send(data, udp(A, B))
        await asyncio.sleep(1)
        assert b.texts == sent

    run_virtual(scene())


def stormy(seed: int) -> tuple[list[bytes], int]:
    async def scene() -> tuple[list[bytes], int]:
        weather = Weather(seed=seed, min_delay_s=0.0, max_delay_s=0.5, loss=0.2, duplicate=0.2)
        network, b = MemoryNetwork(weather), ReceiverLog()
        left = await network.bind(*A, ReceiverLog())
        await network.bind(*B, b)
        for n in range(300):
            left.send(b"%03d" % n, udp(A, B))
        await asyncio.sleep(1)
        return b.texts, network.lost

    return run_virtual(scene())


def test_weather_loses_doubles_and_reorders_datagrams() -> None:
    arrived, lost = stormy(1)
    assert 30 < lost < 90
    assert len(set(arrived)) == 300 - lost
    assert len(arrived) > len(set(arrived)) + 20
    assert arrived != sorted(arrived)


def test_weather_of_one_seed_is_the_same_every_time() -> None:
    assert stormy(7) == stormy(7)
    assert stormy(7) != stormy(8)


def test_datagram_to_nobody_is_reported_as_refused() -> None:
    async def scene() -> None:
        network, a = MemoryNetwork(), ReceiverLog()
        left = await network.bind(*A, a)
        left.send(b"x", udp(A, B))
        assert a.failures == []
        await asyncio.sleep(1)
        assert [(flow, reason) for flow, reason, _ in a.failures] == [(udp(A, B), "connection refused")]
        assert a.batches == 1

    run_virtual(scene())


def test_datagram_to_a_black_hole_vanishes_without_a_word() -> None:
    async def scene() -> None:
        network, a, b = MemoryNetwork(), ReceiverLog(), ReceiverLog()
        left = await network.bind(*A, a)
        await network.bind(*B, b)
        network.black_holes |= {B, Address("10.0.0.3", 9)}
        left.send(b"x", udp(A, B))
        left.send(b"x", udp(A, Address("10.0.0.3", 9)))
        await asyncio.sleep(100)
        assert (a.failures, a.received, b.received) == ([], [], [])

    run_virtual(scene())


def test_stream_keeps_order_under_any_weather_and_answers_on_its_connection() -> None:
    async def scene() -> None:
        network, a, b = (
            MemoryNetwork(Weather(seed=3, min_delay_s=0.0, max_delay_s=1.0, loss=0.5)),
            ReceiverLog(),
            ReceiverLog(),
        )
        left = await network.bind(*A, a)
        right = await network.bind(*B, b)
        sent = [b"%d" % n for n in range(50)]
        for data in sent:
            left.send(data, tcp(A, B))
        await asyncio.sleep(60)
        assert b.texts == sent
        flow = b.received[0][1]
        assert (flow.local, flow.connection) == (B, 1)
        assert flow.remote.host == A.host
        assert flow.remote != A
        right.send(b"answer", flow)
        await asyncio.sleep(60)
        assert [(data, flow) for data, flow, _ in a.received] == [(b"answer", tcp(A, B, 1))]
        assert network.open_connections == 2

    run_virtual(scene())


def test_stream_to_nobody_is_refused_and_to_a_black_hole_times_out() -> None:
    async def scene() -> None:
        network, a = MemoryNetwork(), ReceiverLog()
        left = await network.bind(*A, a)
        start = asyncio.get_running_loop().time()
        network.black_holes.add(Address("10.0.0.3", 9))
        left.send(b"x", tcp(A, B))
        left.send(b"x", tcp(A, Address("10.0.0.3", 9)))
        await asyncio.sleep(60)
        assert [(flow.remote, reason, round(at - start, 2)) for flow, reason, at in a.failures] == [
            (B, "connection refused", 0.0),
            (Address("10.0.0.3", 9), "connect timed out", 5.0),
        ]
        assert network.open_connections == 0

    run_virtual(scene())


def test_closed_connection_is_replaced_by_a_new_one_without_a_failure() -> None:
    async def scene() -> None:
        network, a, b = MemoryNetwork(), ReceiverLog(), ReceiverLog()
        left = await network.bind(*A, a)
        await network.bind(*B, b)
        left.send(b"1", tcp(A, B))
        await asyncio.sleep(1)
        network.break_connections(B, reset=False)
        left.send(b"2", tcp(A, B, 1))
        await asyncio.sleep(1)
        assert [(data, flow.connection) for data, flow, _ in b.received] == [(b"1", 1), (b"2", 2)]
        assert a.failures == b.failures == []

    run_virtual(scene())


def test_reset_connection_is_reported_at_both_ends() -> None:
    async def scene() -> None:
        network, a, b = MemoryNetwork(), ReceiverLog(), ReceiverLog()
        left = await network.bind(*A, a)
        await network.bind(*B, b)
        left.send(b"1", tcp(A, B))
        await asyncio.sleep(1)
        network.break_connections(B, reset=True)
        assert [(flow, reason) for flow, reason, _ in a.failures] == [(tcp(A, B, 1), "connection reset by peer")]
        assert len(b.failures) == 1

    run_virtual(scene())


def test_closed_endpoint_is_gone_for_both_transports() -> None:
    async def scene() -> None:
        network, a, b = MemoryNetwork(), ReceiverLog(), ReceiverLog()
        left = await network.bind(*A, a)
        right = await network.bind(*B, b)
        left.send(b"1", tcp(A, B))
        await asyncio.sleep(1)
        await right.close()
        await right.close()
        left.send(b"2", udp(A, B))
        left.send(b"3", tcp(A, B, 1))
        await asyncio.sleep(1)
        assert b.texts == [b"1"]
        left.send(b"4", tcp(A, B, 1))
        await asyncio.sleep(1)
        assert [(flow.transport, reason) for flow, reason, _ in a.failures] == [
            ("UDP", "connection refused"),
            ("TCP", "connection refused"),
        ]
        assert network.open_endpoints == [A]
        assert network.open_connections == 0

    run_virtual(scene())


def test_nothing_is_left_after_the_last_endpoint_closed() -> None:
    async def scene() -> None:
        network = MemoryNetwork()
        left = await network.bind(*A, ReceiverLog())
        left.send(b"1", udp(A, B))
        left.send(b"1", tcp(A, B))
        await left.close()
        left.send(b"2", udp(A, B))

    run_virtual(scene(), strict=True)


def test_bind_refuses_a_taken_address_and_a_foreign_host() -> None:
    async def scene() -> None:
        network = MemoryNetwork(hosts=["10.0.0.1"])
        await network.bind(*A, ReceiverLog())
        with pytest.raises(AddressUnavailable, match="5060"):
            await network.bind(*A, ReceiverLog())
        with pytest.raises(AddressUnavailable, match=r"10\.0\.0\.2"):
            await network.bind(*B, ReceiverLog())
        assert network.open_endpoints == [A]

    run_virtual(scene())


def test_bind_to_port_0_takes_a_port_of_its_own() -> None:
    async def scene() -> None:
        network = MemoryNetwork()
        ports = {(await network.bind("10.0.0.1", 0, ReceiverLog())).local.port for _ in range(5)}
        assert len(ports) == 5
        assert 0 not in ports

    run_virtual(scene())


def test_datagram_too_long_for_ip_is_reported() -> None:
    async def scene() -> None:
        network, a = MemoryNetwork(), ReceiverLog()
        left = await network.bind(*A, a)
        left.send(bytes(65_508), udp(A, B))
        await asyncio.sleep(1)
        assert [reason for _, reason, _ in a.failures] == ["message too long"]

    run_virtual(scene())
