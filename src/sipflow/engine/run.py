"""One run: its parts, its end, and what is done between the two."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from sipflow.base.events import (
    Level,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    ScenarioStopped,
    SipMessageSeen,
)
from sipflow.engine.bus import EventBus
from sipflow.engine.executor import ChainFailed, Executor
from sipflow.engine.instances import InstanceManager
from sipflow.engine.store import SessionStore
from sipflow.engine.wire import describe
from sipflow.scenario.graph import ExecutionGraph, InstanceChain
from sipflow.sip.flow import Flow

logger = logging.getLogger(__name__)

CANCEL_LIMIT_S = 1.5
"""What nodes may take to let go after a stop; with the 5 s for calls and the closing of sockets it stays below 10 s."""


class Run:
    """A scenario on its way from `start` to its one terminal event."""

    def __init__(self, scenario_id: str, bus: EventBus, variables: Mapping[str, str]) -> None:
        self.scenario_id = scenario_id
        self.bus = bus
        self.store = SessionStore()
        self.fault: BaseException | None = None
        """An error of our own that ended the run, if one did."""
        self._variables = variables
        self._instances: InstanceManager | None = None
        self._stop_error: str | None = None
        self._is_stopping = False
        self._chains: asyncio.Task[None] | None = None
        self._first_failure: ChainFailed | None = None

    def see_message(self, instance_id: str, direction: str, data: bytes, flow: Flow) -> None:
        """A message was sent or received by an instance."""
        fields = describe(direction, data, flow)
        if fields is not None:
            call_id = self.store.name_of(instance_id, fields["sip_call_id"])
            self.bus.emit(SipMessageSeen, instance_id=instance_id, call_id=call_id, **fields)

    def stop(self, error: str | None) -> None:
        """Let the run end as soon as it can; with `error` it ends as failed. A second call changes nothing."""
        if self._is_stopping:
            return
        self._is_stopping = True
        self._stop_error = error
        if self._chains is not None:
            self._chains.cancel()

    async def execute(self, graph: ExecutionGraph, instances: InstanceManager) -> None:
        """Run every chain, clean up, and send the terminal event. Never raises what a node may cause."""
        self._instances = instances
        self.bus.emit(ScenarioStarted, scenario_id=self.scenario_id)
        for warning in graph.warnings:
            self.bus.log(str(warning), Level.WARNING, node_id=warning.node_id)
        was_stopped = self._is_stopping
        try:
            if not was_stopped:
                self._chains = asyncio.create_task(self._run_chains(graph, instances))
                was_stopped = not await self._chains_ended(self._chains)
        finally:
            # Also when this task itself is cancelled: sockets never outlive the run.
            await self._clean_up(instances)
            terminal, fields = self._outcome(was_stopped)
            self.bus.emit(terminal, **fields)

    async def _chains_ended(self, chains: asyncio.Task[None]) -> bool:
        """Wait for the chains; returns whether they ended by themselves."""
        await asyncio.wait({chains})
        if not chains.cancelled():
            self.fault = chains.exception()
            return True
        return self._first_failure is not None

    async def _run_chains(self, graph: ExecutionGraph, instances: InstanceManager) -> None:
        executor = Executor(
            graph, instances=instances, store=self.store, bus=self.bus, variables=self._variables
        )
        try:
            async with asyncio.TaskGroup() as group:
                for chain in graph.instances.values():
                    group.create_task(self._run_instance(executor, chain), name=f"instance {chain.instance_id}")
        except* ChainFailed:
            pass  # the first one is kept where it happened

    async def _run_instance(self, executor: Executor, chain: InstanceChain) -> None:
        for start in chain.start_nodes:
            try:
                await executor.execute_chain(start)
            except ChainFailed as failure:
                if self._first_failure is None:
                    self._first_failure = failure
                raise

    def _outcome(self, was_stopped: bool) -> tuple[type[RunEvent], dict[str, str | None]]:
        failure = self._first_failure
        if failure is not None:
            fields = {"error": str(failure), "node_id": failure.node_id, "instance_id": failure.instance_id}
            return ScenarioFailed, dict(fields)
        if self.fault is not None:
            return ScenarioFailed, {"error": f"internal error: {_innermost(self.fault)!r}"}
        if was_stopped:
            return (ScenarioStopped, {}) if self._stop_error is None else (ScenarioFailed, {"error": self._stop_error})
        return ScenarioCompleted, {}

    async def _clean_up(self, instances: InstanceManager) -> None:
        """End calls, then user agents; the one never keeps the other from happening."""
        self.bus.log("Starting cleanup")
        try:
            await self.store.hangup_all(instances.live_calls())
        except Exception:
            logger.exception("hanging up failed")
        finally:
            self.store.close_all()
            await instances.close()
        self.bus.log("Cleanup completed")


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
