"""Where next hops lead: at once where they hold an address, after a look-up where they hold a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sipflow.net.location import Hop, direct_hop, locate
from sipflow.net.resolver import Resolver
from sipflow.sip.address import NameAddr
from sipflow.sip.flow import DEFAULT_PORTS, Address, Flow
from sipflow.sip.transports import transport_of
from sipflow.sip.uri import Uri

MAX_FLOWS: Final = 1024
KEPT_S: Final = 30.0
"""How long the servers of a name are remembered: a new call asks again after it."""


class Flows(dict[tuple[str, str], Flow]):
    """What `Paths.to` tells, by its arguments: what is known costs no call of a function."""

    def __init__(self, local: Address) -> None:
        super().__init__()
        self._local = local

    def __missing__(self, key: tuple[str, str]) -> Flow:
        next_hop, transport = key
        uri = NameAddr.parse(next_hop).uri if "<" in next_hop else Uri.parse(next_hop)
        hop = direct_hop(uri, transport)
        if hop is not None:
            flow = _flow(self._local, hop)
        else:
            named = transport_of(uri, transport)
            flow = Flow(named, self._local, Address(uri.host, uri.port or DEFAULT_PORTS[named]), 0, str(uri))
        if len(self) >= MAX_FLOWS:
            self.clear()
        self[key] = flow
        return flow


class Paths:
    """The ways from one address to all others."""

    def __init__(self, local: Address, resolver: Resolver, number: Callable[[int], int]) -> None:
        """`number` gives a random number below its argument."""
        self._local = local
        self._resolver = resolver
        self._number = number
        self.flows = Flows(local)
        self._located: dict[Flow, tuple[float, tuple[Flow, ...]]] = {}

    def to(self, next_hop: str, transport: str) -> Flow:
        """The flow to a URI, bare or in angle brackets; one that names no transport is reached by `transport`.

        Behind a name it is not located yet, and its transport is the likely one. Raises LocalProtocolError for a scheme
        or transport that is not spoken here, SipParseError for no URI.
        """
        return self.flows[next_hop, transport]

    async def servers(self, flow: Flow, now: float) -> tuple[Flow, ...]:
        """The flows to all servers behind a flow, best first; never empty. Raises NameUnknown."""
        if flow.is_located:
            return (flow,)
        until, flows = self._located.get(flow, (now, ()))
        if until <= now:
            uri, ipv6 = Uri.parse(flow.domain), ":" in self._local.host
            hops = await locate(uri, flow.transport, self._resolver, ipv6=ipv6, number=self._number)
            flows = tuple([_flow(self._local, hop) for hop in hops])
            if len(self._located) >= MAX_FLOWS:
                self._located.clear()
            self._located[flow] = (now + KEPT_S, flows)
        return flows

    async def first_server(self, flow: Flow, now: float) -> Flow:
        """The best server by the very transport of a flow, for what can't choose another. Raises NameUnknown."""
        flows = await self.servers(flow, now)
        return next((found for found in flows if found.transport == flow.transport), flows[0])


def _flow(local: Address, hop: Hop) -> Flow:
    return Flow(hop.transport, local, hop.address, 0, hop.domain)
