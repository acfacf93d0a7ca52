"""A Domain Name System in memory: the records that a test hands in, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from sipflow.base.errors import NameUnknown
from sipflow.base.sayings import Saying
from sipflow.net.resolver import Naptr, Srv


@dataclass(slots=True)
class MemoryResolver:
    """A `Resolver`. `localhost` is known from the start."""

    naptrs: dict[str, list[Naptr]] = field(default_factory=dict)
    srvs: dict[str, list[Srv]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=lambda: {"localhost": ["127.0.0.1", "::1"]})
    """Addresses of both families."""
    asked: list[str] = field(default_factory=list)
    """Every question, in order: kind and name."""

    async def naptr(self, domain: str) -> list[Naptr]:
        self.asked.append(f"NAPTR {domain}")
        return list(self.naptrs.get(domain, ()))

    async def srv(self, name: str) -> list[Srv]:
        self.asked.append(f"SRV {name}")
        return list(self.srvs.get(name, ()))

    async def addresses(self, host: str, *, ipv6: bool) -> list[str]:
        self.asked.append(f"{'AAAA' if ipv6 else 'A'} {host}")
        found = [address for address in self.hosts.get(host, ()) if (":" in address) == ipv6]
        if not found:
            raise NameUnknown(host, Saying.of("os-eai-noname"))
        return found
