"""One run: its start, its chains, its cleanup and its one terminal event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from sipflow.base.errors import InstanceNotRegistered, ScenarioError
from sipflow.base.events import (
    Level,
    MediaChanged,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    ScenarioStopped,
    SipMessageSeen,
)
from sipflow.base.sayings import Saying, Told
from sipflow.engine.bus import EventBus
from sipflow.engine.executor import ChainFailed, Executor
from sipflow.engine.hearing import let_hear
from sipflow.engine.instances import InstanceManager
from sipflow.engine.levels import Levels
from sipflow.engine.sights import Sights
from sipflow.engine.store import SessionStore
from sipflow.engine.studio import Studio
from sipflow.engine.wire import describe
from sipflow.media import StreamReport
from sipflow.scenario.graph import ExecutionGraph
from sipflow.sip.flow import Flow
from sipflow.ua import Call

logger = logging.getLogger(__name__)

HANGUP_LIMIT_S = 5.0
"""What all calls of a run together may take to end, the ACKs to refusals included."""
CANCEL_LIMIT_S = 0.5
"""What nodes may take to let go. With the limits for calls and sockets it stays within the 10 s of a stop."""
NEW_CALL = {"transfer": Saying.of("new-call-by-transfer"), "replaced": Saying.of("new-call-by-replaced")}
"""What is told of a call that comes of another one, by how it does."""


class Run:
    """A scenario on its way from `start_scenario` to its terminal event; `live` is all of it, in one task."""

    def __init__(self, scenario_id: str, bus: EventBus, variables: Mapping[str, str], studio: Studio) -> None:
        self.bus = bus
        self.started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done at `scenario:started`, or with the error that prevented it."""
        self.fault: Exception | None = None
        """An error of our own that happened in the run."""
        self.levels: Levels | None = None
        """How loud its calls are; None before it has started, and once it has ended."""
        self._scenario_id = scenario_id
        self._variables = variables
        self._studio = studio
        self._store = SessionStore()
        self._sights = Sights()
        self._early: list[tuple[str, str, bytes, Flow]] = []
        self._chains: set[asyncio.Task[None]] = set()
        self._executor: Executor | None = None
        self._end: tuple[type[RunEvent], Mapping[str, Told]] | None = None
        self._end_decided = asyncio.Event()

    def see_message(self, instance_id: str, direction: str, data: bytes, flow: Flow) -> None:
        """A message was sent or received by an instance. Nothing is told before `scenario:started`."""
        if not self.started.done():
            self._early.append((instance_id, direction, data, flow))
            return
        fields = describe(direction, data, flow)
        if fields is not None:
            call_id = self._store.name_of(instance_id, fields["sip_call_id"])
            first_seq = self._sights.first_seq(data, self.bus.next_seq)
            self.bus.emit(SipMessageSeen, instance_id=instance_id, call_id=call_id, first_seq=first_seq, **fields)

    def see_media(
        self, instance_id: str, call: Call, what: str, detail: Told, report: StreamReport | None = None
    ) -> None:
        """Something has happened to the media of a call."""
        call_id = self._store.name_of(instance_id, call.sip_call_id)
        figures = None if report is None else report.figures()
        self.bus.emit(
            MediaChanged, instance_id=instance_id, call_id=call_id, media=what, detail=detail, figures=figures
        )
        if what == "stream-failed":
            self.bus.log(
                Saying.of("media-failed", reason=detail), Level.ERROR, instance_id=instance_id, call_id=call_id
            )

    def tell(self, instance_id: str, text: Told, level: Level) -> None:
        """A line for people, from an instance."""
        self.bus.log(text, level, instance_id=instance_id)

    def name_follower(self, instance_id: str, call: Call, new: Call, how: str) -> None:
        """A transfer has made a new call of one that has a name."""
        call_id = self._store.bind_after(instance_id, call, new, how)
        if call_id is not None:
            self.bus.log(NEW_CALL[how], instance_id=instance_id, call_id=call_id)

    def stop(self, error: Told | None = None) -> None:
        """Let the run end as stopped, with `error` as failed. Nothing changes where its end is decided already."""
        if error is None:
            self._end_as(ScenarioStopped)
        else:
            self._end_as(ScenarioFailed, error=error)

    async def live(self, load: Callable[[], Awaitable[ExecutionGraph]], instances: InstanceManager) -> None:
        """Start, run every chain, clean up. Cancelling cuts short whatever is under way, and leaves nothing open.

        Raises nothing else: an error of the start goes to `started`, one of the run to `fault`.
        """
        try:
            graph = await load()
            if graph.uses_audio:
                self._studio.prepare()
            await instances.create_instances(graph)
            self._store.answered_nodes = frozenset(wait.node_id for wait in graph.waits if wait.is_answered)
            for instance_id, agent in instances.agents():
                let_hear(agent, instance_id, graph.waits, self._store)
            await instances.start_serving()
        except asyncio.CancelledError:
            await instances.cleanup()
            self.started.set_exception(ScenarioError(Saying.of("start-cut-short", id=self._scenario_id)))
            raise
        except Exception as error:
            await instances.cleanup()
            self.started.set_exception(error)
            return
        self.bus.emit(ScenarioStarted, scenario_id=self._scenario_id)
        self.levels = Levels(instances, self._store)
        self.started.set_result(None)
        for instance_id, address in instances.addresses():
            self.bus.log(Saying.of("listens", address=address), instance_id=instance_id)
        for warning in graph.warnings:
            self.bus.log(warning.said, Level.WARNING, node_id=warning.node_id)
        for early in self._early:
            self.see_message(*early)
        self._early.clear()
        try:
            try:
                await self._register(instances)
                if self._end is None:
                    await self._run_chains(graph, instances)
            finally:
                await self._clean_up(instances)
        except Exception as error:
            logger.exception("the engine failed")
            self.fault = self.fault or error
        finally:
            self.levels = None
            kind, fields = self._end or (ScenarioStopped, {})
            late = None if self._executor is None else self._executor.late_failure
            if kind is ScenarioCompleted and late is not None:
                kind, fields = ScenarioFailed, _failed(late)
            self.bus.emit(kind, **fields)

    async def _register(self, instances: InstanceManager) -> None:
        """Register all that want it, unless the run is to end before that is done."""
        registering = asyncio.create_task(instances.register(), name="registering")
        ending = asyncio.create_task(self._end_decided.wait())
        try:
            await asyncio.wait({registering, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            registering.cancel()
            ending.cancel()
            await asyncio.wait({registering, ending})
        error = None if registering.cancelled() else registering.exception()
        if isinstance(error, InstanceNotRegistered):
            self._end_as(ScenarioFailed, error=error.said, instance_id=error.instance_id)
        elif error is not None:
            raise error

    async def _run_chains(self, graph: ExecutionGraph, instances: InstanceManager) -> None:
        """Run every chain, until all have ended or the run is to end for another reason.

        Not in a TaskGroup, which would wait for ever for a node that does not let go.
        """
        executor = self._executor = Executor(
            graph,
            instances=instances,
            store=self._store,
            bus=self.bus,
            variables=self._variables,
            studio=self._studio,
            sights=self._sights,
        )
        for chain in () if instances.only_serve else graph.instances.values():
            task = asyncio.create_task(executor.run_instance(chain), name=f"instance {chain.instance_id}")
            self._chains.add(task)
            task.add_done_callback(self._chain_ended)
        try:
            await self._end_decided.wait()
        finally:
            self._end_as(ScenarioStopped)
            executor.stop()
            try:
                await self._cancel_chains()
            finally:
                executor.cut_off()

    def _chain_ended(self, task: asyncio.Task[None]) -> None:
        self._chains.discard(task)
        error = RuntimeError(f"{task.get_name()} cancelled itself") if task.cancelled() else task.exception()
        if isinstance(error, ChainFailed):
            self._end_as(ScenarioFailed, **_failed(error))
        elif isinstance(error, Exception) and self._end is None:
            logger.error("%s failed", task.get_name(), exc_info=error)
            self.fault = error
            self._end_as(ScenarioFailed, error=Saying.of("internal-error", error=repr(error)))
        elif not self._chains:
            self._end_as(ScenarioCompleted)

    async def _cancel_chains(self) -> None:
        """Cancel every chain; one whose node does not let go is cancelled again and left to itself."""
        for task in self._chains:
            task.cancel()
        if self._chains:
            await asyncio.wait(self._chains, timeout=CANCEL_LIMIT_S)
        for task in self._chains:
            logger.warning("%s does not let go and is left to itself", task.get_name())
            task.cancel()

    async def _clean_up(self, instances: InstanceManager) -> None:
        """End calls, registrations, then user agents; the one never keeps the other from happening."""
        self.bus.log(Saying.of("cleanup-starts"))
        async with AsyncExitStack() as steps:
            steps.callback(self.bus.log, Saying.of("cleanup-ends"))
            steps.push_async_callback(instances.cleanup)
            steps.push_async_callback(instances.unregister)
            steps.callback(lambda: self._store.close_all(instances.live_calls()))
            instances.refuse_calls()
            await self._hang_up(instances)

    async def _hang_up(self, instances: InstanceManager) -> None:
        """End every call, and let nobody miss that it was refused, within HANGUP_LIMIT_S."""
        live = instances.live_calls()
        try:
            async with asyncio.timeout(HANGUP_LIMIT_S):
                await self._store.hangup_all(live)
                await instances.until_acknowledged()
        except TimeoutError:
            left = len([call for call in live if call.is_live])
            what = Saying.of("calls-left", count=left) if left else Saying.of("ack-late")
            self.bus.log(Saying.of("within", what=what, seconds=f"{HANGUP_LIMIT_S:g}"), Level.WARNING)

    def _end_as(self, kind: type[RunEvent], **fields: Told) -> None:
        """The run ends for this reason; the first one counts."""
        if self._end is None:
            self._end = (kind, fields)
            self._end_decided.set()


def _failed(error: ChainFailed) -> dict[str, Told]:
    """What the terminal event tells of a node that failed."""
    return {"error": error.said, "node_id": error.node_id, "instance_id": error.instance_id}
