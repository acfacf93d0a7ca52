"""The real resolver: dnspython for NAPTR and SRV, the system's own (with its hosts file) for addresses."""

from __future__ import annotations

import asyncio
import socket
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from sipflow.base.errors import NameUnknown
from sipflow.base.system_errors import told_by_system
from sipflow.net.resolver import Naptr, Srv

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver as Asked

LIFETIME_S: Final = 3.0
"""What one question for NAPTR or SRV may take, all servers and repetitions included."""


class SystemResolver:
    """Asks the name servers of this machine, or those of the `asked` that is handed in."""

    def __init__(self, asked: Asked | None = None) -> None:
        self._given = asked

    async def naptr(self, domain: str) -> list[Naptr]:
        return [
            Naptr(
                record.order,
                record.preference,
                record.service.decode("ascii", "replace").upper(),
                _text(record.replacement),
                record.flags.decode("ascii", "replace").lower(),
            )
            for record in await self._ask(domain, "NAPTR")
        ]

    async def srv(self, name: str) -> list[Srv]:
        return [
            Srv(record.priority, record.weight, record.port, _text(record.target))
            for record in await self._ask(name, "SRV")
        ]

    async def addresses(self, host: str, *, ipv6: bool) -> list[str]:
        family = socket.AF_INET6 if ipv6 else socket.AF_INET
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, family=family, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            raise NameUnknown(host, told_by_system(error)) from error
        return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))

    async def _ask(self, name: str, kind: str) -> Any:
        """All records of a kind; empty where there are none, or where nobody answers."""
        from dns.exception import DNSException

        try:
            return await self._asked.resolve(name, kind, lifetime=LIFETIME_S, search=False)
        except (DNSException, OSError, UnicodeError):
            return ()

    @cached_property
    def _asked(self) -> Asked:
        if self._given is not None:
            return self._given
        from dns.asyncresolver import Resolver
        from dns.resolver import Cache

        resolver = Resolver()
        resolver.cache = Cache()
        return resolver


def _text(name: Any) -> str:
    return str(name).rstrip(".")
