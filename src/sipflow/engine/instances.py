"""One real user agent for each instance of the scenario."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from sipflow.base.clock import Clock
from sipflow.base.errors import AddressUnavailable, InstanceStartFailed, NodeFailed
from sipflow.base.ids import Ids
from sipflow.media import MediaPorts
from sipflow.net.endpoint import Network
from sipflow.nodes.sip_instance import SipInstanceParams
from sipflow.scenario.graph import ExecutionGraph, InstanceChain
from sipflow.sip.flow import Flow
from sipflow.sip.uri import Uri
from sipflow.ua import AgentSettings, Call, IncomingCall, IncomingCalls, NegotiatedSession, UserAgent
from sipflow.ua.incoming_call import UNAVAILABLE

logger = logging.getLogger(__name__)

FIRST_PORT = 5060
PORT_STEP = 2
LAST_PORT = 32766
"""Below the ports that Linux gives to outgoing connections."""
SESSION_ID_LIMIT = 2**31
CLOSE_LIMIT_S = 1.0
"""What all user agents together may take to close their sockets."""

WireTap = Callable[[str, str, bytes, Flow], None]
"""Instance id, `sent` or `received`, the bytes, and the flow."""


@dataclass(frozen=True, slots=True)
class RunningInstance:
    """An instance with its user agent and the calls that wait for it."""

    chain: InstanceChain
    params: SipInstanceParams
    agent: UserAgent
    incoming: IncomingCalls


class InstanceManager:
    """The instances of one run."""

    def __init__(self, *, network: Network, media_ports: MediaPorts, clock: Clock, ids: Ids, tap: WireTap) -> None:
        self._network = network
        self._media_ports = media_ports
        self._clock = clock
        self._ids = ids
        self._tap = tap
        self._instances: dict[str, RunningInstance] = {}
        self._by_dn: dict[str, RunningInstance] = {}
        self._takes_calls = True

    def __getitem__(self, instance_id: str) -> RunningInstance:
        return self._instances[instance_id]

    def create_instances(self, graph: ExecutionGraph) -> None:
        """Make a user agent for every instance; nothing is opened yet. Raises InstanceStartFailed."""
        for chain in graph.instances.values():
            params = chain.params
            if not isinstance(params, SipInstanceParams):
                raise InstanceStartFailed(chain.instance_id, chain.label, "its type has no user agent")
            instance = self._create(chain, params)
            self._instances[chain.instance_id] = instance
            self._by_dn[params.dn] = instance

    def _create(self, chain: InstanceChain, params: SipInstanceParams) -> RunningInstance:
        ports, ids, codecs, incoming = self._media_ports, self._ids, params.codecs, IncomingCalls()

        def tap(direction: str, data: bytes, flow: Flow) -> None:
            self._tap(chain.instance_id, direction, data, flow)

        def take(call: IncomingCall) -> None:
            if self._takes_calls:
                incoming.put(call)
            else:
                call.reject(UNAVAILABLE)

        agent = UserAgent(
            AgentSettings(
                user=params.dn,
                host=params.local_host,
                port=params.local_port,
                display_name=params.display_name,
                transport=params.pbx_transport.value,
                codecs=codecs,
            ),
            network=self._network,
            clock=self._clock,
            ids=ids,
            new_session=lambda: NegotiatedSession(ports, agent.local.host, codecs, ids.number(SESSION_ID_LIMIT)),
            on_incoming=take,
            on_message=tap,
        )
        return RunningInstance(chain, params, agent, incoming)

    async def start_serving(self) -> None:
        """Let every instance listen. Raises InstanceStartFailed; `cleanup` undoes what was opened."""
        for instance in self._instances.values():
            try:
                await self._listen(instance)
            except AddressUnavailable as error:
                chain = instance.chain
                raise InstanceStartFailed(chain.instance_id, chain.label, str(error)) from error

    async def _listen(self, instance: RunningInstance) -> None:
        params = instance.params
        host = params.local_host
        if _is_unspecified(host):
            reason = "an instance listens on one address, the one it writes into its messages"
            raise AddressUnavailable(host, params.local_port, "UDP", reason)
        if params.local_port:
            await instance.agent.start()
            return
        # The ports that others have, and those that others will ask for.
        taken = {other.agent.local.port for other in self._instances.values()}
        for port in range(FIRST_PORT, LAST_PORT, PORT_STEP):
            if port in taken:
                continue
            try:
                await instance.agent.start(port)
            except AddressUnavailable as error:
                if not error.is_in_use:
                    raise
            else:
                return
        raise AddressUnavailable(host, FIRST_PORT, "UDP", f"no even port up to {LAST_PORT} is free")

    def addresses(self) -> list[tuple[str, str]]:
        """Id and address of every instance, once they serve."""
        return [(instance_id, str(instance.agent.local)) for instance_id, instance in self._instances.items()]

    def resolve_target(self, target: str) -> str:
        """The SIP URI that is called for this text: a URI, or the DN of an instance.

        A URI without port whose user is a DN of the scenario, on a loopback or instance address, means that
        instance. Raises NodeFailed for a DN that no instance has, SipParseError for what is no URI.
        """
        if ":" not in target:
            instance = self._by_dn.get(target)
            if instance is None:
                known = ", ".join(self._by_dn)
                raise NodeFailed(f"a SIP URI or the dn of an instance ({known}) as target", repr(target))
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
        """Refuse every call that comes from now on."""
        self._takes_calls = False

    async def cleanup(self) -> None:
        """Close every user agent within CLOSE_LIMIT_S; a fault in one never keeps the others open."""
        closing = {
            asyncio.create_task(instance.agent.close(), name=f"closing {instance_id}")
            for instance_id, instance in self._instances.items()
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
