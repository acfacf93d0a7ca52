"""How a PBX behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sipflow.base.pbx_choices import FaultRule, Forking, Mode
from sipflow.sip.timers import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxSettings:
    """All that can be chosen about a PBX."""

    host: str = "127.0.0.1"
    port: int = 0
    mode: Mode = Mode.PROXY
    domains: frozenset[str] = frozenset()
    """Host names, in lower case, for which it is responsible beside its own address."""
    numbers: frozenset[str] = frozenset()
    """Users that exist even before they register: they are unavailable (480), not unknown (404)."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Numbers that mean several users each, in the order in which they are tried."""
    neighbours: Mapping[str, str] = field(default_factory=dict)
    """By domain, in lower case, the address of the proxy that serves it: it is not looked up."""
    forking: Forking = Forking.BY_Q
    ring_s: float = 20.0
    """How long contacts ring before the next ones are tried."""
    timer_c_s: float = 181.0  # RFC 3261 §16.6: larger than three minutes
    record_route: bool = True
    min_expires_s: int = 1
    max_expires_s: int = 3600
    faults: tuple[FaultRule, ...] = ()
    timing: Timing = field(default_factory=Timing)
    product: str = "SIPFLOW PBX"
