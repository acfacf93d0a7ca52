"""Errors of our own: a node type, a chain or cleanup that raises what it must not."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.errors import LocalProtocolError, NodeFailed
from sipflow.base.events import RunEvent, ScenarioFailed
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams
from sipflow.scenario.node_api import Event, NodeTypes, event
from sipflow.sip.flow import Address
from sipflow.testing import MemoryNetwork
from sipflow.testing.memory_network import MemoryEndpoint
from tests.documents import Json, instance
from tests.engine.stage import NODE_TYPES, C, F, Stage, lane, on_stage, scenario, step
from tests.examples import example


class NoParams(CallParams):
    """Settings of a node without any."""


@event("Broken", icon="x", group="flow")
class Broken(Event[NoParams]):
    """A node type with a bug."""

    async def run(self, ctx: NodeContext) -> None:
        await ctx.sleep(0.1)
        raise RuntimeError("bug in the node")


@event("Misuse", icon="x", group="flow")
class Misuse(Event[NoParams]):
    """A node type that lets an error of a lower layer out."""

    async def run(self, ctx: NodeContext) -> None:
        raise LocalProtocolError("not now")


@event("Quitter", icon="x", group="flow")
class Quitter(Event[NoParams]):
    """A node type that cancels itself."""

    async def run(self, ctx: NodeContext) -> None:
        raise asyncio.CancelledError


@event("Refuses", icon="x", group="flow")
class Refuses(Event[NoParams]):
    """A node type that fails as it should."""

    async def run(self, ctx: NodeContext) -> None:
        raise NodeFailed("apples", "pears", call_id="x")


TYPES = NodeTypes([*NODE_TYPES, *(node.node_type for node in (Broken, Misuse, Quitter, Refuses))])


def run_to_fault(document: Json, error: type[Exception], text: str) -> tuple[Stage, ScenarioFailed]:
    """Run a scenario that ends by a fault; the engine must be free afterwards."""

    async def scene(stage: Stage) -> tuple[Stage, RunEvent]:
        await stage.start()
        for _ in range(2):
            with pytest.raises(error, match=text):
                await stage.engine.wait_ended()
        stage.expect_sound_stream()
        stage.expect_nothing_left()
        end = stage.events.terminal()
        stage.shelf.documents["it"] = example("two-party-call")
        events = list(stage.events.events)
        stage.events.events.clear()
        await stage.completes()
        stage.events.events[:] = events
        return stage, end

    stage, end = on_stage(document, scene, node_types=TYPES)
    assert isinstance(end, ScenarioFailed)
    return stage, end


def test_fault_in_a_node_fails_the_run_and_is_raised_to_whoever_waits() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("TIMEOUT")),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("Broken")),
    )
    stage, end = run_to_fault(document, RuntimeError, "bug in the node")
    assert end.error == "internal error: RuntimeError('bug in the node')"
    assert stage.error_of("b.Broken") == end.error
    assert stage.error_of("a.TIMEOUT") == "stopped"
    assert stage.wire().count("BYE") >= 1  # cleanup ran


def test_fault_in_a_node_is_not_taken_by_its_failure_branch() -> None:
    document = scenario(lane("a", "1001", step("Broken", on_failure=(step("TIMEOUT", timeout=1),))))
    stage, _ = run_to_fault(document, RuntimeError, "bug")
    assert stage.states() == {"a.Broken": F}


def test_error_of_a_lower_layer_that_a_node_lets_out_is_a_fault() -> None:
    run_to_fault(scenario(lane("a", "1001", step("Misuse"))), LocalProtocolError, "not now")


def test_node_that_cancels_itself_is_a_fault() -> None:
    stage, end = run_to_fault(scenario(lane("a", "1001", step("Quitter"))), RuntimeError, "instance a cancelled itself")
    assert stage.states() == {"a.Quitter": F}
    assert "cancelled itself" in end.error


def test_failure_of_a_node_tells_expected_and_got() -> None:
    async def scene(stage: Stage) -> None:
        end = await stage.fails()
        assert end.error == "expected apples, got pears on call x"
        assert (end.node_id, end.instance_id) == ("a.Refuses", "a")

    on_stage(scenario(lane("a", "1001", step("Refuses"))), scene, node_types=TYPES)


def test_fault_after_a_stop_is_no_fault_of_the_run() -> None:
    @event("Sore", icon="x", group="flow")
    class Sore(Event[NoParams]):
        """Fails when it is cut off."""

        async def run(self, ctx: NodeContext) -> None:
            try:
                await ctx.sleep(1000)
            except asyncio.CancelledError:
                raise RuntimeError("sore") from None

    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.1)
        await stage.engine.stop_scenario()
        assert (await stage.engine.wait_ended()).kind == "scenario:stopped"
        stage.expect_sound_stream()

    on_stage(scenario(lane("a", "1001", step("Sore"))), scene, node_types=NodeTypes([*NODE_TYPES, Sore.node_type]))


def test_fault_in_cleanup_still_gives_the_end_and_is_raised() -> None:
    class Network(MemoryNetwork):
        """One with a bug: it cannot carry the end of a registration."""

        def send_datagram(self, data: bytes, source: MemoryEndpoint, target: Address) -> None:
            if b"\r\nExpires: 0\r\n" in data:
                raise ZeroDivisionError
            super().send_datagram(data, source, target)

    async def scene(stage: Stage) -> None:
        await stage.start()
        with pytest.raises(ZeroDivisionError):
            await stage.engine.wait_ended()
        stage.events.terminal()
        stage.expect_nothing_left()

    pbx = {"nodes": [instance("pbx", "", sipInstance="pbx", label="PBX")], "edges": []}
    registered = lane("a", "1001", step("TIMEOUT", timeout=1), pbxHost="PBX")
    on_stage(scenario(registered, pbx), scene, network=Network())


def test_failing_chains_of_many_instances_give_one_end() -> None:
    lanes = [lane(f"i{n}", str(n), step("Refuses" if n % 2 else "Broken")) for n in range(10)]
    lanes.append(lane("good", "99", step("TIMEOUT", timeout=5)))

    async def scene(stage: Stage) -> None:
        await stage.fails()
        assert stage.states()["good.TIMEOUT"] in (C, F)

    on_stage(scenario(*lanes), scene, node_types=TYPES)
