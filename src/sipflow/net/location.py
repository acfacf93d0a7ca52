"""Where a SIP URI leads: the servers that may take a request for it, in order. Source: RFC 3263 §4."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, NamedTuple

from sipflow.base.errors import NameUnknown
from sipflow.net.resolver import Resolver, Srv
from sipflow.sip.flow import DEFAULT_PORTS, Address
from sipflow.sip.transports import transport_of
from sipflow.sip.uri import Uri

SERVICES: Final = {
    "SIP+D2U": "UDP",
    "SIP+D2T": "TCP",
    "SIPS+D2T": "TLS",
    "SIP+D2W": "WS",
    "SIPS+D2W": "WSS",
}
"""What a NAPTR record may offer. Source: RFC 3263 §4.1, RFC 7118 §5.5."""
PREFIXES: Final = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp", "WS": "_sip._ws", "WSS": "_sips._ws"}
"""Where the SRV records of a domain are, by transport. Source: RFC 3263 §4.2."""
MAX_HOPS: Final = 20
"""Servers of one name: what is more is left out, for each may take 32 s."""


class Hop(NamedTuple):
    """One server that a request may be sent to."""

    transport: str
    address: Address
    """With an IP literal."""
    domain: str = ""
    """The name that was looked up, for which its certificate must be; empty where it was an address."""


def direct_hop(uri: Uri, default: str) -> Hop | None:
    """The one hop of a URI with an IP literal; None where names have to be looked up. Raises LocalProtocolError."""
    transport = transport_of(uri, default)
    host = uri.param("maddr") or uri.host
    if not is_literal(host):
        return None
    return Hop(transport, Address(host.strip("[]"), uri.port or DEFAULT_PORTS[transport]))


async def locate(
    uri: Uri, default: str, resolver: Resolver, *, ipv6: bool, number: Callable[[int], int]
) -> tuple[Hop, ...]:
    """The servers for a URI, best first; never empty. `number` gives a random number below its argument.

    A domain without port and transport is asked what it prefers, where our default is UDP; another default is a choice
    that was made. Raises NameUnknown and LocalProtocolError.
    """
    direct = direct_hop(uri, default)
    if direct is not None:
        return (direct,)
    transport = transport_of(uri, default)
    host = uri.param("maddr") or uri.host
    if uri.port is None and host.lower().rstrip(".") != "localhost":  # RFC 6761 §6.3: it is asked of nobody
        is_open = uri.param("transport") is None and default == "UDP"
        hops: list[Hop] = []
        for offered, name in await _services(uri, host, transport, resolver, is_open=is_open):
            for record in _ordered(await resolver.srv(name), number):
                if record.target:
                    hops += await _addresses(record.target, record.port, offered, host, resolver, ipv6=ipv6)
        if hops:
            return tuple(hops[:MAX_HOPS])
    port = uri.port or DEFAULT_PORTS[transport]
    found = await resolver.addresses(host, ipv6=ipv6)
    return tuple([Hop(transport, Address(address, port), host) for address in found[:MAX_HOPS]])


def is_literal(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


async def _services(uri: Uri, host: str, transport: str, resolver: Resolver, *, is_open: bool) -> list[tuple[str, str]]:
    """Transports and the names of their SRV records, in order of preference. Source: RFC 3263 §4.1."""
    if not is_open:
        return [(transport, f"{PREFIXES[transport]}.{host}")]
    secure_only = uri.scheme == "sips"
    offered = [
        (SERVICES[record.service], record.replacement)
        for record in sorted(await resolver.naptr(host))
        if record.flags == "s" and record.service in SERVICES and (not secure_only or record.service.startswith("SIPS"))
    ]
    if offered:
        return offered
    asked = ("TLS",) if secure_only else ("UDP", "TCP", "TLS")
    return [(name, f"{PREFIXES[name]}.{host}") for name in asked]


def _ordered(records: list[Srv], number: Callable[[int], int]) -> list[Srv]:
    """By priority; within one priority at random, by weight. Source: RFC 2782."""
    ordered: list[Srv] = []
    for priority in sorted({record.priority for record in records}):
        left = sorted((record for record in records if record.priority == priority), key=lambda record: record.weight)
        while left:
            drawn = number(sum(record.weight for record in left) + 1)
            for record in left:
                drawn -= record.weight
                if drawn <= 0:
                    break
            left.remove(record)
            ordered.append(record)
    return ordered


async def _addresses(
    target: str, port: int, transport: str, domain: str, resolver: Resolver, *, ipv6: bool
) -> list[Hop]:
    """The hops of one SRV record; none where its target has no address of our family."""
    try:
        found = await resolver.addresses(target, ipv6=ipv6)
    except NameUnknown:
        return []
    return [Hop(transport, Address(address, port), domain) for address in found]
