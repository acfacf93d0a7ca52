"""RFC 3263: which servers a URI leads to, from records that each test hands in."""

from __future__ import annotations

import asyncio
import random

import pytest

from sipflow.base.errors import LocalProtocolError, NameUnknown
from sipflow.net.location import Hop, locate
from sipflow.net.resolver import Naptr, Srv
from sipflow.sip.flow import Address
from sipflow.sip.uri import Uri
from sipflow.testing import MemoryResolver


def found(uri: str, resolver: MemoryResolver, default: str = "UDP", *, ipv6: bool = False, seed: int = 0) -> list[str]:
    """The hops, as `transport address` each."""
    number = random.Random(seed).randrange
    hops = asyncio.run(locate(Uri.parse(uri), default, resolver, ipv6=ipv6, number=number))
    return [f"{hop.transport} {hop.address}" for hop in hops]


def world() -> MemoryResolver:
    return MemoryResolver(hosts={"a.example": ["192.0.2.1", "2001:db8::1"], "b.example": ["192.0.2.2"]})


@pytest.mark.parametrize(
    ("uri", "default", "hop"),
    [
        ("sip:x@192.0.2.1", "UDP", "UDP 192.0.2.1:5060"),
        ("sip:x@192.0.2.1", "TCP", "TCP 192.0.2.1:5060"),
        ("sip:x@192.0.2.1:7", "TLS", "TLS 192.0.2.1:7"),
        ("sip:x@192.0.2.1;transport=TLS", "UDP", "TLS 192.0.2.1:5061"),
        ("sip:x@192.0.2.1;transport=ws", "UDP", "WS 192.0.2.1:80"),
        ("sip:x@192.0.2.1:7;transport=ws", "WSS", "WSS 192.0.2.1:7"),
        ("sips:x@192.0.2.1", "UDP", "TLS 192.0.2.1:5061"),
        ("sips:x@192.0.2.1;transport=tcp", "UDP", "TLS 192.0.2.1:5061"),
        ("sips:x@192.0.2.1;transport=ws", "UDP", "WSS 192.0.2.1:443"),
        ("sip:x@[2001:db8::1]:5070", "UDP", "UDP [2001:db8::1]:5070"),
        ("sip:x@b.example;maddr=192.0.2.9", "UDP", "UDP 192.0.2.9:5060"),
    ],
)
def test_address_is_asked_of_nobody(uri: str, default: str, hop: str) -> None:
    resolver = world()
    assert found(uri, resolver, default) == [hop]
    assert resolver.asked == []


@pytest.mark.parametrize("uri", ["tel:+1", "sip:x@192.0.2.1;transport=sctp", "sips:x@192.0.2.1;transport=udp"])
def test_transport_that_is_not_spoken_is_refused(uri: str) -> None:
    with pytest.raises(LocalProtocolError):
        found(uri, world())


def test_name_with_a_port_is_asked_for_its_addresses_alone() -> None:
    resolver = world()
    assert found("sip:x@a.example:5070", resolver) == ["UDP 192.0.2.1:5070"]
    assert resolver.asked == ["A a.example"]


def test_naptr_chooses_the_transport_in_its_order() -> None:
    resolver = world()
    resolver.naptrs["a.example"] = [
        Naptr(90, 50, "SIP+D2U", "u.example"),
        Naptr(50, 50, "SIPS+D2T", "s.example"),
        Naptr(50, 40, "SIP+D2T", "t.example"),
        Naptr(10, 10, "E2U+sip", "no.example", "u"),
    ]
    resolver.srvs = {
        "s.example": [Srv(0, 1, 5061, "a.example")],
        "t.example": [Srv(0, 1, 5060, "b.example")],
        "u.example": [Srv(0, 1, 5062, "b.example")],
    }
    assert found("sip:x@a.example", resolver) == ["TCP 192.0.2.2:5060", "TLS 192.0.2.1:5061", "UDP 192.0.2.2:5062"]
    assert found("sips:x@a.example", resolver)[0] == "TLS 192.0.2.1:5061"


def test_sips_takes_no_service_that_is_not_secured() -> None:
    resolver = world()
    resolver.naptrs["a.example"] = [Naptr(1, 1, "SIP+D2T", "t.example"), Naptr(2, 1, "SIPS+D2T", "s.example")]
    resolver.srvs = {"t.example": [Srv(0, 1, 1, "b.example")], "s.example": [Srv(0, 1, 2, "b.example")]}
    assert found("sips:x@a.example", resolver) == ["TLS 192.0.2.2:2"]


def test_without_naptr_each_transport_is_asked_for_srv() -> None:
    resolver = world()
    resolver.srvs["_sip._tcp.a.example"] = [Srv(0, 1, 5075, "b.example")]
    assert found("sip:x@a.example", resolver) == ["TCP 192.0.2.2:5075"]
    assert resolver.asked[:2] == ["NAPTR a.example", "SRV _sip._udp.a.example"]


def test_transport_that_was_chosen_is_asked_for_alone() -> None:
    resolver = world()
    resolver.srvs["_sip._udp.a.example"] = [Srv(0, 1, 5075, "b.example")]
    assert found("sip:x@a.example", resolver, "TLS") == ["TLS 192.0.2.1:5061"]
    assert resolver.asked == ["SRV _sips._tcp.a.example", "A a.example"]


def test_without_any_service_the_name_itself_is_the_server() -> None:
    resolver = world()
    assert found("sip:x@a.example", resolver) == ["UDP 192.0.2.1:5060"]
    assert found("sip:x@a.example", resolver, ipv6=True) == ["UDP [2001:db8::1]:5060"]


def test_servers_come_by_priority_and_within_it_by_weight_at_random() -> None:
    resolver = world()
    resolver.hosts |= {f"{n}.example": [f"192.0.2.1{n}"] for n in range(3)}
    resolver.srvs["_sip._udp.a.example"] = [
        Srv(1, 90, 5060, "0.example"),
        Srv(1, 10, 5060, "1.example"),
        Srv(0, 0, 5060, "2.example"),
    ]
    orders = [found("sip:x@a.example", resolver, seed=seed) for seed in range(200)]
    assert {order[0] for order in orders} == {"UDP 192.0.2.12:5060"}
    heavy_first = sum(order[1] == "UDP 192.0.2.10:5060" for order in orders)
    assert 160 < heavy_first < 200
    assert all(len(set(order)) == 3 for order in orders)


def test_server_without_an_address_is_left_out() -> None:
    resolver = world()
    resolver.srvs["_sip._udp.a.example"] = [Srv(0, 1, 5060, "gone.example"), Srv(1, 1, 5060, "b.example")]
    assert found("sip:x@a.example", resolver) == ["UDP 192.0.2.2:5060"]


def test_localhost_is_asked_for_its_address_alone() -> None:
    resolver = MemoryResolver()
    assert found("sip:x@localhost", resolver) == ["UDP 127.0.0.1:5060"]
    assert resolver.asked == ["A localhost"]


def test_certificate_is_to_be_for_the_domain_that_was_asked() -> None:
    resolver = world()
    resolver.srvs["_sips._tcp.a.example"] = [Srv(0, 1, 5061, "b.example")]
    hops = asyncio.run(locate(Uri.parse("sips:x@a.example"), "UDP", resolver, ipv6=False, number=lambda _: 0))
    assert hops == (Hop("TLS", Address("192.0.2.2", 5061), "a.example"),)


def test_name_that_is_unknown_is_an_error() -> None:
    with pytest.raises(NameUnknown, match=r"nobody\.example"):
        found("sip:x@nobody.example", world())
