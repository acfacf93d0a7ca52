"""A user agent from the settings of its node, and what an instance that is one does about its registration."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sipflow.base.clock import Clock
from sipflow.base.errors import InstanceNotRegistered, RegistrationFailed
from sipflow.base.events import Level
from sipflow.base.ids import Ids
from sipflow.base.sayings import Told
from sipflow.engine.transports import proxy_uri, stream_settings
from sipflow.media import Idle, MediaPorts, MediaStream, RtpPort, StreamSettings
from sipflow.net.endpoint import Network
from sipflow.net.station import MessageTap, UnreadTap
from sipflow.nodes.sip_instance import Challenged, SipInstanceParams
from sipflow.scenario.graph import InstanceChain
from sipflow.sip.digest_server import DigestServer
from sipflow.ua import (
    AgentSettings,
    Credentials,
    Gate,
    IncomingCall,
    IncomingCalls,
    MediaNames,
    NegotiatedSession,
    Registration,
    RegistrationSettings,
    RegistrationState,
    UserAgent,
)
from sipflow.ua.agent import Follow, MediaTap

SESSION_ID_LIMIT = 2**31
Tell = Callable[[str, Told, Level], None]
"""Instance id, and a line for people."""


@dataclass(frozen=True, slots=True)
class RunningInstance:
    """An instance that is a user agent, and the calls that wait for it."""

    chain: InstanceChain
    params: SipInstanceParams
    agent: UserAgent
    incoming: IncomingCalls
    tell: Tell

    def join_pbx(self) -> None:
        """Make it possible to register with the PBX; called once it listens."""
        params, instance_id = self.params, self.chain.instance_id
        self.agent.registration = Registration(
            self.agent,
            RegistrationSettings(
                registrar=f"sip:{params.pbx_address}",
                expires_s=params.register_interval_s,
                is_outbound=params.outbound,
            ),
            lambda text, level: self.tell(instance_id, text, level),
        )

    async def register(self) -> None:
        """Register where that is wanted from the start. Raises InstanceNotRegistered."""
        registration = self.agent.registration
        if registration is not None and self.params.should_register:
            try:
                await registration.register()
            except RegistrationFailed as error:
                raise InstanceNotRegistered(self.chain.instance_id, self.chain.label, error) from error

    async def unregister(self) -> None:
        """Take back what was granted; what fails in that is told."""
        registration = self.agent.registration
        if registration is not None and registration.state is RegistrationState.GRANTED:
            try:
                await registration.unregister()
            except RegistrationFailed as error:
                self.tell(self.chain.instance_id, error.said, Level.WARNING)


def make_agent(
    params: SipInstanceParams,
    users: dict[str, str],
    *,
    network: Network,
    media_ports: MediaPorts,
    clock: Clock,
    ids: Ids,
    certificates: Sequence[Path],
    on_incoming: Callable[[IncomingCall], None],
    on_message: MessageTap,
    on_unread: UnreadTap,
    on_follow: Follow | None,
    on_media: MediaTap | None,
    locate: Callable[[str], str],
) -> UserAgent:
    """`users` are the passwords of the scenario's instances by their names, those made later too.

    Raises TlsUnusable where its certificates can't be found.
    """
    media = StreamSettings(Idle(params.idle_audio.value), params.media_dscp, params.hears_tones)
    ports = media_ports if params.media_range is None else media_ports.within(*params.media_range)

    def stream_on(port: RtpPort) -> MediaStream:
        return MediaStream(port, media_ports.ticker, clock=clock, ids=ids, settings=media)

    def session() -> NegotiatedSession:
        host, number = agent.local.host, ids.number(SESSION_ID_LIMIT)
        return NegotiatedSession(ports, host, params.codecs, number, stream_on, params.srtp, params.rtcp_mux, names)

    def names() -> MediaNames:
        return MediaNames(agent.network.resolver, agent.spawn, uses_ipv6=":" in agent.local.host)

    agent = UserAgent(
        AgentSettings(
            user=params.dn,
            host=params.local_host,
            port=params.local_port,
            display_name=params.display_name,
            transport=params.pbx_transport.value,
            codecs=params.codecs,
            reliable=params.reliable,
            session_timer=params.timer_wishes,
            domain=params.pbx_address,
            proxy=proxy_uri(params),
            streams=stream_settings(params, certificates),
            credentials=Credentials(
                user=params.auth_user,
                password=params.password,
                realms=params.allowed_realms,
                answers_byes=params.answer_bye_challenges,
            ),
        ),
        network=network,
        clock=clock,
        ids=ids,
        new_session=session,
        on_incoming=on_incoming,
        on_message=on_message,
        on_unread=on_unread,
        gate=_gate(params, users, ids),
        on_follow=on_follow,
        on_media=on_media,
        locate=locate,
    )
    return agent


def _gate(params: SipInstanceParams, users: dict[str, str], ids: Ids) -> Gate | None:
    """What asks callers for credentials."""
    if params.challenge is Challenged.NOTHING:
        return None
    own = {params.challenge_user: params.challenge_password} if params.challenge_user else {}
    server = DigestServer(
        params.challenge_realm,
        ChainMap(own, users),
        secret=ids.call_id().encode(),
        algorithms=params.challenge_algorithms.names,
    )
    calls_only = params.challenge is Challenged.CALLS
    return Gate(server, frozenset({"INVITE"}) if calls_only else frozenset(), within_dialogs=not calls_only)
