"""The world of one node, scripted: for tests of node types. No network and no time passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sipflow.base.call_events import CallEvent, Responded
from sipflow.base.errors import NodeFailed
from sipflow.base.events import Level
from sipflow.base.sayings import Saying, Told
from sipflow.scenario.context import CallHandle, Headers
from sipflow.scenario.measured import Measured
from sipflow.scenario.values import CallFacts


@dataclass
class ScriptedMedia:
    """The media of a call that notes what is done to it."""

    actions: list[str]
    figures: Mapping[bool, Measured] = field(default_factory=dict)
    """What was received (True) and sent (False)."""

    async def send_digits(self, digits: str, method: str, duration_ms: int, pause_ms: int) -> None:
        self.actions.append(f"digits {digits} by {method}, {duration_ms} ms and {pause_ms} ms between")

    async def play(self, name: str, *, repeats: bool, waits: bool) -> None:
        how = f"{' again and again' if repeats else ''}{'' if waits else ' without waiting'}"
        self.actions.append(f"play {name}{how}")

    def record(self, name: str) -> None:
        self.actions.append(f"record {name}")

    def stop(self, name: str) -> None:
        self.actions.append(f"stop {name}".rstrip())

    def why_no_digits(self) -> Told:
        return ""

    def measured(self, *, is_received: bool) -> Measured:
        return self.figures[is_received]


@dataclass
class ScriptedCall:
    """A call that notes what is done to it, and has the events that a test gave it."""

    call_id: str
    actions: list[str]
    events: list[CallEvent] = field(default_factory=list)
    """What has happened and no node has taken yet."""
    opening: bytes = b""

    def ring(self, status_code: int, *, reliable: bool | None = None) -> None:
        how = {None: "", True: " reliably", False: " unreliably"}[reliable]
        self.actions.append(f"ring {status_code}{how}")

    async def answer(self, headers: Headers = ()) -> None:
        self.actions.append(" ".join(["answer", *map(str, headers)]))

    def reject(self, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        self.actions.append(" ".join(["reject", str(status_code), *filter(None, [reason]), *map(str, headers)]))

    async def hold(self, method: str, timeout_s: float) -> None:
        self.actions.append(f"hold by {method} within {timeout_s:g} s")

    async def retrieve(self, method: str, timeout_s: float) -> None:
        self.actions.append(f"retrieve by {method} within {timeout_s:g} s")

    async def transfer(
        self, target: str, timeout_s: float, *, until_answered: bool = True, is_told: bool = True
    ) -> None:
        how = f"{'' if until_answered else ' until accepted'}{'' if is_told else ' without word'}"
        self.actions.append(f"transfer to {target}{how} within {timeout_s:g} s")

    async def transfer_to(self, other: CallHandle, timeout_s: float) -> None:
        assert isinstance(other, ScriptedCall)
        self.actions.append(f"transfer to the other end of {other.call_id} within {timeout_s:g} s")

    @property
    def media(self) -> ScriptedMedia:
        return ScriptedMedia(self.actions)

    def release(self) -> None:
        self.actions.append("release")

    async def released(self) -> None:
        """At once: nobody is asked."""


class ScriptedContext:
    """A `NodeContext` over scripted calls. `happens` gives the events that calls have or will have.

    A wait that nothing matches times out at once. `actions` tells in order what the node did.
    """

    def __init__(
        self,
        happens: Mapping[str, list[CallEvent]] | None = None,
        *,
        bound: tuple[str, ...] = (),
        variables: Mapping[str, str] | None = None,
        facts: CallFacts | None = None,
        rounds: int = 0,
    ) -> None:
        self.instance_id = "instance"
        self.node_id = "node"
        self.variables: dict[str, str] = dict(variables or {})
        self.call_facts: CallFacts = facts or {}
        self.rounds = rounds
        self.actions: list[str] = []
        self.log_lines: list[tuple[Level, str]] = []
        self._happens = {call_id: list(events) for call_id, events in (happens or {}).items()}
        self.calls = {call_id: self._new_call(call_id) for call_id in bound}

    def log(self, message: Told, level: Level = Level.INFO) -> None:
        self.log_lines.append((level, str(message)))

    def set_variable(self, name: str, value: str) -> None:
        self.variables[name] = value

    async def hear(self, call_id: str, kind: str, frequency_hz: int, duration_ms: int, timeout_s: float) -> None:
        self.actions.append(f"hear {kind} {frequency_hz} Hz on {call_id} for {duration_ms} ms within {timeout_s:g} s")

    async def expect_hearing(self, wanted: str, duration_s: float, *, respects_hold: bool) -> None:
        how = " but on hold" if respects_hold else ""
        self.actions.append(f"expect {wanted or 'all parties'} to hear each other{how} for {duration_s:g} s")

    async def send_request(
        self, method: str, target: str, headers: Headers, body: bytes, call_id: str, timeout_s: float
    ) -> Responded:
        self.actions.append(" ".join([method, target or call_id, *map(str, headers), *([repr(body)] if body else [])]))
        event = await self.wait_message(call_id, lambda _: True, timeout_s, Saying.of("answer-to", method=method))
        assert isinstance(event, Responded)
        return event

    async def wait_message(
        self, call_id: str, matches: Callable[[CallEvent], bool], timeout_s: float, expected: Told
    ) -> CallEvent:
        return await self.wait(call_id, matches, timeout_s, expected)

    def answer_request(self, node_id: str, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        text = " ".join(["answer", node_id, str(status_code), *filter(None, [reason]), *map(str, headers)])
        self.actions.append(text)

    def send_raw(self, data: bytes, target: str, call_id: str) -> None:
        self.actions.append(f"raw {target or call_id} {data!r}")

    async def meet(self, name: str, timeout_s: float) -> None:
        self.actions.append(f"meet {name} {timeout_s:g} s")

    def address_of(self, target: str) -> str:
        return target if ":" in target else f"sip:{target}@instance"

    def call(self, call_id: str) -> ScriptedCall:
        if call_id not in self.calls:
            raise NodeFailed(Saying.of("call-of-id", call=call_id), Saying.of("none"), call_id=call_id)
        return self.calls[call_id]

    def find_call(self, call_id: str) -> ScriptedCall | None:
        return self.calls.get(call_id)

    def make_call(
        self, target: str, call_id: str, headers: Headers = (), *, follow_redirects: bool = False, offers: bool = True
    ) -> ScriptedCall:
        how = [] if offers else ["without offer"]
        if follow_redirects:
            how.append("following redirects")
        self.actions.append(" ".join(["call", target, *map(str, headers), *how]))
        self.calls[call_id] = self._new_call(call_id)
        return self.calls[call_id]

    async def take_incoming(self, call_id: str, number: str, timeout_s: float, match: Headers = ()) -> ScriptedCall:
        self.actions.append(" ".join(["take", number or "any", f"{timeout_s:g} s", *map(str, match)]))
        self.calls[call_id] = self._new_call(call_id)
        return self.calls[call_id]

    async def register(self, expires_s: int | None = None, further: tuple[str, ...] | None = None) -> bytes:
        words = ["register", *([] if expires_s is None else [f"{expires_s} s"]), *(further or ())]
        self.actions.append(" ".join(words))
        return b"SIP/2.0 200 OK\r\n\r\n"

    async def ask_bindings(self) -> bytes:
        self.actions.append("ask for the bindings")
        return b"SIP/2.0 200 OK\r\n\r\n"

    async def unregister(self, *, everyone: bool = False) -> None:
        self.actions.append("unregister everyone" if everyone else "unregister")

    async def wait(
        self,
        call_id: str,
        matches: Callable[[CallEvent], bool],
        timeout_s: float,
        expected: Told,
        *,
        take: bool = True,
    ) -> CallEvent:
        events = self.calls[call_id].events if call_id in self.calls else []
        for event in events:
            if matches(event):
                if take:
                    events.remove(event)
                return event
        raise NodeFailed(
            expected, Saying.of("within", what=Saying.of("nothing"), seconds=f"{timeout_s:g}"), call_id=call_id
        )

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.actions.append(f"sleep {seconds:g} s")

    def _new_call(self, call_id: str) -> ScriptedCall:
        return ScriptedCall(call_id, self.actions, self._happens.get(call_id, []))
