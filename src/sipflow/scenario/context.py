"""What a running node may do: small Protocols, which the engine fills with real objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sipflow.base.call_events import CallEvent
from sipflow.base.events import Level

Headers = tuple[tuple[str, str], ...]
"""Extra header fields, name and value, in the order in which they are written."""


class CallHandle(Protocol):
    """One call of the node's own instance.

    Every method raises NodeFailed where the call's state forbids it (expected / got say why).
    """

    def ring(self, status_code: int) -> None:
        """Send a provisional response; 183 carries our session description."""
        ...

    async def answer(self, headers: Headers = ()) -> None:
        """Send 200 with our session description; returns at the ACK, fails after 64·T1 without one."""
        ...

    def reject(self, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        """Send a final response of 300 to 699."""
        ...

    def release(self) -> None:
        """End the call as its state asks: BYE, CANCEL or a final response. Nothing happens where it has ended."""
        ...

    async def released(self) -> None:
        """Return at the final answer to our BYE or CANCEL."""
        ...


class NodeContext(Protocol):
    """The world of one node while it runs. Times are in seconds; an empty call id means `call-1`."""

    @property
    def instance_id(self) -> str: ...

    @property
    def node_id(self) -> str: ...

    @property
    def variables(self) -> Mapping[str, str]:
        """The run's variables, by name."""
        ...

    def log(self, message: str, level: Level = Level.INFO) -> None:
        """Write a line to the action log, under this node."""
        ...

    def call(self, call_id: str) -> CallHandle:
        """The call bound to this id, live or ended. Raises NodeFailed where there is none."""
        ...

    def find_call(self, call_id: str) -> CallHandle | None:
        """The live call bound to this id, or None."""
        ...

    def make_call(self, target: str, call_id: str, headers: Headers = ()) -> CallHandle:
        """Send an INVITE and bind the new call to the id. Raises NodeFailed where a live call has the id."""
        ...

    async def take_incoming(self, call_id: str, number: str, timeout_s: float, match: Headers = ()) -> CallHandle:
        """Bind the oldest queued incoming call (to this user part, unless empty), or wait for one.

        With `match`, only a call whose INVITE has, for every pair, a header field of that name (in any
        case) with exactly that value.
        """
        ...

    async def wait(
        self,
        call_id: str,
        matches: Callable[[CallEvent], bool],
        timeout_s: float,
        expected: str,
        *,
        take: bool = True,
    ) -> CallEvent:
        """Take the oldest matching event of the call that this chain has not taken, or wait for the next.

        An id that is not bound yet is waited for too. With `take` false the event stays for a later
        node. Raises NodeFailed(expected, what came instead) after the time-out.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...
