"""What a node sees of the run: its instance's calls, the clock and the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sipflow.base.call_events import CallEvent, Connected, Disconnected
from sipflow.base.errors import AddressUnavailable, LocalProtocolError, NodeFailed, SipParseError
from sipflow.base.events import Level
from sipflow.engine.bus import EventBus
from sipflow.engine.instances import InstanceManager, RunningInstance
from sipflow.engine.store import SessionStore
from sipflow.scenario.context import Headers
from sipflow.ua import Call, IncomingCall

if TYPE_CHECKING:
    from collections.abc import Iterator


class RunContext:
    """The `NodeContext` of one node. See there for what each method promises."""

    def __init__(
        self,
        node_id: str,
        instance: RunningInstance,
        *,
        instances: InstanceManager,
        store: SessionStore,
        bus: EventBus,
        variables: Mapping[str, str],
    ) -> None:
        self.node_id = node_id
        self.instance_id = instance.chain.instance_id
        self.variables = variables
        self._instance = instance
        self._instances = instances
        self._store = store
        self._bus = bus

    def log(self, message: str, level: Level = Level.INFO) -> None:
        self._bus.log(message, level, node_id=self.node_id, instance_id=self.instance_id)

    def call(self, call_id: str) -> NodeCall:
        call = self._store.find(self.instance_id, call_id)
        if call is None:
            raise NodeFailed(f"a call {call_id}", "no call of this id on this instance", call_id=call_id)
        return NodeCall(call_id, call)

    def find_call(self, call_id: str) -> NodeCall | None:
        call = self._store.find_live(self.instance_id, call_id)
        return None if call is None else NodeCall(call_id, call)

    def make_call(self, target: str, call_id: str, headers: Headers = ()) -> NodeCall:
        self._store.expect_free(self.instance_id, call_id)
        with _as_failure(f"a call to {target}", call_id):
            uri = self._instances.resolve_target(target)
            call = self._instance.agent.call(uri, headers, on_created=self._binder(call_id))
        return NodeCall(call_id, call)

    async def take_incoming(self, call_id: str, number: str, timeout_s: float, match: Headers = ()) -> NodeCall:
        self._store.expect_free(self.instance_id, call_id)

        def suits(call: IncomingCall) -> bool:
            values = call.request.header_values
            return number in ("", call.number) and all(value in values(name) for name, value in match)

        wanted = f"an incoming call to {number}" if number else "an incoming call"
        try:
            async with asyncio.timeout(timeout_s):
                call = await self._instance.incoming.take(suits)
        except TimeoutError:
            waiting = len(self._instance.incoming)
            other = f"{waiting} that did not match" if waiting else "nothing"
            raise NodeFailed(wanted, f"{other} within {timeout_s:g} s", call_id=call_id) from None
        self._binder(call_id)(call)
        return NodeCall(call_id, call)

    async def wait(
        self,
        call_id: str,
        matches: Callable[[CallEvent], bool],
        timeout_s: float,
        expected: str,
        *,
        take: bool = True,
    ) -> CallEvent:
        call: Call | None = None
        try:
            async with asyncio.timeout(timeout_s):
                call = await self._store.wait_bound(self.instance_id, call_id)
                return await call.mailbox.wait(matches, take=take)
        except TimeoutError:
            raise NodeFailed(expected, _seen_instead(call, timeout_s), call_id=call_id) from None

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def _binder(self, call_id: str) -> Callable[[Call], None]:
        return lambda call: self._store.bind(self.instance_id, call_id, call)


class NodeCall:
    """The `CallHandle` of one call."""

    def __init__(self, call_id: str, call: Call) -> None:
        self._call_id = call_id
        self._call = call

    def ring(self, status_code: int) -> None:
        with _as_failure(f"to send {status_code}", self._call_id):
            self._incoming().ring(status_code)

    async def answer(self, headers: Headers = ()) -> None:
        with _as_failure("to send 200", self._call_id):
            self._incoming().answer(headers)
        event = await self._call.mailbox.wait(lambda e: isinstance(e, Connected | Disconnected), take=False)
        if isinstance(event, Disconnected):
            raise NodeFailed("the ACK to our 200", str(event), call_id=self._call_id)

    def reject(self, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        with _as_failure(f"to send {status_code}", self._call_id):
            self._incoming().reject(status_code, reason, headers)

    def release(self) -> None:
        with _as_failure("to end the call", self._call_id):
            self._call.release()

    async def released(self) -> None:
        await self._call.released.wait()

    def _incoming(self) -> IncomingCall:
        if not isinstance(self._call, IncomingCall):
            raise LocalProtocolError("this side placed the call itself")
        return self._call


@contextmanager
def _as_failure(expected: str, call_id: str) -> Iterator[None]:
    try:
        yield
    except (LocalProtocolError, SipParseError, AddressUnavailable) as error:
        raise NodeFailed(expected, str(error), call_id=call_id) from error


def _seen_instead(call: Call | None, timeout_s: float) -> str:
    """What happened on the call and was taken by nobody: the likely reason why the wait was in vain."""
    within = f"within {timeout_s:g} s"
    if call is None:
        return f"no call of this id {within}"
    others = call.mailbox.untaken
    return f"{', then '.join(map(str, others[-3:]))} {within}" if others else f"nothing {within}"
