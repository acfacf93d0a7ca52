"""The network of `MemoryMediaPorts`."""

from __future__ import annotations

import asyncio

from sipflow.media import Source
from sipflow.testing import MemoryMediaPorts, Weather
from sipflow.testing.agents import virtual

HOST = "127.0.0.1"


class Heard:
    """Notes what comes."""

    def __init__(self) -> None:
        self.rtp: list[tuple[bytes, Source]] = []
        self.rtcp: list[tuple[bytes, Source]] = []

    def rtp_received(self, data: bytes, source: Source) -> None:
        self.rtp.append((data, source))

    def rtcp_received(self, data: bytes, source: Source) -> None:
        self.rtcp.append((data, source))


@virtual
async def test_packet_reaches_the_reader_of_its_port_and_rtcp_the_port_above() -> None:
    ports, heard = MemoryMediaPorts(), Heard()
    here, there = ports.open(HOST), ports.open(HOST)
    there.read(heard)
    here.send_rtp(b"sound", (HOST, there.port))
    here.send_rtcp(b"report", (HOST, there.port + 1))
    here.send_rtp(b"nobody", (HOST, 9))
    await asyncio.sleep(1)
    assert heard.rtp == [(b"sound", (HOST, here.port))]
    assert heard.rtcp == [(b"report", (HOST, here.port + 1))]
    here.close()
    there.close()


@virtual
async def test_weather_loses_doubles_and_reorders_by_its_seed_alone() -> None:
    def sent(seed: int) -> tuple[MemoryMediaPorts, Heard]:
        ports = MemoryMediaPorts(weather=Weather(seed, 0.0, 0.1, loss=0.2, duplicate=0.1))
        heard = Heard()
        here, there = ports.open(HOST), ports.open(HOST)
        there.read(heard)
        for number in range(200):
            here.send_rtp(bytes([number]), (HOST, there.port))
        return ports, heard

    ports, heard = sent(1)
    _, again = sent(1)
    _, other = sent(2)
    await asyncio.sleep(1)
    numbers = [data[0] for data, _ in heard.rtp]
    assert heard.rtp == again.rtp != other.rtp
    assert len(set(numbers)) == 200 - ports.lost < 180
    assert len(numbers) > len(set(numbers))
    assert numbers != sorted(numbers)


@virtual
async def test_closed_port_hears_nothing_and_with_the_last_one_all_vanishes() -> None:
    ports, heard = MemoryMediaPorts(), Heard()
    here, there = ports.open(HOST), ports.open(HOST)
    there.read(heard)
    here.send_rtp(b"sound", (HOST, there.port))
    there.close()
    await asyncio.sleep(1)
    here.send_rtp(b"sound", (HOST, there.port))
    here.close()
    assert heard.rtp == []
