"""One real server object for each instance of the scenario: a user agent, or a PBX."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from sipflow.base.clock import Clock
from sipflow.base.errors import (
    AddressUnavailable,
    InstanceStartFailed,
    NodeFailed,
    TlsUnusable,
)
from sipflow.base.events import Level
from sipflow.base.ids import Ids
from sipflow.base.sayings import Saying, Told
from sipflow.engine.agents import RunningInstance, Tell, make_agent
from sipflow.engine.unread import Unread
from sipflow.media import MediaPorts, StreamReport
from sipflow.net.endpoint import Network
from sipflow.net.station import UnreadTap
from sipflow.nodes.pbx import PbxParams
from sipflow.nodes.sip_instance import SipInstanceParams
from sipflow.scenario.graph import ExecutionGraph, InstanceChain
from sipflow.scenario.node_api import InstanceParams
from sipflow.sip.flow import Address, Flow
from sipflow.sip.uri import Uri
from sipflow.ua import (
    Call,
    IncomingCall,
    IncomingCalls,
    UserAgent,
)
from sipflow.ua.incoming_call import UNAVAILABLE

logger = logging.getLogger(__name__)

FIRST_PORT = 5060
PORT_STEP = 2
LAST_PORT = 32766
"""Below the ports that Linux gives to outgoing connections."""
CLOSE_LIMIT_S = 1.0
"""What all user agents together may take to close their sockets."""

UNREGISTER_LIMIT_S = 3.0
"""What all registrations together may take to be removed."""

WireTap = Callable[[str, str, bytes, Flow], None]
"""Instance id, `sent` or `received`, the bytes, and the flow."""
FollowTap = Callable[[str, Call, Call, str], None]
"""Instance id, the call before, the new one, and how it came of it: `transfer` or `replaced`."""
MediaTap = Callable[[str, Call, str, Told, StreamReport | None], None]
"""Instance id, a call, what has happened to its media, the particulars, and the figures of a stream that has ended."""


class Server(Protocol):
    """What an instance is on the wire."""

    @property
    def local(self) -> Address:
        """Where it listens, once started."""
        ...

    async def start(self, port: int | None = None) -> None:
        """Bind the address; `port` stands for that of the settings. Raises AddressUnavailable; then try another."""
        ...

    async def until_acknowledged(self) -> None:
        """Return once no refusal of an INVITE waits to be sent again."""
        ...

    async def close(self) -> None: ...


class InstanceManager:
    """The instances of one run."""

    def __init__(
        self,
        *,
        network: Network,
        media_ports: MediaPorts,
        clock: Clock,
        ids: Ids,
        tap: WireTap,
        tell: Tell,
        on_follow: FollowTap | None = None,
        on_media: MediaTap | None = None,
        certificates: Sequence[Path] = (),
    ) -> None:
        """`certificates` are the folders of the files that instances name for TLS."""
        self._network = network
        self._media_ports = media_ports
        self._clock = clock
        self._ids = ids
        self._tap = tap
        self._tell = tell
        self._certificates = certificates
        self._users: dict[str, str] = {}
        self._on_follow = on_follow
        self._on_media = on_media
        self._domains: dict[str, str] = {}
        """Addresses of the PBXs that listen, by the domains that they serve."""
        self._chains: dict[str, InstanceChain] = {}
        self._servers: dict[str, Server] = {}
        """Everything that listens, by instance id, in the order in which it was made."""
        self._instances: dict[str, RunningInstance] = {}
        self._by_dn: dict[str, RunningInstance] = {}
        self._takes_calls = True

    def __getitem__(self, instance_id: str) -> RunningInstance:
        return self._instances[instance_id]

    async def create_instances(self, graph: ExecutionGraph) -> None:
        """Make the server object of every instance. Raises InstanceStartFailed; `cleanup` undoes what was opened.

        PBXs listen already: the instances that use them are made with their addresses.
        """
        self._chains = dict(graph.instances)
        for chain in self._chains.values():
            params = chain.params
            if isinstance(params, SipInstanceParams) and params.password:
                self._users[params.auth_user or params.dn] = params.password
        for chain in sorted(self._chains.values(), key=lambda chain: not chain.is_pbx):
            params = chain.params
            if chain.pbx_id:
                address = self._servers[chain.pbx_id].local
                params = params.model_copy(update={"pbx_host": address.host, "pbx_port": address.port})
            try:
                self._make(chain, params)
                if isinstance(params, PbxParams):
                    pbx = self._servers[chain.instance_id]
                    await self._listen(pbx, *params.listens_on)
                    self._domains |= dict.fromkeys(params.domains, str(pbx.local))
            except (AddressUnavailable, TlsUnusable) as error:
                raise InstanceStartFailed(chain.instance_id, chain.label, error.said) from error

    def _make(self, chain: InstanceChain, params: InstanceParams) -> None:
        """Make the server object of an instance, as the type of its settings says."""
        if isinstance(params, SipInstanceParams):
            instance = self._make_agent(chain, params)
            self._instances[chain.instance_id] = self._by_dn[params.dn] = instance
            self._servers[chain.instance_id] = instance.agent
        elif isinstance(params, PbxParams):
            users = [own.params for own in self._chains.values() if own.pbx_id == chain.instance_id]
            from sipflow.engine.pbx import make_pbx  # few scenarios have one, and every start would pay for it

            self._servers[chain.instance_id] = make_pbx(
                params,
                [user for user in users if isinstance(user, SipInstanceParams)],
                self._domains,
                network=self._network,
                ids=self._ids,
                on_message=partial(self._tap, chain.instance_id),
                on_unread=self._unread(chain.instance_id),
                on_log=lambda text: self._tell(chain.instance_id, text, Level.INFO),
            )
        else:
            raise InstanceStartFailed(chain.instance_id, chain.label, Saying.of("instance-of-unknown-kind"))

    def _make_agent(self, chain: InstanceChain, params: SipInstanceParams) -> RunningInstance:
        incoming, instance_id = IncomingCalls(), chain.instance_id

        def take(call: IncomingCall) -> None:
            if self._takes_calls:
                incoming.put(call)
            else:
                call.reject(UNAVAILABLE)

        agent = make_agent(
            params,
            self._users,
            network=self._network,
            media_ports=self._media_ports,
            clock=self._clock,
            ids=self._ids,
            certificates=self._certificates,
            on_incoming=take,
            on_message=partial(self._tap, instance_id),
            on_unread=self._unread(instance_id),
            on_follow=None if self._on_follow is None else partial(self._on_follow, instance_id),
            on_media=None if self._on_media is None else partial(self._on_media, instance_id),
            locate=lambda uri: self.resolve_target(uri, self._instances[instance_id]),
        )
        return RunningInstance(chain, params, agent, incoming, self._tell)

    def _unread(self, instance_id: str) -> UnreadTap:
        return Unread(lambda text: self._tell(instance_id, text, Level.WARNING)).take

    async def start_serving(self) -> None:
        """Let every instance listen. Raises InstanceStartFailed; `cleanup` undoes what was opened."""
        for instance in self._instances.values():
            chain = instance.chain
            try:
                await self._listen(instance.agent, *chain.params.listens_on)
                if instance.params.pbx_host:
                    instance.join_pbx()
            except (AddressUnavailable, TlsUnusable) as error:
                raise InstanceStartFailed(chain.instance_id, chain.label, error.said) from error

    async def _listen(self, server: Server, host: str, port: int) -> None:
        if _is_unspecified(host):
            reason = Saying.of("one-address-to-listen")
            raise AddressUnavailable(host, port, "UDP", reason)
        if port:
            await server.start()
            return
        # The ports that others have, and those that others will ask for.
        taken = {other.local.port for other in self._servers.values()}
        taken |= {chain.params.listens_on[1] for chain in self._chains.values()}
        for port in range(FIRST_PORT, LAST_PORT, PORT_STEP):
            if port in taken:
                continue
            try:
                await server.start(port)
            except AddressUnavailable as error:
                if not error.is_in_use:
                    raise
            else:
                return
        raise AddressUnavailable(host, FIRST_PORT, "UDP", Saying.of("no-even-port", limit=LAST_PORT))

    def running(self) -> list[RunningInstance]:
        """Every instance that is a user agent."""
        return list(self._instances.values())

    def agents(self) -> list[tuple[str, UserAgent]]:
        """Id and user agent of every instance that is one."""
        return [(instance_id, instance.agent) for instance_id, instance in self._instances.items()]

    def addresses(self) -> list[tuple[str, str]]:
        """Id and address of every instance, once they serve."""
        return [(instance_id, str(self._servers[instance_id].local)) for instance_id in self._chains]

    @property
    def only_serve(self) -> bool:
        """Whether some instance registers, or serves as a PBX, and none has anything else to do."""
        registers = any(instance.params.should_register for instance in self._instances.values())
        chains = self._chains.values()
        return (registers or any(chain.is_pbx for chain in chains)) and not any(chain.start_nodes for chain in chains)

    async def register(self) -> None:
        """Register, all at once, the instances that want it. Raises the first InstanceNotRegistered."""
        registering = [asyncio.create_task(instance.register()) for instance in self._instances.values()]
        try:
            for done in asyncio.as_completed(registering):
                await done
        finally:
            for task in registering:
                task.cancel()
            await asyncio.gather(*registering, return_exceptions=True)

    async def unregister(self) -> None:
        """Take all registrations back within UNREGISTER_LIMIT_S."""
        with suppress(TimeoutError):
            async with asyncio.timeout(UNREGISTER_LIMIT_S):
                await asyncio.gather(*[instance.unregister() for instance in self._instances.values()])

    def resolve_target(self, target: str, caller: RunningInstance) -> str:
        """The SIP URI that is called for this text: a URI, or the DN of an instance.

        A caller with a PBX means a user of the PBX by anything but a URI. Without one, a URI without port whose user
        is a DN of the scenario, on a loopback or instance address, means that instance. Raises NodeFailed for a DN that
        no instance has, SipParseError for what is no URI.
        """
        if caller.params.pbx_host:
            return target if ":" in target else f"sip:{target}@{caller.params.pbx_address}"
        if ":" not in target:
            instance = self._by_dn.get(target)
            if instance is None:
                known = ", ".join(self._by_dn)
                raise NodeFailed(Saying.of("target-of-a-call", known=known), repr(target))
            return instance.agent.address
        uri = Uri.parse(target)
        instance = self._by_dn.get(uri.user)
        if instance is not None and uri.port is None and self._is_local(uri.host):
            local = instance.agent.local
            return str(uri._replace(host=local.host, port=local.port))
        return target

    def _is_local(self, host: str) -> bool:
        if host.lower() == "localhost" or any(host == i.agent.local.host for i in self._instances.values()):
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    def live_calls(self) -> list[Call]:
        """Every call of every instance that has not ended."""
        return [call for instance in self._instances.values() for call in instance.agent.calls]

    def refuse_calls(self) -> None:
        """Refuse every call that comes from now on, and every request that still waits for its answer."""
        self._takes_calls = False
        for instance in self._instances.values():
            instance.agent.requests.refuse_held()

    async def until_acknowledged(self) -> None:
        """Return once every refusal of an INVITE has its ACK. Source: RFC 3261 §17.2.1: timers G and H."""
        for server in self._servers.values():
            await server.until_acknowledged()

    async def cleanup(self) -> None:
        """Close every server within CLOSE_LIMIT_S; a fault in one never keeps the others open."""
        closing = {
            asyncio.create_task(server.close(), name=f"closing {instance_id}")
            for instance_id, server in self._servers.items()
        }
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_LIMIT_S)
        for task in closing:
            if not task.done():
                logger.warning("%s takes more than %g s and is left to itself", task.get_name(), CLOSE_LIMIT_S)
                task.cancel()
            elif not task.cancelled() and (error := task.exception()) is not None:
                logger.error("%s failed", task.get_name(), exc_info=error)


def _is_unspecified(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
