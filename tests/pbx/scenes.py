"""How tests of the PBX begin: a PBX on the network of a stage, and phones that are registered with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sipflow.base.ids import RandomIds
from sipflow.pbx import Gate, PbxServer, PbxSettings
from sipflow.sip.flow import Address
from sipflow.sip.message import Request, parse_message
from sipflow.testing.agents import Seen, Stage
from sipflow.testing.memory_peer import Caller, Heard, MemoryPeer
from sipflow.testing.under_way import Weather

DOMAIN = "example.com"


@dataclass
class House(Stage):
    """A stage with a PBX."""

    server: PbxServer
    log: list[Seen] = field(default_factory=list)
    """What the PBX has sent and received."""
    told: list[str] = field(default_factory=list)
    """What the PBX has told people."""

    def __init__(self, settings: PbxSettings, weather: Weather | None = None, gate: Gate | None = None) -> None:
        super().__init__(weather)
        self.log, self.told = [], []
        loop = asyncio.get_running_loop()
        self.server = PbxServer(
            settings,
            network=self.network,
            ids=RandomIds(seed=99),
            gate=gate,
            on_message=lambda direction, data, flow: self.log.append(
                Seen(loop.time(), direction, parse_message(data), flow)
            ),
            on_log=lambda said: self.told.append(str(said)),
        )

    @property
    def address(self) -> Address:
        """Where the PBX listens."""
        return self.server.local

    @property
    def transactions(self) -> int:
        """Those that the PBX holds."""
        return len(self.server.layer)

    def sent(self, what: str | int) -> list[Seen]:
        """What the PBX has sent of this method or status."""
        return [seen for seen in self.log if seen.direction == "sent" and seen.is_a(what)]

    def uri(self, user: str) -> str:
        """Whom to call."""
        return f"sip:{user}@{self.address}"

    def caller(self, peer: MemoryPeer, user: str, **headers: str | None) -> Caller:
        """A call of this peer to a user, through the PBX; not placed yet."""
        caller = peer.caller(self.address, **headers)
        caller.uri = self.uri(user)
        return caller

    async def register(
        self, peer: MemoryPeer, user: str, contact: str, status: int = 200, **headers: str | None
    ) -> Heard:
        """Register a contact for a user; returns the answer."""
        registration = registration_of(self, peer, user, "", Contact=contact, **headers)
        registration.ask("REGISTER")
        return await registration.hear(status)

    async def bound(self, user: str) -> dict[str, int]:
        """Ask where a user is: the contacts with the seconds that are left to each."""
        registration = registration_of(self, await self.peer(), user)
        registration.ask("REGISTER", Contact=None)
        return contacts_of(await registration.hear(200))

    async def phone(self, user: str, contact: str | None = None, transport: str = "UDP") -> MemoryPeer:
        """A scripted peer that is registered as this user; `{}` in its contact stands for its address."""
        peer = await self.peer(transport, f"{user}-{len(self.peers)}")
        own = contact.format(peer.address) if contact else f"<{peer.uri.replace(peer.name, user)}>"
        await self.register(peer, user, own)
        return peer


def contacts_of(answer: Heard) -> dict[str, int]:
    """What is bound, by URI, with the seconds that are left."""
    found = (re.match(r"[^<]*<([^>]*)>.*;expires=(\d+)", value) for value in answer.headers("Contact"))
    return {match[1]: int(match[2]) for match in found if match}


def registration_of(house: House, peer: MemoryPeer, user: str, domain: str = "", **headers: str | None) -> Caller:
    """Who sends REGISTERs for a user: each has the next CSeq, and these header fields."""
    domain = domain or str(house.address)
    aor = f"<sip:{user}@{domain}>"
    own: dict[str, str | None] = {"To": aor, "From": f"{aor};tag={user}"}
    registration = peer.caller(house.address, **own | headers)
    registration.uri = f"sip:{domain}"
    return registration


@asynccontextmanager
async def a_house(
    settings: PbxSettings | None = None, weather: Weather | None = None, gate: Gate | None = None
) -> AsyncGenerator[House]:
    """A stage whose PBX listens on 10.0.0.9:5060; at the end the PBX must have nothing left either."""
    house = House(settings or PbxSettings(host="10.0.0.9", port=5060), weather, gate)
    async with house:
        await house.server.start()
        try:
            yield house
        finally:
            await house.server.close()
        left = house.transactions
        if left:
            raise AssertionError(f"the PBX holds {left} transactions")


def settings_for(**values: object) -> PbxSettings:
    """Settings of a PBX on 10.0.0.9:5060."""
    return PbxSettings(host="10.0.0.9", port=5060, **values)  # type: ignore[arg-type]


def request_of(heard: Heard) -> Request:
    """A request that came, parsed."""
    message = parse_message(heard.data)
    assert isinstance(message, Request)
    return message
