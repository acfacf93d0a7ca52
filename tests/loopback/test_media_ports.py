"""RTP ports on real sockets of this machine."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import closing

import pytest

from sipflow.base.errors import AddressUnavailable
from sipflow.media import Source, UdpMediaPorts, UdpRtpPort

HOST = "127.0.0.1"


def free_range(pairs: int) -> tuple[int, int]:
    """A range of ports that is free and below the ephemeral ones: anywhere, for another worker may look for one too."""
    for first in random.sample(range(28_000, 32_000, 2 * pairs), 100):
        ports = UdpMediaPorts(first, first + 2 * pairs - 1)
        opened: list[UdpRtpPort] = []
        try:
            opened += [ports.open(HOST) for _ in range(pairs)]
        except AddressUnavailable:
            continue
        finally:
            for port in opened:
                port.close()
        return first, first + 2 * pairs - 1
    raise AssertionError("no free range")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def test_port_is_even_and_both_of_the_pair_are_bound() -> None:
    first, last = free_range(2)
    ports = UdpMediaPorts(first + 1, last)

    port = ports.open(HOST)

    assert (port.host, port.port) == (HOST, first + 2)
    assert not is_free(port.port)
    assert not is_free(port.port + 1)
    port.close()


def test_closed_port_is_free_again_and_may_be_closed_twice() -> None:
    ports = UdpMediaPorts(*free_range(1))
    port = ports.open(HOST)

    port.close()
    port.close()

    assert ports.open_ports == 0
    assert is_free(port.port)
    assert is_free(port.port + 1)


def test_just_closed_port_is_the_last_to_be_used_again() -> None:
    first, last = free_range(3)
    ports = UdpMediaPorts(first, last)
    given = []

    for _ in range(4):
        port = ports.open(HOST)
        given.append(port.port)
        port.close()

    assert given == [first, first + 2, first + 4, first]


def test_used_up_range_is_told_and_leaves_nothing_more_open() -> None:
    first, last = free_range(2)
    ports = UdpMediaPorts(first, last)

    with closing(ports.open(HOST)) as port, closing(ports.open(HOST)):
        with pytest.raises(AddressUnavailable, match="no free pair"):
            ports.open(HOST)

        assert ports.open_ports == 2
        port.close()
        with closing(ports.open(HOST)) as again:
            assert again.port == port.port
    assert ports.open_ports == 0


@pytest.mark.parametrize("offset", [0, 1], ids=["RTP", "RTCP"])
def test_pair_that_another_program_holds_in_part_is_passed_over(offset: int) -> None:
    first, last = free_range(2)
    ports = UdpMediaPorts(first, last)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, first + offset))

        port = ports.open(HOST)
        with pytest.raises(AddressUnavailable):
            ports.open(HOST)

        assert port.port == first + 2
        assert is_free(first + 1 - offset)
        port.close()


def test_address_that_is_not_ours_is_told_at_once() -> None:
    ports = UdpMediaPorts()

    with pytest.raises(AddressUnavailable) as caught:
        ports.open("192.0.2.1")

    assert caught.value.host == "192.0.2.1"
    assert ports.open_ports == 0


def test_pair_on_ipv6_is_bound_where_the_machine_has_it() -> None:
    ports = UdpMediaPorts()
    try:
        port = ports.open("::1")
    except AddressUnavailable:
        pytest.skip("this machine has no IPv6 loopback")

    assert port.rtp_socket.getsockname()[:2] == ("::1", port.port)
    assert port.rtcp_socket.getsockname()[:2] == ("::1", port.port + 1)
    port.close()


class Heard:
    """Notes what comes."""

    def __init__(self) -> None:
        self.rtp: asyncio.Queue[tuple[bytes, Source]] = asyncio.Queue()
        self.rtcp: asyncio.Queue[tuple[bytes, Source]] = asyncio.Queue()

    def rtp_received(self, data: bytes, source: Source) -> None:
        self.rtp.put_nowait((data, source))

    def rtcp_received(self, data: bytes, source: Source) -> None:
        self.rtcp.put_nowait((data, source))


@pytest.mark.parametrize("host", [HOST, "::1"])
@pytest.mark.conformance(117)
def test_packets_go_from_the_bound_ports_to_the_reader_and_carry_the_dscp(host: str) -> None:
    async def scene() -> None:
        ports = UdpMediaPorts(*free_range(2))
        here, there = ports.open(host), ports.open(host)
        assert here.port % 2 == there.port % 2 == 0
        heard = Heard()
        here.read(Heard(), dscp=46)
        there.read(heard)
        option = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if ":" in host else (socket.IPPROTO_IP, socket.IP_TOS)
        assert here.rtp_socket.getsockopt(*option) == here.rtcp_socket.getsockopt(*option) == 46 << 2
        for number in range(100):
            assert here.send_rtp(bytes([number]), (host, there.port))
        assert here.send_rtcp(b"report", (host, there.port + 1))
        async with asyncio.timeout(20):
            got = [await heard.rtp.get() for _ in range(100)]
            assert got == [(bytes([number]), (host, here.port)) for number in range(100)]
            assert await heard.rtcp.get() == (b"report", (host, here.port + 1))
        here.close()
        there.close()
        there.close()
        assert ports.open_ports == 0

    asyncio.run(scene())


def test_packet_that_can_not_be_sent_is_told_and_breaks_nothing() -> None:
    ports = UdpMediaPorts(*free_range(1))
    port = ports.open(HOST)
    assert not port.send_rtp(bytes(70_000), (HOST, 9))
    assert not port.send_rtcp(b"", ("::1", 9))
    port.close()
    assert not port.send_rtp(b"late", (HOST, 9))


def test_part_of_the_ports_is_kept_to_and_has_the_same_ticker() -> None:
    first, last = free_range(1)
    whole = UdpMediaPorts()
    part = whole.within(first, last)
    pair = part.open(HOST)
    try:
        assert (pair.port, part.ticker) == (first, whole.ticker)
        with pytest.raises(AddressUnavailable):
            part.open(HOST)
    finally:
        pair.close()
