"""sipInstance: a user agent of the scenario."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from sipflow.scenario.fields import Kind, Text
from sipflow.scenario.findings import Problem, Severity
from sipflow.scenario.node_api import Instance, InstanceParams, Surroundings, instance

CODECS = {"pcmu": "PCMU", "pcma": "PCMA", "g722": "G722", "opus": "opus"}
"""Codec names as they are written, by their lower case."""


class Transport(StrEnum):
    """The transports of SIP."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"
    WS = "WS"
    WSS = "WSS"


class Srtp(StrEnum):
    """How media is encrypted."""

    OFF = "off"
    SDES_OPTIONAL = "sdes-optional"
    SDES = "sdes"
    DTLS = "dtls"


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _codec_names(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name.lower() not in CODECS:
            raise ValueError(f"{name!r} is no codec: expected {', '.join(CODECS.values())}")
    return tuple(dict.fromkeys(CODECS[name.lower()] for name in value))


class SipInstanceParams(InstanceParams):
    """Settings of a sipInstance."""

    display_name: Annotated[Text, Kind.TEXT] = ""
    """Name shown to the other side, before the address."""
    local_host: Annotated[Text, Kind.HOST] = "127.0.0.1"
    """Address to listen on."""
    local_port: Annotated[int, Field(ge=0, le=65535), Kind.PORT] = 0
    """Port to listen on, UDP and TCP; 0 chooses a free one from 5060 upwards."""
    codecs: Annotated[tuple[Text, ...], AfterValidator(_codec_names), Kind.CODECS] = ("PCMU", "PCMA")
    """Codecs to offer, the preferred one first. telephone-event is always offered."""
    srtp: Annotated[Srtp, Kind.CHOICE] = Srtp.OFF
    """Encryption of media."""
    pbx_host: Annotated[Text, Kind.HOST] = ""
    """PBX to register with and to call through; empty for calls between instances and to full addresses."""
    pbx_port: Annotated[int, Field(ge=1, le=65535), Kind.PORT] = 5060
    """Port of the PBX."""
    pbx_transport: Annotated[Transport, BeforeValidator(_upper), Kind.CHOICE] = Transport.UDP
    """Transport of this instance's calls, also without a PBX; `;transport=` in an address wins."""
    registers: Annotated[bool | None, Field(alias="register", title="Register"), Kind.BOOLEAN] = None
    """Whether to register with the PBX. Left open: yes, if a PBX is named."""
    register_interval_s: Annotated[int, Field(alias="registerIntervalSeconds", ge=1, le=604_800), Kind.SECONDS] = 300
    """How long a registration should last, in seconds."""
    auth_user: Annotated[Text, Kind.TEXT] = ""
    """User name for challenges; empty for the directory number."""
    password: Annotated[str, Field(max_length=1_000, repr=False), Kind.PASSWORD] = ""
    """Password for challenges; `${env:NAME}` takes it from the environment."""
    color: Annotated[Text, Kind.COLOUR] = ""
    """Colour of the instance and of its nodes."""

    @property
    def should_register(self) -> bool:
        """Whether it registers, with the default applied."""
        return bool(self.pbx_host) if self.registers is None else self.registers


@instance("sipInstance", icon="phone", group="instance")
class SipInstance(Instance[SipInstanceParams]):
    """A SIP user agent with an address of its own: the start of a lane."""

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - it concerns this node alone
        if self.params.should_register and not self.params.pbx_host:
            yield Problem(Severity.ERROR, "register", "registers, but pbxHost names no PBX to register with")
