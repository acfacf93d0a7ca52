"""We register with Kamailio over TLS and WebSocket, and are called through what we have opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from sipflow.base.call_events import Connected
from sipflow.base.errors import RegistrationFailed
from sipflow.net.endpoint import StreamSettings
from sipflow.net.tls import TlsSettings
from sipflow.testing.agents import hang_up, happens
from sipflow.ua import AgentSettings, Credentials, IncomingCall, UserAgent
from sipflow.ua.registration import Registration, RegistrationSettings
from tests.interop.calls import LIMIT_S
from tests.interop.kamailio.proxy import HOST, Kamailio
from tests.loopback.agents import ring, ring_and_answer, running_agent

STREAMS = pytest.mark.parametrize("transport", ["TLS", "WS", "WSS"])


@asynccontextmanager
async def subscriber(
    name: str,
    kamailio: Kamailio,
    transport: str,
    on_incoming: Callable[[IncomingCall], None] = ring,
    tls: TlsSettings | None = None,
) -> AsyncIterator[UserAgent]:
    """A user agent that can register as a user of Kamailio's, which it trusts."""
    domain = f"{HOST}:{kamailio.port_of(transport)}"
    server = f"sip:{domain};transport={transport.lower()}"
    settings = AgentSettings(
        user=name,
        transport=transport,
        domain=domain,
        proxy=f"{server};lr",
        streams=StreamSettings(tls=tls or TlsSettings(ca_file=kamailio.certificate)),
        credentials=Credentials(password=f"{name}pw", realms=frozenset({HOST})),
    )
    async with running_agent(on_incoming, settings=settings) as agent:
        agent.registration = Registration(agent, RegistrationSettings(registrar=server), lambda text, level: None)
        yield agent


@pytest.mark.peer("streams", "kamailio")
@STREAMS
def test_user_agent_registers_over_a_stream(kamailio: Kamailio, transport: str) -> None:
    async def scene() -> None:
        async with subscriber("alice", kamailio, transport) as alice, asyncio.timeout(LIMIT_S):
            assert alice.registration is not None
            bindings = await alice.registration.register()
            assert bindings.expires_s == 300
            await alice.registration.unregister()

    asyncio.run(scene())
    kamailio.until(f"BOUND alice {transport.lower()} ")
    kamailio.until(f"BOUND alice {transport.lower()} ")


@pytest.mark.peer("streams", "kamailio")
@STREAMS
def test_call_through_the_proxy_over_a_stream(kamailio: Kamailio, transport: str) -> None:
    async def scene() -> None:
        async with (
            subscriber("alice", kamailio, transport) as alice,
            subscriber("bob", kamailio, transport, ring_and_answer) as bob,
            asyncio.timeout(LIMIT_S),
        ):
            registrations = [agent.registration for agent in (alice, bob) if agent.registration is not None]
            for registration in registrations:
                await registration.register()
            call = alice.call(f"sip:bob@{HOST}:{kamailio.port}")
            await happens(call, Connected, LIMIT_S)
            await hang_up(call, LIMIT_S)
            assert not bob.calls
            for registration in registrations:
                await registration.unregister()

    asyncio.run(scene())


@pytest.mark.peer("streams", "kamailio")
@pytest.mark.parametrize("transport", ["TLS", "WSS"])
def test_server_that_nobody_vouches_for_is_not_trusted(kamailio: Kamailio, transport: str) -> None:
    async def scene() -> None:
        async with subscriber("alice", kamailio, transport, tls=TlsSettings()) as alice, asyncio.timeout(LIMIT_S):
            assert alice.registration is not None
            with pytest.raises(RegistrationFailed, match="certificate"):
                await alice.registration.register()

    asyncio.run(scene())
    assert not kamailio.story.says("SAW REGISTER")
