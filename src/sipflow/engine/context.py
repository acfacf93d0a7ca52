"""What a node sees of the run: its instance's calls, the clock and the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import reduce

from sipflow.base.call_events import CallEvent, Requested, Responded
from sipflow.base.errors import NodeFailed
from sipflow.base.events import Level
from sipflow.base.sayings import Saying, Told
from sipflow.engine.agents import RunningInstance
from sipflow.engine.bus import EventBus
from sipflow.engine.ear import Ear
from sipflow.engine.facts import facts_of, fresh_token, own_facts
from sipflow.engine.failures import as_failure, within
from sipflow.engine.instances import InstanceManager
from sipflow.engine.meeting_places import MeetingPlaces
from sipflow.engine.node_call import NodeCall
from sipflow.engine.store import SessionStore
from sipflow.engine.studio import Studio
from sipflow.engine.who_hears import WhoHears
from sipflow.scenario.context import Headers
from sipflow.scenario.template import LookUp
from sipflow.scenario.values import MAX_VALUE_CHARS, CallFacts, look_up_facts
from sipflow.ua import Call, HeldRequest, IncomingCall, Mailbox, Registration
from sipflow.ua.sending import send_raw, send_request


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
        variables: dict[str, str],
        places: MeetingPlaces,
        studio: Studio,
        who_hears: WhoHears,
        rounds: int,
    ) -> None:
        self.node_id = node_id
        self.instance_id = instance.chain.instance_id
        self.variables = variables
        self.rounds = rounds
        self.message = b""
        """The message, as it stood on the wire, that what the node took last rests on; empty where it took nothing."""
        self._places = places
        self._studio = studio
        self._who_hears = who_hears
        self._taken: list[Callable[[], None]] = []
        self._instance = instance
        self._instances = instances
        self._store = store
        self._bus = bus

    def log(self, message: Told, level: Level = Level.INFO) -> None:
        self._bus.log(message, level, node_id=self.node_id, instance_id=self.instance_id)

    def set_variable(self, name: str, value: str) -> None:
        if len(value) > MAX_VALUE_CHARS:
            expected = Saying.of("value-of-at-most", limit=f"{MAX_VALUE_CHARS:,}", name=name)
            raise NodeFailed(expected, f"{len(value):,}")
        self.variables[name] = value

    @property
    def call_facts(self) -> CallFacts:
        return {call_id: facts_of(call) for call_id, call in self._store.calls_of(self.instance_id).items()}

    @property
    def facts(self) -> LookUp:
        """What templates ask for besides variables."""
        agent = self._instance.agent
        return look_up_facts(lambda: self.call_facts, own_facts(agent), lambda what: fresh_token(agent.ids, what))

    async def hear(self, call_id: str, kind: str, frequency_hz: int, duration_ms: int, timeout_s: float) -> None:
        ear = Ear(call_id, kind, frequency_hz, duration_ms)
        try:
            async with asyncio.timeout(timeout_s):
                found = await ear.hear(await self._store.wait_bound(self.instance_id, call_id))
        except TimeoutError:
            raise NodeFailed(ear.expected, within(ear.told, timeout_s), call_id=call_id) from None
        if found is not None:
            self.log(found)

    async def expect_hearing(self, wanted: str, duration_s: float, *, respects_hold: bool) -> None:
        await self._who_hears.expect(wanted, duration_s, self.node_id, self.instance_id, respects_hold=respects_hold)

    async def send_request(
        self, method: str, target: str, headers: Headers, body: bytes, call_id: str, timeout_s: float
    ) -> Responded:
        agent = self._instance.agent
        call = self._bound(call_id) if call_id else None
        with as_failure(Saying.of("to-send", what=method), call_id or None):
            uri = self._instances.resolve_target(target, self._instance) if target and call is None else target
            sent = send_request(agent, method, uri, headers, body, within=call)
        expected = Saying.of("answer-to", method=method)
        try:
            async with asyncio.timeout(timeout_s):
                await sent.done.wait()
        except TimeoutError:
            raise NodeFailed(expected, within(Saying.of("nothing"), timeout_s), call_id=call_id or None) from None
        if sent.response is None:
            raise NodeFailed(expected, sent.failure, call_id=call_id or None)
        return sent.response

    async def wait_message(
        self, call_id: str, matches: Callable[[CallEvent], bool], timeout_s: float, expected: Told
    ) -> CallEvent:
        requests = self._instance.agent.requests
        box: Mailbox | None = None
        try:
            async with asyncio.timeout(timeout_s):
                if call_id:
                    box = requests.box(await self._store.wait_bound(self.instance_id, call_id))
                else:
                    box = requests.outside
                event = await box.wait(lambda event: matches(event) and self._may_take(event))
        except TimeoutError:
            raise NodeFailed(expected, _untaken(box, timeout_s), call_id=call_id or None) from None
        taken_from = box
        self._note_taken(event.message, lambda: taken_from.give_back(event))
        if isinstance(event, HeldRequest):
            if self.node_id in self._store.answered_nodes:
                self._store.held[self.node_id] = event
            else:
                event.answer(200)
        return event

    def _may_take(self, event: CallEvent) -> bool:
        """A node for which another one answers takes only what can be answered."""
        needs_answer = isinstance(event, Requested) and self.node_id in self._store.answered_nodes
        return not needs_answer or isinstance(event, HeldRequest)

    def answer_request(self, node_id: str, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        held = self._store.held.get(node_id)
        if held is None:
            raise NodeFailed(Saying.of("request-taken", node=node_id), Saying.of("none"))
        with as_failure(Saying.of("to-send", what=status_code), None):
            held.answer(status_code, reason, headers)

    def send_raw(self, data: bytes, target: str, call_id: str) -> None:
        call = self._bound(call_id) if call_id else None
        with as_failure(Saying.of("to-send-raw"), call_id or None):
            uri = self._instances.resolve_target(target, self._instance) if call is None else ""
            send_raw(self._instance.agent, data, uri, call)

    def _bound(self, call_id: str) -> Call:
        call = self._store.find(self.instance_id, call_id)
        if call is None:
            raise NodeFailed(Saying.of("call-of-id", call=call_id), Saying.of("no-such-call-here"), call_id=call_id)
        return call

    async def meet(self, name: str, timeout_s: float) -> None:
        await self._places.meet(name, self.instance_id, timeout_s)

    def give_back(self) -> None:
        """Undo what the node took: it was decided without it."""
        for undo in self._taken:
            undo()
        self._taken.clear()

    def call(self, call_id: str) -> NodeCall:
        return self._handle(call_id, self._bound(call_id))

    def _handle(self, call_id: str, call: Call) -> NodeCall:
        return NodeCall(call_id, call, self._studio, self.node_id)

    def find_call(self, call_id: str) -> NodeCall | None:
        call = self._store.find_live(self.instance_id, call_id)
        return None if call is None else self._handle(call_id, call)

    def address_of(self, target: str) -> str:
        with as_failure(Saying.of("address-for", target=target), ""):
            return self._instances.resolve_target(target, self._instance)

    def make_call(
        self, target: str, call_id: str, headers: Headers = (), *, follow_redirects: bool = False, offers: bool = True
    ) -> NodeCall:
        self._store.expect_free(self.instance_id, call_id)
        with as_failure(Saying.of("call-to", target=target), call_id):
            uri = self._instances.resolve_target(target, self._instance)
            call = self._instance.agent.call(
                uri, headers, on_created=self._binder(call_id), follow_redirects=follow_redirects, offers=offers
            )
        return self._handle(call_id, call)

    async def take_incoming(self, call_id: str, number: str, timeout_s: float, match: Headers = ()) -> NodeCall:
        self._store.expect_free(self.instance_id, call_id)

        def suits(call: IncomingCall) -> bool:
            values = call.request.header_values
            return number in ("", call.number) and all(value in values(name) for name, value in match)

        wanted = Saying.of("incoming-call-to", number=number) if number else Saying.of("incoming-call")
        try:
            async with asyncio.timeout(timeout_s):
                call = await self._instance.incoming.take(suits)
        except TimeoutError:
            waiting = len(self._instance.incoming)
            other = Saying.of("did-not-match", count=waiting) if waiting else Saying.of("nothing")
            raise NodeFailed(wanted, within(other, timeout_s), call_id=call_id) from None
        self._binder(call_id)(call)
        self._note_taken(call.request.raw, lambda: self._put_back(call_id, call))
        return self._handle(call_id, call)

    async def register(self, expires_s: int | None = None, further: tuple[str, ...] | None = None) -> bytes:
        with as_failure(Saying.of("registration")):
            return (await self._registration().register(expires_s, further)).answer

    async def ask_bindings(self) -> bytes:
        with as_failure(Saying.of("registration")):
            return (await self._registration().query()).answer

    async def unregister(self, *, everyone: bool = False) -> None:
        registration = self._registration()
        with as_failure(Saying.of("registration-removed")):
            await (registration.unregister_all() if everyone else registration.unregister())

    def _registration(self) -> Registration:
        registration = self._instance.agent.registration
        if registration is None:
            raise NodeFailed(Saying.of("instance-with-pbx"), Saying.of("no-pbx-host"))
        return registration

    def _put_back(self, call_id: str, call: IncomingCall) -> None:
        self._store.unbind(self.instance_id, call_id, call)
        self._instance.incoming.put_back(call)

    async def wait(
        self,
        call_id: str,
        matches: Callable[[CallEvent], bool],
        timeout_s: float,
        expected: Told,
        *,
        take: bool = True,
    ) -> CallEvent:
        call: Call | None = None
        try:
            async with asyncio.timeout(timeout_s):
                call = await self._store.wait_bound(self.instance_id, call_id)
                event = await call.mailbox.wait(matches, take=take)
        except TimeoutError:
            raise NodeFailed(expected, _seen_instead(call, timeout_s), call_id=call_id) from None
        self._note_taken(event.message, lambda: call.mailbox.give_back(event))
        return event

    def _note_taken(self, message: bytes, undo: Callable[[], None]) -> None:
        self.message = message
        self._taken.append(undo)

    def now(self) -> float:
        return self._instance.agent.clock.now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def _binder(self, call_id: str) -> Callable[[Call], None]:
        return lambda call: self._store.bind(self.instance_id, call_id, call)


def _seen_instead(call: Call | None, timeout_s: float) -> Saying:
    """What happened on the call and was taken by nobody: the likely reason why the wait was in vain."""
    return _untaken(None if call is None else call.mailbox, timeout_s)


def _untaken(box: Mailbox | None, timeout_s: float) -> Saying:
    if box is None:
        return within(Saying.of("no-call-of-this-id"), timeout_s)
    others = [event.told() for event in box.untaken[-3:]]
    if not others:
        return within(Saying.of("nothing"), timeout_s)
    return within(reduce(lambda one, other: Saying.of("then", one=one, other=other), others), timeout_s)
