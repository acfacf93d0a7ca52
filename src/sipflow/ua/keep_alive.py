"""Keeps the flow of a registration open, and tells when it has failed. Source: RFC 5626 §4.4."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sipflow.base.sayings import Saying, Told
from sipflow.sip.flow import Address, Flow
from sipflow.sip.framing import PING
from sipflow.sip.stun import ID_BITS, Bound, binding_request, read_bound

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

STREAM_S: Final = (95.0, 120.0)  # RFC 5626 §4.4.1
DATAGRAM_S: Final = (24.0, 29.0)  # RFC 5626 §4.4.2
RTO_S: Final = 0.5  # RFC 5389 §7.2.1
MAX_SENT: Final = 7  # of one request: Rc
LAST_WAIT_S: Final = 16 * RTO_S  # Rm


class KeepAlive:
    """Of one flow at a time: CRLFs, or STUN by datagrams where the other side is known to answer it."""

    def __init__(self, agent: UserAgent, failed: Callable[[Told], None], seen: Callable[[Address], None]) -> None:
        """`failed` learns why the flow is no longer usable, `seen` where the other side sees us."""
        self._agent = agent
        self._failed = failed
        self._seen = seen
        self._flow: Flow | None = None
        self._uses_stun = False
        self._between_s = STREAM_S
        self._due = 0
        """Number of the timer that counts; those before it are out of date."""
        self._asked: int | None = None
        """The Binding Request that waits for its answer."""
        self._sent = 0
        self._mapped: Address | None = None

    def start(self, flow: Flow, every_s: float, *, uses_stun: bool) -> None:
        """Keep this flow, `every_s` seconds at most; 0: as often as the RFC says. STUN is for datagrams alone."""
        if flow != self._flow:
            self._mapped = None
        self._flow, self._uses_stun = flow, uses_stun and not flow.is_reliable
        usual = STREAM_S if flow.is_reliable else DATAGRAM_S
        self._between_s = (0.8 * every_s, every_s) if every_s else usual
        self._rest()

    def stop(self) -> None:
        self._due += 1
        self._asked = self._flow = None

    def feed(self, on: int, now: float) -> None:
        """A timer: the next keep-alive, or its repetition."""
        flow = self._flow
        if on != self._due or flow is None:
            return
        if not self._uses_stun:
            self._agent.keep_alive(PING, flow)
            self._rest()
        elif self._asked is not None and self._sent == MAX_SENT:
            self._fail(Saying.of("keep-alive-unanswered"))
        else:
            if self._asked is None:
                self._asked, self._sent = self._agent.ids.number(1 << ID_BITS), 0
            self._sent += 1
            self._agent.keep_alive(binding_request(self._asked), flow)
            self._wait(LAST_WAIT_S if self._sent == MAX_SENT else RTO_S * 2 ** (self._sent - 1), now)

    def received(self, data: bytes, flow: Flow) -> bool:
        """Something came that is no SIP message; whether it is one of STUN."""
        bound = read_bound(data)
        if bound is not None and bound.number == self._asked and self._flow and flow.remote == self._flow.remote:
            self._take(bound)
        return bound is not None

    def _take(self, bound: Bound) -> None:
        if bound.mapped is None:
            self._fail(Saying.of("keep-alive-refused"))
        elif self._mapped not in (None, bound.mapped):
            self._fail(Saying.of("mapped-anew", now=str(bound.mapped), before=str(self._mapped)))
        else:
            if self._mapped is None:
                self._seen(bound.mapped)
            self._mapped = bound.mapped
            self._rest()

    def _fail(self, why: Told) -> None:
        self.stop()
        self._mapped = None
        self._failed(why)

    def _rest(self) -> None:
        self._asked = None
        least, most = self._between_s
        self._wait(least + (most - least) * self._agent.ids.number(1001) / 1000, self._agent.clock.now())

    def _wait(self, seconds: float, now: float) -> None:
        self._due += 1
        self._agent.layer.timers.add(now, seconds, self, self._due)
