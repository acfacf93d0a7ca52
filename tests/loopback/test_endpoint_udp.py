"""The UDP half of a real endpoint, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from sipflow.net.network import AsyncioNetwork
from sipflow.net.udp import BATCH, MAX_WAITING, UdpSocket
from sipflow.sip.flow import Address, Flow
from sipflow.testing import RawPeer, ReceiverLog

HOST = "127.0.0.1"
sees_icmp = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux reports ICMP to a UDP socket")


def udp(local: Address, remote: Address) -> Flow:
    return Flow("UDP", local, remote)


def closed_port() -> Address:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return Address(*probe.getsockname())


def test_datagram_goes_out_from_the_bound_port_and_its_answer_comes_in() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind(HOST, 0, log)
        with RawPeer() as peer:
            endpoint.send(b"question", udp(endpoint.local, peer.address))
            asked = await peer.receive()
            assert (asked.data, asked.source) == (b"question", endpoint.local)
            peer.send(b"answer", asked.source)
            (message,) = await log.messages(1)
            assert message[:2] == (b"answer", udp(endpoint.local, peer.address))
            assert log.batches == 1
        await endpoint.close()

    asyncio.run(scene())


def test_datagrams_of_one_peer_share_one_flow_object_and_one_time_a_burst() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind(HOST, 0, log)
        with RawPeer() as peer:
            for n in range(100):
                peer.send(b"%d" % n, endpoint.local)
            messages = await log.messages(100)
            assert [data for data, _, _ in messages] == [b"%d" % n for n in range(100)]
            assert len({id(flow) for _, flow, _ in messages}) == 1
            assert len({at for _, _, at in messages}) == log.batches == 4
        await endpoint.close()

    asyncio.run(scene())


@sees_icmp
@pytest.mark.conformance(13)
def test_refused_datagram_is_reported_within_100_ms_and_only_for_its_peer() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind(HOST, 0, log)
        with RawPeer() as peer:
            nobody = closed_port()
            took_s = []
            for count in range(1, 6):
                began = asyncio.get_running_loop().time()
                endpoint.send(b"to nobody", udp(endpoint.local, nobody))
                endpoint.send(b"to peer", udp(endpoint.local, peer.address))
                assert (await peer.receive()).data == b"to peer"
                failure = await log.failure()
                assert failure[:2] == (udp(endpoint.local, nobody), "connection refused")
                took_s.append(failure.at - began)
                peer.send(b"alive", endpoint.local)
                await log.messages(count)
                assert len(log.failures) == 1
                log.failures.clear()
            assert 0 <= min(took_s) < 0.1  # the machine may stand still in some
        await endpoint.close()

    asyncio.run(scene())


@sees_icmp
@pytest.mark.conformance(13)
def test_refused_datagrams_lose_no_datagram_for_others_in_between() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind(HOST, 0, log)
        dead = [closed_port() for _ in range(5)]
        with RawPeer() as peer:
            for n in range(50):
                for address in dead:
                    endpoint.send(b"x", udp(endpoint.local, address))
                endpoint.send(b"%d" % n, udp(endpoint.local, peer.address))
            assert [(await peer.receive()).data for _ in range(50)] == [b"%d" % n for n in range(50)]
            await log.failure()
            await asyncio.sleep(0)
            assert {failure.flow.remote for failure in log.failures} == set(dead)
        await endpoint.close()

    asyncio.run(scene())


@sees_icmp
@pytest.mark.conformance(13)
def test_refused_datagram_over_ipv6_is_reported() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind("::1", 0, log)
        with RawPeer("::1") as peer:
            endpoint.send(b"hello", udp(endpoint.local, peer.address))
            assert (await peer.receive()).source == endpoint.local
            peer.send(b"there", endpoint.local)
            assert (await log.messages(1))[0].flow == udp(endpoint.local, peer.address)
            gone = peer.address
        endpoint.send(b"hello?", udp(endpoint.local, gone))
        assert (await log.failure())[:2] == (udp(endpoint.local, gone), "connection refused")
        await endpoint.close()

    asyncio.run(scene())


@pytest.mark.conformance(53)
@pytest.mark.parametrize("keep_alive", [b"", b"\r\n", b"\r\n\r\n", b"\n"])
def test_datagram_of_line_ends_alone_is_ignored(keep_alive: bytes) -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind(HOST, 0, log)
        with RawPeer() as peer:
            peer.send(keep_alive, endpoint.local)
            peer.send(b"OPTIONS", endpoint.local)
            assert [message.data for message in await log.messages(1)] == [b"OPTIONS"]
            await peer.hear_nothing(0.02)
        await endpoint.close()

    asyncio.run(scene())


def test_largest_datagram_arrives_whole_and_a_larger_one_is_reported() -> None:
    async def scene() -> None:
        left_log, right_log = ReceiverLog(), ReceiverLog()
        left = await AsyncioNetwork().bind(HOST, 0, left_log)
        right = await AsyncioNetwork().bind(HOST, 0, right_log)
        told: list[int] = []
        left.send(bytes(65_507), udp(left.local, right.local), lambda data, _: told.append(len(data)))
        assert len((await right_log.messages(1))[0].data) == 65_507
        left.send(bytes(65_508), udp(left.local, right.local), lambda data, _: told.append(len(data)))
        assert (left_log.failures, told) == ([], [65_507])
        assert (await left_log.failure())[:2] == (udp(left.local, right.local), "message too long")
        await left.close()
        await right.close()

    asyncio.run(scene())


def test_target_of_another_address_family_is_reported() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind(HOST, 0, log)
        target = Address("::1", 5060)
        endpoint.send(b"x", udp(endpoint.local, target))
        assert (await log.failure()).flow.remote == target
        await endpoint.close()

    asyncio.run(scene())


@sees_icmp
class TracedSocket(socket.socket):
    """Remembers the order of what is read and written."""

    trace: list[str]

    def recvfrom(self, *args: int) -> tuple[bytes, object]:
        data, source = super().recvfrom(*args)
        self.trace.append("read")
        return data, source

    def sendto(self, *args: object) -> int:
        self.trace.append("written")
        return super().sendto(*args)  # type: ignore[no-any-return, call-overload]


class Echo(ReceiverLog):
    """Sends back at once what comes; closes its socket after `closes_after` messages."""

    sender: UdpSocket
    closes_after = 0

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        super().message_received(data, flow, now)
        self.sender.send(data, flow.remote)
        self.closes_after -= 1
        if self.closes_after == 0:
            self.sender.close()


def echo_on(sock: socket.socket) -> Echo:
    sock.setblocking(False)
    sock.bind((HOST, 0))
    log = Echo()
    log.sender = UdpSocket(asyncio.get_running_loop(), sock, Address(*sock.getsockname()), log, log.transport_failed)
    return log


def test_answers_to_a_burst_go_out_in_order_when_the_burst_is_over() -> None:
    async def scene() -> None:
        sock = TracedSocket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.trace = []
        log = echo_on(sock)
        with RawPeer() as peer:
            for n in range(BATCH + 1):
                peer.send(b"%d" % n, Address(*sock.getsockname()))
            assert [(await peer.receive()).data for _ in range(BATCH + 1)] == [b"%d" % n for n in range(BATCH + 1)]
            assert sock.trace == [*["read"] * BATCH, *["written"] * BATCH, "read", "written"]
            log.sender.send(b"outside a burst", peer.address)
            assert sock.trace[-1:] == ["written"]
        log.sender.close()

    asyncio.run(scene())


def test_socket_closed_within_a_burst_loses_no_answer_given_before() -> None:
    async def scene() -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        log = echo_on(sock)
        log.closes_after = 2
        with RawPeer() as peer:
            for n in range(3):
                peer.send(b"%d" % n, Address(*sock.getsockname()))
            assert [(await peer.receive()).data for _ in range(2)] == [b"0", b"1"]
            await peer.hear_nothing(0.02)
        assert len(await log.messages(2)) == 2

    asyncio.run(scene())


@sees_icmp
def test_answer_within_a_burst_that_is_refused_is_reported() -> None:
    async def scene() -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        log = echo_on(sock)
        with RawPeer() as peer:
            gone = peer.address
            peer.send(b"x", Address(*sock.getsockname()))
        assert (await log.failure()).flow.remote == gone
        log.sender.close()

    asyncio.run(scene())


class StuffedSocket(socket.socket):
    """A socket that has no room for a while."""

    stuffed = True

    def sendto(self, *args: object) -> int:
        if self.stuffed:
            raise BlockingIOError
        return super().sendto(*args)  # type: ignore[no-any-return, call-overload]


def test_full_socket_keeps_datagrams_in_order_up_to_its_bound() -> None:
    async def scene() -> None:
        sock = StuffedSocket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind((HOST, 0))
        local, log = Address(*sock.getsockname()), ReceiverLog()
        sender = UdpSocket(asyncio.get_running_loop(), sock, local, log, log.transport_failed)
        with RawPeer() as peer:
            for n in range(MAX_WAITING + 10):
                sender.send(b"%d" % n, peer.address)
            await asyncio.sleep(0)
            sock.stuffed = False
            assert [(await peer.receive()).data for _ in range(100)] == [b"%d" % n for n in range(100)]
            sender.send(b"last", peer.address)
            rest = [(await peer.receive()).data for _ in range(MAX_WAITING - 100 + 1)]
            assert rest[-2:] == [b"%d" % (MAX_WAITING - 1), b"last"]
        sock.stuffed = True
        sender.send(b"never", peer.address)
        descriptor = sock.fileno()
        sender.close()
        sender.close()
        assert not asyncio.get_running_loop().remove_writer(descriptor)

    asyncio.run(scene())
