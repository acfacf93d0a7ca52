"""Starts that go wrong: one typed error that names the thing, nothing left, and an engine that starts at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sipflow.base.errors import (
    AddressUnavailable,
    InstanceStartFailed,
    NoRunningScenario,
    ScenarioError,
    ScenarioInvalid,
    ScenarioNotFound,
    SipflowError,
)
from sipflow.base.events import ScenarioCompleted
from sipflow.base.system_errors import IN_USE
from sipflow.net.endpoint import Receiver, StreamSettings
from sipflow.testing import MemoryEndpoint, MemoryNetwork
from tests.documents import Json
from tests.engine.peer import Peer
from tests.engine.stage import Stage, lane, on_stage, scenario, step

GOOD = scenario(lane("a", "1001", step("TIMEOUT", timeout=10)), lane("b", "1002"))


def refused(document: Json, error: type[SipflowError], *texts: str, network: MemoryNetwork | None = None) -> Stage:
    """Start a scenario that can't be; then a good one on the same engine."""

    async def scene(stage: Stage) -> Stage:
        open_before = list(stage.network.open_endpoints)
        with pytest.raises(error) as caught:
            await stage.start()
        for text in texts:
            assert text in str(caught.value)
        assert len(stage.events) == 0
        assert stage.network.open_endpoints == open_before
        assert not stage.engine.is_running()
        with pytest.raises(NoRunningScenario):
            await stage.engine.stop_scenario()
        with pytest.raises(NoRunningScenario):
            await stage.engine.wait_ended()
        stage.shelf.documents["it"] = GOOD
        await stage.start()
        assert isinstance(await stage.engine.wait_ended(), ScenarioCompleted)
        return stage

    return on_stage(document, scene, network=network)


def test_unknown_scenario_is_named() -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(ScenarioNotFound, match="no scenario 'other'"):
            await stage.engine.start_scenario("other")
        stage.expect_nothing_left()

    on_stage(GOOD, scene)


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ({"nodes": [], "edges": []}, ["no SIP instance"]),
        (scenario(lane("a", "1001"), lane("b", "1001")), ["'1001' is also the number of b"]),
        (scenario(lane("a", "")), ["dn", "is missing"]),
        (
            {
                "nodes": [*lane("a", "1", step("TIMEOUT", "t1"), step("TIMEOUT", "t2"))["nodes"]],
                "edges": [
                    *lane("a", "1", step("TIMEOUT", "t1"), step("TIMEOUT", "t2"))["edges"],
                    {"id": "back", "source": "t2", "target": "t1"},
                ],
            },
            ["t1", "cycle"],
        ),
        (
            {"nodes": [{"id": "x", "type": "command", "data": {"command": "Fly"}}, *lane("a", "1")["nodes"]]},
            ["x", "unknown command 'Fly'"],
        ),
        (scenario(lane("a", "1", step("MakeCall", "m"))), ["m", "targetUri", "is missing"]),
        (
            scenario(lane("a", "1", step("MakeCall", "m", targetUri="{{ var.who }}"))),
            ["m", "variable 'who' is not set"],
        ),
        (scenario(lane("a", "1", password="${env:SECRET}")), ["environment variable 'SECRET' is not set"]),
    ],
)
def test_invalid_scenario_is_refused_with_its_findings(document: Json, texts: list[str]) -> None:
    refused(document, ScenarioInvalid, "'it'", *texts)


def test_every_finding_of_an_invalid_scenario_is_kept() -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(ScenarioInvalid) as caught:
            await stage.start()
        assert caught.value.scenario_id == "it"
        assert len(caught.value.findings) == 2

    on_stage(scenario(lane("a", "1", step("MakeCall"), step("TIMEOUT", timeout=-1))), scene)


def test_fault_of_the_repository_reaches_the_caller() -> None:
    async def scene(stage: Stage) -> None:
        stage.shelf.error = ScenarioError("the disk is gone")
        with pytest.raises(ScenarioError, match="the disk is gone"):
            await stage.start()
        stage.expect_nothing_left()
        stage.shelf.error = None
        await stage.completes()

    on_stage(GOOD, scene)


def test_port_in_use_names_instance_and_port() -> None:
    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, 5070)
        with pytest.raises(InstanceStartFailed, match=r"instance 'Bob' \(b\): .*127\.0\.0\.1:5070.*in use") as caught:
            await stage.start()
        assert (caught.value.instance_id, caught.value.label) == ("b", "Bob")
        assert stage.network.open_endpoints == [peer.address]
        await peer.close()
        await stage.completes()

    on_stage(scenario(lane("a", "1001"), lane("b", "1002", label="Bob", localPort=5070)), scene)


def test_two_instances_on_one_port_are_refused() -> None:
    document = scenario(lane("a", "1001", localPort=5070), lane("b", "1002", localPort="5070"))
    refused(document, ScenarioInvalid, "(a)", "localPort", "5070", "localPort of b")


@pytest.mark.parametrize("port", [0, 5070])
def test_address_that_the_machine_lacks_names_instance_and_address(port: int) -> None:
    document = scenario(lane("a", "1001"), lane("b", "1002", localHost="192.0.2.1", localPort=port))
    refused(
        document, InstanceStartFailed, "(b)", "192.0.2.1", "cannot assign", network=MemoryNetwork(hosts={"127.0.0.1"})
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_unspecified_address_is_refused(host: str) -> None:
    refused(scenario(lane("a", "1001", localHost=host)), InstanceStartFailed, "(a)", "listens on one address")


class SlowNetwork(MemoryNetwork):
    """Binding takes a while, and never ends on `stuck_port`."""

    def __init__(self, delay_s: float = 1.0, stuck_port: int | None = None) -> None:
        super().__init__()
        self.delay_s = delay_s
        self.stuck_port = stuck_port

    async def bind(
        self, host: str, port: int, receiver: Receiver, settings: StreamSettings | None = None
    ) -> MemoryEndpoint:
        await asyncio.sleep(self.delay_s)
        if port == self.stuck_port:
            await asyncio.sleep(10_000)
        return await super().bind(host, port, receiver, settings)


@pytest.mark.parametrize("tenths", range(0, 50, 3))
def test_cancelled_start_is_undone(tenths: int) -> None:
    async def scene(stage: Stage) -> None:
        starting = asyncio.create_task(stage.start())
        await asyncio.sleep(tenths / 10)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        stage.expect_nothing_left()
        assert len(stage.events) == 0
        await stage.completes()

    on_stage(GOOD, scene, network=SlowNetwork(1.0), delay_s=3.0)


@pytest.mark.parametrize("steps", range(12))
def test_start_cancelled_at_any_step_of_the_loop_is_undone(steps: int) -> None:
    async def scene(stage: Stage) -> None:
        starting = asyncio.create_task(stage.start())
        for _ in range(steps):
            await asyncio.sleep(0)
        starting.cancel()
        began = stage.loop.time()
        try:
            await starting
        except asyncio.CancelledError:
            assert stage.loop.time() == began
            stage.expect_nothing_left()
            if len(stage.events):
                stage.expect_sound_stream()
        else:
            await stage.engine.stop_scenario()
        stage.events.events.clear()
        await stage.completes()

    on_stage(GOOD, scene)


@pytest.mark.parametrize(
    "hang", [lambda stage: setattr(stage.shelf, "delay_s", 10_000), lambda stage: None], ids=["repository", "network"]
)
def test_start_that_hangs_is_forced_down_by_a_stop(hang: Callable[[Stage], None]) -> None:
    async def scene(stage: Stage) -> None:
        hang(stage)
        starting = asyncio.create_task(stage.start())
        await asyncio.sleep(5)
        began = stage.loop.time()
        await stage.engine.stop_scenario()
        assert stage.loop.time() - began == pytest.approx(10.0)
        with pytest.raises(ScenarioError, match="the start of scenario 'it' was cut short"):
            await starting
        stage.expect_nothing_left()
        assert len(stage.events) == 0

    on_stage(GOOD, scene, network=SlowNetwork(stuck_port=5062))


def test_automatic_ports_count_from_5060_and_skip_those_in_use() -> None:
    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, 5062)
        await stage.start()
        assert sorted(at.port for at in stage.network.open_endpoints) == [5060, 5062, 5064, 5066, 5068]
        await stage.engine.stop_scenario()
        await peer.close()

    lanes = [lane(name, name, step("TIMEOUT")) for name in ("1", "2", "3")]
    on_stage(scenario(*lanes, lane("4", "4", localPort=5064)), scene)


def test_lack_of_free_ports_names_the_instance() -> None:
    class Full(MemoryNetwork):
        async def bind(
            self, host: str, port: int, receiver: Receiver, settings: StreamSettings | None = None
        ) -> MemoryEndpoint:
            if port > 5060:
                raise AddressUnavailable(host, port, "UDP", IN_USE)
            return await super().bind(host, port, receiver, settings)

    async def scene(stage: Stage) -> None:
        with pytest.raises(InstanceStartFailed, match=r"\(b\): .*no even port up to 32766 is free"):
            await stage.start()
        stage.expect_nothing_left()

    on_stage(GOOD, scene, network=Full())


def test_message_that_comes_while_others_bind_is_told_after_the_start() -> None:
    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network)
        starting = asyncio.create_task(stage.start())
        await asyncio.sleep(1.5)
        peer.ask("OPTIONS", stage.network.open_endpoints[-1])
        await asyncio.sleep(0.1)
        assert peer.statuses == [200]
        assert len(stage.events) == 0
        await starting
        await stage.engine.wait_ended()
        stage.expect_sound_stream()
        assert stage.wire("a", "received") == ["OPTIONS"]
        assert stage.wire("a") == ["200"]
        await peer.close()

    on_stage(GOOD, scene, network=SlowNetwork(1.0))


def test_message_that_comes_during_a_start_that_fails_is_not_told() -> None:
    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, 5070)
        starting = asyncio.create_task(stage.start())
        await asyncio.sleep(1.5)
        peer.invite(stage.network.open_endpoints[-1])
        with pytest.raises(InstanceStartFailed):
            await starting
        assert len(stage.events) == 0
        await peer.close()
        stage.expect_nothing_left()

    document = scenario(lane("a", "1001"), lane("b", "1002", localPort=5070))
    on_stage(document, scene, network=SlowNetwork(1.0))
