"""sipInstance: a user agent of the scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.scenario.fields import DnField, Kind, Text, unfit
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import Instance, InstanceParams, Surroundings, instance
from sipflow.scenario.shown_when import shown_unless, shown_when
from sipflow.sdp import RtcpMux, Srtp
from sipflow.sip.extensions import MIN_SE_S, Reliability
from sipflow.sip.flow import DEFAULT_PORTS
from sipflow.sip.grammar import bracketed, split_list, unquote
from sipflow.sip.session_timer import TimerWishes
from sipflow.sip.uri import Uri

CODECS = {"pcmu": "PCMU", "pcma": "PCMA", "g722": "G722", "opus": "opus"}
"""Codec names as they are written, by their lower case."""


class Transport(StrEnum):
    """The transports of SIP."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"
    WS = "WS"
    WSS = "WSS"


class IdleAudio(StrEnum):
    """What is sent while nothing plays."""

    SILENCE = "silence"
    NONE = "none"


class Refresher(StrEnum):
    """Who sends the refreshes of a session timer."""

    ANY = "any"
    SELF = "self"
    PEER = "peer"


class Challenged(StrEnum):
    """Which requests are asked for credentials."""

    NOTHING = "nothing"
    CALLS = "calls"
    EVERYTHING = "everything"


class Algorithms(StrEnum):
    """Digest algorithms on offer."""

    MD5 = "MD5"
    SHA_256 = "SHA-256"
    SHA_512_256 = "SHA-512-256"
    SHA_256_OR_MD5 = "SHA-256, MD5"

    @property
    def names(self) -> tuple[str, ...]:
        """Each by itself."""
        return tuple(self.value.split(", "))


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _none_where_off(value: object) -> object:
    return None if str(value).lower() in ("0", "off") else value


def _host_and_port(value: str) -> str:
    """A host, with a port or without; an IPv6 address with a port stands in brackets."""
    if not value:
        return value
    text = bracketed(value) if value.count(":") > 1 and "[" not in value else value
    try:
        uri = Uri.parse(f"sip:{text}")
    except SipParseError as error:
        raise unfit("host-and-port") from error
    if uri != Uri("sip", host=uri.host, port=uri.port):
        raise unfit("host-and-port")
    return text


def _path(value: str) -> str:
    if not re.fullmatch(r"/[!-~]*", value):
        raise unfit("websocket-path")
    return value


def _port_range(value: str) -> str:
    """First and last port, with room for one pair that begins at an even number."""
    if value:
        found = re.fullmatch(r"([0-9]{4,5}) *- *([0-9]{4,5})", value)
        first, last = map(int, found.groups()) if found else (0, 0)
        if not 1024 <= first + first % 2 < last <= 65_535:
            raise unfit("port-range")
    return value


def _codec_names(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name.lower() not in CODECS:
            raise unfit("codec", name=name, known=", ".join(CODECS.values()))
    return tuple(dict.fromkeys(CODECS[name.lower()] for name in value))


CodecName = Annotated[Text, WithJsonSchema({"type": "string", "enum": [*CODECS.values()]})]
"""A codec's name, in any spelling; the schema says which there are."""


_WITH_A_PBX = shown_unless("pbxHost", "")
_WITH_A_PASSWORD = shown_unless("password", "")
_WHERE_IT_ASKS = shown_unless("challenge", Challenged.NOTHING)
_WITH_TLS = shown_when("pbxTransport", Transport.TLS, Transport.WSS)
_BY_WEB_SOCKET = shown_when("pbxTransport", Transport.WS, Transport.WSS)


class SipInstanceParams(InstanceParams):
    """Settings of a sipInstance."""

    dn: Annotated[DnField, Field(title="Directory number")]
    """Directory number: the user part of its address. Unique in the scenario."""
    display_name: Annotated[Text, Kind.TEXT] = ""
    """Name shown to the other side, before the address."""
    local_host: Annotated[Text, Kind.HOST] = ""
    """Address to listen on, IPv4 or IPv6. Empty: the one from which the PBX is reached; 127.0.0.1 without a PBX."""
    local_port: Annotated[int, Field(ge=0, le=65535), Kind.PORT] = 0
    """Port to listen on, for all transports; 0 chooses a free one from 5060 upwards."""
    codecs: Annotated[tuple[CodecName, ...], AfterValidator(_codec_names), Kind.CODECS] = ("PCMU", "PCMA")
    """Codecs to offer, the preferred one first. telephone-event is always offered."""
    srtp: Annotated[Srtp, Kind.CHOICE] = Srtp.OFF
    """Encryption of media (SRTP): none; offered, and plain media taken too; demanded, with keys in the session
    description (SDES); demanded, with keys of a DTLS handshake."""
    rtcp_mux: Annotated[RtcpMux, Field(title="RTP and RTCP on one port"), Kind.CHOICE] = RtcpMux.ACCEPT
    """Whether RTP and RTCP share one port (RFC 5761): never; where the other side offers it; offered, and ports apart
    where the other side does not take it."""
    idle_audio: Annotated[IdleAudio, Kind.CHOICE] = IdleAudio.SILENCE
    """What is sent in a call while nothing plays: packets of silence, or nothing."""
    media_dscp: Annotated[int, Field(title="DSCP of media", ge=0, le=63), Kind.INTEGER] = 0
    """Class of service that media packets are marked with, 0 to 63; 46 is expedited forwarding."""
    hears_tones: Annotated[bool, Field(alias="inBandDtmf", title="DTMF in the sound"), Kind.BOOLEAN] = False
    """Whether DTMF digits are heard as tones in the sound, too. Whoever sends them both ways is heard twice."""
    rtp_ports: Annotated[Text, AfterValidator(_port_range), Field(title="RTP ports"), Kind.TEXT] = ""
    """Ports for media, first and last, such as `20000-20099`; each call takes an even one and the next. Empty: some of
    10000 to 32767."""
    reliable: Annotated[Reliability, Field(title="Reliable ringing (100rel)"), Kind.CHOICE] = Reliability.SUPPORTED
    """Reliable provisional responses: unknown to this instance, acknowledged and sent on demand, or demanded of all."""
    session_timer_s: Annotated[
        Annotated[int, Field(ge=4, le=86_400)] | None,
        Field(alias="sessionTimer", title="Session timer"),
        BeforeValidator(_none_where_off),
        Kind.SECONDS,
    ] = None
    """Session-Expires to ask for, in seconds. Left open: a session timer only where the other side asks for one."""
    min_session_timer_s: Annotated[
        int, Field(alias="minSessionTimer", title="Shortest session timer", ge=4, le=86_400), Kind.SECONDS
    ] = MIN_SE_S
    """Shortest session timer that is accepted (Min-SE), in seconds; below 90 for tests alone (RFC 4028 §5)."""
    session_refresher: Annotated[Refresher, Kind.CHOICE] = Refresher.ANY
    """Who keeps the session alive where this instance may say so."""
    pbx_host: Annotated[Text, Kind.PBX] = ""
    """PBX to register with and to call through: the name of a PBX of this scenario, or a host. Empty for calls between
    instances and to full addresses."""
    pbx_port: Annotated[int, Field(ge=1, le=65535), Kind.PORT, _WITH_A_PBX] = 5060
    """Port of the PBX. Where it is not set, a name may have another one in DNS (SRV), and TLS takes 5061, WebSocket 80
    or 443."""
    pbx_transport: Annotated[Transport, BeforeValidator(_upper), Kind.CHOICE] = Transport.UDP
    """Transport of this instance's calls, also without a PBX; `;transport=` in an address wins. With UDP, a name may
    prefer another one (NAPTR)."""
    outbound_proxy: Annotated[Text, AfterValidator(_host_and_port), Kind.HOST] = ""
    """Server through which everything goes that is not within a call yet: a host, with `:port` where it has one.
    Empty: the PBX."""
    registers: Annotated[bool | None, Field(alias="register", title="Register"), Kind.BOOLEAN, _WITH_A_PBX] = None
    """Whether to register with the PBX. Left open: yes, if a PBX is named."""
    register_interval_s: Annotated[
        int, Field(alias="registerIntervalSeconds", ge=1, le=604_800), Kind.SECONDS, _WITH_A_PBX
    ] = 300
    """How long a registration should last, in seconds."""
    auth_user: Annotated[Text, Kind.TEXT] = ""
    """User name for challenges; empty for the directory number."""
    password: Annotated[str, Field(max_length=1_000, repr=False), Kind.PASSWORD] = ""
    """Password for challenges; `${env:NAME}` takes it from the environment."""
    auth_realm: Annotated[Text, Kind.TEXT, _WITH_A_PASSWORD] = ""
    """Realm whose challenges alone are answered, or several with commas between. Empty: those of the PBX; without one,
    those of whom this instance calls."""
    answer_bye_challenges: Annotated[bool, Kind.BOOLEAN, _WITH_A_PASSWORD] = False
    """Whether to give credentials for a BYE where nothing else in the call was asked for them. A stranger who asks then
    learns something to guess the password by."""
    outbound: Annotated[bool, Kind.BOOLEAN, _WITH_A_PBX] = False
    """Whether to register as RFC 5626 says: with an instance id and a flow that is kept open."""
    challenge: Annotated[Challenged, Kind.CHOICE] = Challenged.NOTHING
    """Which requests this instance takes from known users alone. Known are all instances of the scenario that have a
    password, and the user below."""
    challenge_realm: Annotated[Text, Kind.TEXT, _WHERE_IT_ASKS] = "sipflow"
    """Realm that this instance names in its challenges."""
    challenge_algorithms: Annotated[Algorithms, Kind.CHOICE, _WHERE_IT_ASKS] = Algorithms.MD5
    """Algorithms that it offers, the preferred one first. Some phones give up where SHA-256 is among them, as baresip
    1.0 does."""
    challenge_user: Annotated[Text, Kind.TEXT, _WHERE_IT_ASKS] = ""
    """One more user that it knows."""
    challenge_password: Annotated[str, Field(max_length=1_000, repr=False), Kind.PASSWORD, _WHERE_IT_ASKS] = ""
    """Password of that user; `${env:NAME}` takes it from the environment."""
    tls_verify: Annotated[bool, Field(title="Verify certificates"), Kind.BOOLEAN, _WITH_TLS] = True
    """Whether the certificate of a server must be trusted, and be for the name or address that was called."""
    tls_ca_file: Annotated[Text, Field(title="Trusted certificates"), Kind.TEXT, _WITH_TLS] = ""
    """PEM file with the certificates of those who may sign others'. Empty: those that this machine trusts. Instances
    of one run trust each other's test certificates in any case."""
    tls_certificate: Annotated[Text, Field(title="Own certificate"), Kind.TEXT, _WITH_TLS] = ""
    """PEM file with the certificate that this instance shows, both to those who connect and where it is asked for one;
    empty: a test certificate for those who connect."""
    tls_key: Annotated[Text, Field(title="Key of the own certificate"), Kind.TEXT, _WITH_TLS] = ""
    """PEM file with its key, without a passphrase. Empty: it is in the same file."""
    tls_require_client: Annotated[bool, Field(title="Ask callers for certificates"), Kind.BOOLEAN, _WITH_TLS] = False
    """Whether those who connect by TLS must show a certificate that is trusted (mutual TLS)."""
    web_socket_path: Annotated[
        Text, AfterValidator(_path), Field(title="WebSocket path"), Kind.TEXT, _BY_WEB_SOCKET
    ] = "/ws"
    """Path that a WebSocket asks the PBX for."""
    keep_alive_s: Annotated[int, Field(alias="keepAliveSeconds", ge=0, le=3_600), Kind.SECONDS] = 0
    """How often connections of this instance, and its registration by UDP, are kept open through a NAT; 0: never."""
    color: Annotated[Text, Field(title="Colour"), Kind.COLOUR] = ""
    """Colour of the instance and of its nodes."""

    @property
    def timer_wishes(self) -> TimerWishes:
        """What it wants of session timers."""
        refreshes = {Refresher.ANY: None, Refresher.SELF: True, Refresher.PEER: False}[self.session_refresher]
        return TimerWishes(self.session_timer_s or 0, self.min_session_timer_s, refreshes)

    def media_fault(self, called: InstanceParams) -> Saying | None:
        if not isinstance(called, SipInstanceParams):
            return None
        if not self.srtp.suits(called.srtp):
            return Saying.of("no-common-srtp", ours=self.srtp.value, theirs=called.srtp.value)
        if not set(self.codecs) & set(called.codecs):
            return Saying.of("no-common-codec", ours=", ".join(self.codecs), theirs=", ".join(called.codecs))
        return None

    @property
    def media_range(self) -> tuple[int, int] | None:
        """First and last port for media; None where it does not matter."""
        first, _, last = self.rtp_ports.partition("-")
        return (int(first), int(last)) if last else None

    @property
    def hears_audio(self) -> bool:
        return self.hears_tones

    @property
    def number(self) -> str:
        return self.dn

    @property
    def pbx_name(self) -> str:
        return self.pbx_host

    @property
    def listens_on(self) -> tuple[str, int]:
        proxy = self.outbound_proxy and Uri.parse(f"sip:{self.outbound_proxy}").host
        return self.local_host or proxy or self.pbx_host, self.local_port

    @property
    def pbx_address(self) -> str:
        """Host of the PBX, with its port where that is not the transport's own; empty without a PBX."""
        host, port = bracketed(self.pbx_host), self.pbx_port_given
        return host if not host or port in (None, DEFAULT_PORTS[self.pbx_transport]) else f"{host}:{port}"

    @property
    def pbx_port_given(self) -> int | None:
        """The port of the PBX, where it is set."""
        return self.pbx_port if "pbx_port" in self.model_fields_set else None

    @property
    def allowed_realms(self) -> frozenset[str]:
        """The realms whose challenges alone are answered; empty where none are named."""
        return frozenset(unquote(realm) for realm in split_list(self.auth_realm) if realm)

    @property
    def should_register(self) -> bool:
        """Whether it registers, with the default applied."""
        return bool(self.pbx_host) if self.registers is None else self.registers


@instance("sipInstance", title="SIP instance", icon="phone", group="instance", face="{dn}[ · {pbxHost}]")
class SipInstance(Instance[SipInstanceParams]):
    """A SIP user agent with an address of its own: the start of a lane."""

    def check(self, around: Surroundings) -> Iterator[Problem]:
        host = self.params.pbx_host
        if self.params.should_register and not host:
            yield Problem.error("register", "registers-nowhere")
        if self.params.tls_key and not self.params.tls_certificate:
            yield Problem.error("tlsKey", "key-without-certificate")
        for codec in self.params.codecs:
            if reason := around.codec_fault(codec):
                yield Problem.error("codecs", "codec-unavailable", name=codec, reason=reason)
        name = host.casefold()
        if not name or name in around.pbxs:
            return
        called = [called for own_id, called in around.names.items() if name in (called.casefold(), own_id.casefold())]
        if called or host in around.dns:
            yield Problem.warning("pbxHost", "pbx-is-none", instance=called[0] if called else host)
        elif around.pbxs and name != "localhost" and name.isalnum() and not name.isdigit():
            yield Problem.warning("pbxHost", "pbx-of-nobody", name=host)
