"""What a user agent is told before it starts."""

from __future__ import annotations

from dataclasses import dataclass, field

from sipflow import __version__
from sipflow.net.endpoint import StreamSettings
from sipflow.sip.extensions import RELIABLE, REPLACES, SILENT_REFER, TIMER, Reliability
from sipflow.sip.outgoing import Headers
from sipflow.sip.session_timer import TimerWishes
from sipflow.sip.timers import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a user agent says to those who ask it for a password, and to whom."""

    user: str = ""
    """Empty: the user of its address."""
    password: str = field(default="", repr=False)
    """Empty: challenges are not answered."""
    realms: frozenset[str] = frozenset()
    """The only realms whose challenges are answered; empty: see `sipflow.sip.digest_client.Trust`."""
    answers_byes: bool = False
    """Whether a challenge to a BYE is answered where no other request of the call was challenged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Identity and defaults of one user agent."""

    user: str
    """User part of its address; every call to any user part is taken all the same."""
    host: str = "127.0.0.1"
    """The address to listen on, which also stands in Via and Contact. Empty: the one from which `proxy` is reached,
    127.0.0.1 without one."""
    port: int = 0
    """UDP and TCP; 0 takes a free one."""
    display_name: str = ""
    transport: str = "UDP"
    """One of `sip.flow.DEFAULT_PORTS`: for requests whose target names none."""
    domain: str = ""
    """Host, with a port where it has one, of the address of record; empty: where it listens."""
    proxy: str = ""
    """URI of the server to which all requests outside dialogs go; empty: to their targets."""
    streams: StreamSettings = field(default_factory=StreamSettings)
    """How TLS, WebSocket and keep-alives are done."""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """In order of preference."""
    credentials: Credentials = field(default_factory=Credentials)
    """How challenges are answered."""
    timing: Timing = field(default_factory=Timing)
    reliable: Reliability = Reliability.SUPPORTED
    """Reliable provisional responses (100rel)."""
    session_timer: TimerWishes = field(default_factory=TimerWishes)
    product: str = f"SIPFLOW/{__version__}"
    """What User-Agent and Server say."""

    @property
    def extensions(self) -> str:
        """The option tags that Supported lists."""
        always = f"{TIMER}, {REPLACES}, {SILENT_REFER}"
        return always if self.reliable is Reliability.OFF else f"{RELIABLE}, {always}"

    @property
    def invite_extensions(self) -> Headers:
        """The header fields of an INVITE that say what we want of the call."""
        required = (("Require", RELIABLE),) if self.reliable is Reliability.REQUIRED else ()
        return (*required, ("Supported", self.extensions), *self.session_timer.offer())
