"""The seam to the Domain Name System: what a resolver is asked, and what it answers."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Naptr(NamedTuple):
    """A NAPTR record: a service that a domain offers, and where its SRV records are. Source: RFC 3403 §4.1."""

    order: int
    preference: int
    service: str
    """Such as `SIP+D2T`."""
    replacement: str
    """The name to ask for SRV."""
    flags: str = "s"


class Srv(NamedTuple):
    """An SRV record: one server. Source: RFC 2782."""

    priority: int
    weight: int
    port: int
    target: str


class Resolver(Protocol):
    """Looks names up. Every wait is bounded; where there is no record, or no answer, the list is empty."""

    async def naptr(self, domain: str) -> list[Naptr]: ...

    async def srv(self, name: str) -> list[Srv]: ...

    async def addresses(self, host: str, *, ipv6: bool) -> list[str]:
        """The addresses of a host, as literals of one family. Raises NameUnknown where there is none."""
        ...
