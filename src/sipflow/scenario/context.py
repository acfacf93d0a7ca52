"""What a running node may do: small Protocols, which the engine fills with real objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sipflow.base.call_events import CallEvent, Responded
from sipflow.base.events import Level
from sipflow.base.sayings import Told
from sipflow.scenario.measured import Measured
from sipflow.scenario.values import CallFacts

Headers = tuple[tuple[str, str], ...]
"""Extra header fields, name and value, in the order in which they are written."""


class MediaHandle(Protocol):
    """The media of one call. Methods raise NodeFailed where there is none, or it does not allow what is asked for."""

    async def send_digits(self, digits: str, method: str, duration_ms: int, pause_ms: int) -> None:
        """Send DTMF by `rfc4733`, in the stream, by `info`, or by `auto`: in the stream where that is agreed on.

        Returns when the last digit has been sent, or its INFO has its 2xx.
        """
        ...

    async def play(self, name: str, *, repeats: bool, waits: bool) -> None:
        """Play a file or a built-in sound (`sound:tone-1000`), in place of what plays already.

        Returns at its end where it `waits`, and at once where it does not, or the sound `repeats`.
        """
        ...

    def record(self, name: str) -> None:
        """Begin a file of what is heard (left) and sent (right), until `stop` or the call's end.

        Where it can't be written to its end, and no `stop` tells so, the node that has begun it fails after all.
        """
        ...

    def stop(self, name: str) -> None:
        """End the recording into this file; without a name, all of the call, and what plays.

        Raises NodeFailed also where a recording is not whole.
        """
        ...

    def why_no_digits(self) -> Told:
        """Why no digit can come in the stream; empty where one can."""
        ...

    def measured(self, *, is_received: bool) -> Measured:
        """The media received so far, or sent, as the other side's RTCP reports have it. Of an ended call too."""
        ...


class CallHandle(Protocol):
    """One call of the node's own instance.

    Every method raises NodeFailed where the call's state forbids it (expected / got say why).
    """

    def ring(self, status_code: int, *, reliable: bool | None = None) -> None:
        """Send a provisional response; 183 carries our session description.

        `reliable` asks for a PRACK; left open, the caller's demand and the instance decide.
        """
        ...

    async def answer(self, headers: Headers = ()) -> None:
        """Send 200 with our session description; returns at the ACK, fails after 64·T1 without one."""
        ...

    def reject(self, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        """Send a final response of 300 to 699."""
        ...

    async def hold(self, method: str, timeout_s: float) -> None:
        """Hold by a re-INVITE or UPDATE; returns at its 2xx. Raises NodeFailed at any other end."""
        ...

    async def retrieve(self, method: str, timeout_s: float) -> None:
        """Take back from hold; returns and raises as `hold` does."""
        ...

    async def transfer(
        self, target: str, timeout_s: float, *, until_answered: bool = True, is_told: bool = True
    ) -> None:
        """Ask the other side to call a SIP URI; returns when that call is answered, or when the REFER is accepted.

        Where we do not ask to be told, an accepted REFER is the end. Raises NodeFailed at any other end.
        """
        ...

    async def transfer_to(self, other: CallHandle, timeout_s: float) -> None:
        """Ask the other side to take our place in another call; returns and raises as `transfer` does."""
        ...

    def release(self) -> None:
        """End the call as its state asks: BYE, CANCEL or a final response. Nothing happens where it has ended."""
        ...

    async def released(self) -> None:
        """Return at the final answer to our BYE or CANCEL."""
        ...

    @property
    def media(self) -> MediaHandle:
        """What is heard and said in the call."""
        ...

    @property
    def opening(self) -> bytes:
        """The INVITE that came in, as it stood on the wire; empty for a call of our own."""
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

    def set_variable(self, name: str, value: str) -> None:
        """Give a variable of the run a value, for all instances."""
        ...

    @property
    def call_facts(self) -> CallFacts:
        """What is known of the instance's calls, by call id."""
        ...

    @property
    def rounds(self) -> int:
        """How many rounds of this loop have begun; 0 for a node that is none."""
        ...

    def log(self, message: Told, level: Level = Level.INFO) -> None:
        """Write a line to the action log, under this node."""
        ...

    def address_of(self, target: str) -> str:
        """The SIP URI that is meant by a URI or by the DN of an instance. Raises NodeFailed where there is none."""
        ...

    def call(self, call_id: str) -> CallHandle:
        """The call bound to this id, live or ended. Raises NodeFailed where there is none."""
        ...

    def find_call(self, call_id: str) -> CallHandle | None:
        """The live call bound to this id, or None."""
        ...

    def make_call(
        self, target: str, call_id: str, headers: Headers = (), *, follow_redirects: bool = False, offers: bool = True
    ) -> CallHandle:
        """Send an INVITE, with our offer or without, and bind the new call to the id.

        Raises NodeFailed where a live call has the id.
        """
        ...

    async def take_incoming(self, call_id: str, number: str, timeout_s: float, match: Headers = ()) -> CallHandle:
        """Bind the oldest queued incoming call (to this user part, unless empty), or wait for one.

        With `match`, only a call whose INVITE has, for every pair, a header field of that name (in any
        case) with exactly that value.
        """
        ...

    async def register(self, expires_s: int | None = None, further: tuple[str, ...] | None = None) -> bytes:
        """Register the instance with its PBX and stay registered; returns the answer once that is granted.

        Without a time, for the instance's own interval; `further` are contacts beside its own, None leaves them as they
        are. Raises NodeFailed where it is refused or there is no PBX.
        """
        ...

    async def ask_bindings(self) -> bytes:
        """Ask the PBX which contacts are bound, and change none; returns the answer. Raises NodeFailed likewise."""
        ...

    async def unregister(self, *, everyone: bool = False) -> None:
        """Take the instance's registration back, or remove all contacts of its address. Raises NodeFailed."""
        ...

    async def wait(
        self,
        call_id: str,
        matches: Callable[[CallEvent], bool],
        timeout_s: float,
        expected: Told,
        *,
        take: bool = True,
    ) -> CallEvent:
        """Take the oldest matching event of the call that this chain has not taken, or wait for the next.

        An id that is not bound yet is waited for too. With `take` false the event stays for a later
        node. Raises NodeFailed(expected, what came instead) after the time-out.
        """
        ...

    async def hear(self, call_id: str, kind: str, frequency_hz: int, duration_ms: int, timeout_s: float) -> None:
        """Return once `any` sound, `silence` or a `tone` has been heard on the call for so long without a break, or
        there was sound `oneWay` only, which is logged with its direction.

        Only what comes from now on is listened to. An id that is not bound yet is waited for too. Raises NodeFailed,
        which tells what was heard instead, after the time-out and at the call's end.
        """
        ...

    async def expect_hearing(self, wanted: str, duration_s: float, *, respects_hold: bool) -> None:
        """Let every instance send a sound of its own on its calls for so long, and tell the run who hears whom.

        Raises NodeFailed where that is not as `wanted`: pairs as in `scenario.who_hears`, or, where it is empty, the
        parties of every answered call, without those that hold forbids where that is respected. Two measurements of
        one run go one after the other.
        """
        ...

    async def send_request(
        self, method: str, target: str, headers: Headers, body: bytes, call_id: str, timeout_s: float
    ) -> Responded:
        """Send a request within a call, or outside of any where the id is empty; returns its final response.

        Raises NodeFailed where it can't be sent, or is not answered in time.
        """
        ...

    async def wait_message(
        self, call_id: str, matches: Callable[[CallEvent], bool], timeout_s: float, expected: Told
    ) -> CallEvent:
        """Take the oldest request or response (`Requested`, `Responded`) that matches, or wait for the next.

        With an empty id, one outside of any call. Raises NodeFailed(expected, what came instead) after the time-out.
        """
        ...

    def answer_request(self, node_id: str, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        """Answer the request that this node has taken last. Raises NodeFailed where there is none to answer."""
        ...

    def send_raw(self, data: bytes, target: str, call_id: str) -> None:
        """Send bytes as they stand: to the target, or the way of a call's messages. Raises NodeFailed."""
        ...

    async def meet(self, name: str, timeout_s: float) -> None:
        """Return once every instance that waits at this meeting has come; raises NodeFailed after the time-out."""
        ...

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...
