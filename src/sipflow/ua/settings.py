"""What a user agent is told before it starts."""

from __future__ import annotations

from dataclasses import dataclass, field

from sipflow import __version__
from sipflow.sip.timers import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Identity and defaults of one user agent."""

    user: str
    """User part of its address; every call to any user part is taken all the same."""
    host: str = "127.0.0.1"
    """The address to listen on, which also stands in Via, Contact and From."""
    port: int = 0
    """UDP and TCP; 0 takes a free one."""
    display_name: str = ""
    transport: str = "UDP"
    """`UDP` or `TCP`: for calls whose target names none."""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """In order of preference."""
    timing: Timing = field(default_factory=Timing)
    product: str = f"SIPFLOW/{__version__}"
    """What User-Agent and Server say."""
