"""One real user agent for each instance of the scenario."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address

from sipflow.base.clock import Clock
from sipflow.base.errors import AddressUnavailable, InstanceStartFailed, NodeFailed, SipParseError
from sipflow.base.ids import Ids
from sipflow.media import MediaPorts
from sipflow.net.endpoint import Network
from sipflow.nodes.sip_instance import SipInstanceParams
from sipflow.scenario.graph import ExecutionGraph, InstanceChain
from sipflow.sip.flow import Flow
from sipflow.sip.uri import Uri
from sipflow.ua import AgentSettings, Call, IncomingCalls, NegotiatedSession, UserAgent

logger = logging.getLogger(__name__)

FIRST_PORT = 5060
PORT_STEP = 2
LAST_PORT = 32766
"""Below the ports that Linux gives to outgoing connections."""
SESSION_ID_LIMIT = 2**31

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

    def __getitem__(self, instance_id: str) -> RunningInstance:
        return self._instances[instance_id]

    def live_calls(self) -> Iterator[Call]:
        """Every call of every instance that has not ended."""
        for instance in self._instances.values():
            yield from instance.agent.calls

    async def start(self, graph: ExecutionGraph) -> None:
        """Create the instances and let them listen. Raises InstanceStartFailed; `close` undoes what was made."""
        # Explicit ports first, so that no automatic choice takes one of them.
        for chain in sorted(graph.instances.values(), key=_has_no_port):
            params = chain.params
            if not isinstance(params, SipInstanceParams):
                raise InstanceStartFailed(chain.instance_id, chain.label, "its type has no user agent")
            incoming = IncomingCalls()
            try:
                agent = await self._listen(chain.instance_id, params, incoming)
            except AddressUnavailable as error:
                raise InstanceStartFailed(chain.instance_id, chain.label, str(error)) from error
            self._instances[chain.instance_id] = RunningInstance(chain, params, agent, incoming)

    async def _listen(self, instance_id: str, params: SipInstanceParams, incoming: IncomingCalls) -> UserAgent:
        host = params.local_host
        if _is_unspecified(host):
            raise AddressUnavailable(
                host, params.local_port, "UDP", "an instance listens on one address, the one it writes into its messages"
            )
        settings = AgentSettings(
            user=params.dn,
            host=host,
            port=params.local_port,
            display_name=params.display_name,
            transport=params.pbx_transport.value,
            codecs=params.codecs,
        )
        if params.local_port:
            return await self._start_agent(instance_id, settings, incoming)
        taken = {instance.agent.local.port for instance in self._instances.values()}
        for port in range(FIRST_PORT, LAST_PORT, PORT_STEP):
            if port in taken:
                continue
            try:
                return await self._start_agent(instance_id, replace(settings, port=port), incoming)
            except AddressUnavailable as error:
                if not error.is_in_use:
                    raise
        raise AddressUnavailable(host, FIRST_PORT, "UDP", f"no even port up to {LAST_PORT} is free")

    async def _start_agent(self, instance_id: str, settings: AgentSettings, incoming: IncomingCalls) -> UserAgent:
        ports, ids, codecs = self._media_ports, self._ids, settings.codecs

        def tap(direction: str, data: bytes, flow: Flow) -> None:
            self._tap(instance_id, direction, data, flow)

        agent = UserAgent(
            settings,
            network=self._network,
            clock=self._clock,
            ids=ids,
            new_session=lambda: NegotiatedSession(ports, agent.local.host, codecs, ids.number(SESSION_ID_LIMIT)),
            on_incoming=incoming.put,
            on_message=tap,
        )
        await agent.start()
        return agent

    def resolve_target(self, instance_id: str, target: str) -> str:
        """The SIP URI that an instance calls for this text: a full URI, or the DN of another instance.

        A URI without port whose user is a DN of the scenario, on a loopback or instance address, means that
        instance. Raises NodeFailed for what is neither.
        """
        if ":" not in target and "@" not in target:
            instance = self._by_dn().get(target)
            if instance is None:
                known = ", ".join(self._by_dn())
                raise NodeFailed(f"a SIP URI or the dn of an instance ({known}) as target", repr(target))
            return self._address_of(instance, self[instance_id].params.pbx_transport.value)
        text = target if ":" in target.partition("@")[0] else f"sip:{target}"
        try:
            uri = Uri.parse(text)
        except SipParseError as error:
            raise NodeFailed("a SIP URI as target", repr(target)) from error
        if not uri.is_sip:
            raise NodeFailed("a target with scheme sip", repr(target))
        instance = self._by_dn().get(uri.user)
        if instance is not None and uri.port is None and self._is_local(uri.host):
            local = instance.agent.local
            return str(uri._replace(host=local.host, port=local.port))
        return text

    def _by_dn(self) -> Mapping[str, RunningInstance]:
        return {instance.params.dn: instance for instance in self._instances.values()}

    def _address_of(self, instance: RunningInstance, transport: str) -> str:
        parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
        return f"{instance.agent.address}{parameter}"

    def _is_local(self, host: str) -> bool:
        if host.lower() == "localhost" or any(host == i.agent.local.host for i in self._instances.values()):
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    async def close(self) -> None:
        """Close every user agent; a fault in one never keeps the others open."""
        instances, self._instances = list(self._instances.values()), {}
        results = await asyncio.gather(*(i.agent.close() for i in instances), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                logger.error("a user agent did not close", exc_info=result)


def _has_no_port(chain: InstanceChain) -> bool:
    return not getattr(chain.params, "local_port", 0)


def _is_unspecified(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
