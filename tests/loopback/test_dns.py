"""The real resolver against a name server that is a plain UDP socket with three records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.asyncresolver import Resolver as Asked

from sipflow.base.errors import NameUnknown
from sipflow.net.dns import SystemResolver
from sipflow.net.resolver import Naptr, Srv

HOST = "127.0.0.1"
RECORDS = {
    ("example.com.", "NAPTR"): [
        '50 50 "s" "SIP+D2T" "" _sip._tcp.example.com.',
        '90 50 "S" "sip+d2u" "" u.example.com.',
    ],
    ("_sip._tcp.example.com.", "SRV"): ["0 5 5060 one.example.com.", "1 0 5070 two.example.com."],
}


class NameServer(asyncio.DatagramProtocol):
    """Answers with what it has, else with NXDOMAIN; names that begin with `silent` get no answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        if name.startswith("silent"):
            return
        answer = dns.message.make_response(query)
        records = RECORDS.get((name, kind))
        if records is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def resolver() -> AsyncIterator[SystemResolver]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(NameServer, (HOST, 0))
    asked = Asked(configure=False)
    asked.nameservers = [HOST]
    asked.port = transport.get_extra_info("sockname")[1]
    try:
        yield SystemResolver(asked)
    finally:
        transport.close()


def test_records_are_read_from_a_name_server() -> None:
    async def scene() -> None:
        async with resolver() as asked:
            assert sorted(await asked.naptr("example.com")) == [
                Naptr(50, 50, "SIP+D2T", "_sip._tcp.example.com"),
                Naptr(90, 50, "SIP+D2U", "u.example.com"),
            ]
            assert sorted(await asked.srv("_sip._tcp.example.com")) == [
                Srv(0, 5, 5060, "one.example.com"),
                Srv(1, 0, 5070, "two.example.com"),
            ]

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["nothing.example", "a..b", "x" * 300, "ü" * 100])
def test_name_without_records_has_none(name: str) -> None:
    async def scene() -> None:
        async with resolver() as asked:
            assert (await asked.naptr(name), await asked.srv(name)) == ([], [])

    asyncio.run(scene())


def test_server_that_is_silent_is_waited_for_three_seconds() -> None:
    async def scene() -> None:
        async with resolver() as asked, asyncio.timeout(20):
            began = asyncio.get_running_loop().time()
            assert await asked.srv("silent.example") == []
            assert asyncio.get_running_loop().time() - began > 2.9

    asyncio.run(scene())


def test_addresses_come_from_the_system_and_of_one_family() -> None:
    async def scene() -> None:
        async with resolver() as asked:
            assert await asked.addresses("localhost", ipv6=False) == ["127.0.0.1"]
            with pytest.raises(NameUnknown, match=r"nobody\.invalid: "):
                await asked.addresses("nobody.invalid", ipv6=False)
            with pytest.raises(NameUnknown):
                await asked.addresses("x" * 300, ipv6=True)

    asyncio.run(scene())
