"""A stop ends within 10 s, whatever peers, nodes and sockets do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sipflow.base.events import RunEvent, ScenarioStopped
from sipflow.net.endpoint import Receiver, StreamSettings
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams
from sipflow.scenario.node_api import Event, NodeTypes, event
from sipflow.testing import MemoryEndpoint, MemoryMediaPort, MemoryMediaPorts, MemoryNetwork
from tests.documents import Json
from tests.engine.peer import Peer
from tests.engine.stage import NODE_TYPES, C, F, Stage, lane, on_stage, scenario, step
from tests.examples import example


async def stopped_with_peer(stage: Stage, limit_s: float, **answers: tuple[int, ...]) -> Peer:
    """Stop a run after 3 s, that meets a peer on port 6000; only the peer may be left."""
    peer = await Peer.bind(stage.network, 6000, **answers)
    await stage.start()
    await asyncio.sleep(3.0)
    began = stage.loop.time()
    await stage.engine.stop_scenario()
    assert stage.loop.time() - began <= limit_s
    stage.expect_sound_stream()
    assert isinstance(stage.events.terminal(), ScenarioStopped)
    await peer.close()
    stage.expect_nothing_left()
    return peer


CALLER = scenario(
    lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("TIMEOUT", timeout=60_000))
)


def test_stop_drops_a_call_without_any_response_at_once() -> None:
    async def scene(stage: Stage) -> None:
        peer = await stopped_with_peer(stage, limit_s=0.01)
        assert set(peer.methods) == {"INVITE"}

    on_stage(CALLER, scene)


@pytest.mark.parametrize("answers", [(100,), (180,), (183,)])
def test_stop_cancels_a_ringing_call(answers: tuple[int, ...]) -> None:
    async def scene(stage: Stage) -> None:
        peer = await stopped_with_peer(stage, limit_s=5.01, INVITE=answers, CANCEL=(200,))
        assert "CANCEL" in peer.methods

    on_stage(CALLER, scene)


def test_stop_gives_a_peer_that_never_answers_cancel_five_seconds() -> None:
    async def scene(stage: Stage) -> None:
        peer = await stopped_with_peer(stage, limit_s=5.01, INVITE=(180,))
        assert peer.methods.count("CANCEL") > 1
        assert "1 of the calls did not end within 5 s" in stage.events.log_lines()

    on_stage(CALLER, scene)


def test_stop_gives_a_peer_that_never_answers_bye_five_seconds() -> None:
    async def scene(stage: Stage) -> None:
        peer = await stopped_with_peer(stage, limit_s=5.01, INVITE=(200,))
        assert peer.methods.count("BYE") > 1

    on_stage(CALLER, scene)


def test_stop_takes_a_481_to_its_bye_for_an_end() -> None:
    async def scene(stage: Stage) -> None:
        peer = await stopped_with_peer(stage, limit_s=0.01, INVITE=(200,), BYE=(481,))
        assert peer.methods.count("BYE") == 1

    on_stage(CALLER, scene)


def test_stop_of_a_release_that_waits_for_its_answer() -> None:
    document = scenario(lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("Release")))

    async def scene(stage: Stage) -> None:
        await stopped_with_peer(stage, limit_s=5.01, INVITE=(200,))
        assert stage.error_of("a.Release") == "stopped"

    on_stage(document, scene)


@pytest.mark.parametrize("chain", [("INCOMING",), ("INCOMING", "Ringing"), ("TIMEOUT",)])
def test_stop_refuses_an_unanswered_call_with_480(chain: tuple[str, ...]) -> None:
    document = scenario(lane("a", "1001", *map(step, chain), step("TIMEOUT", timeout=60_000), localPort=5060))

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network)
        await stage.start()
        peer.invite(next(at for at in stage.network.open_endpoints if at.port == 5060))
        await asyncio.sleep(3.0)
        await stage.engine.stop_scenario()
        await asyncio.sleep(0.01)
        assert peer.statuses[-1] == 480
        stage.expect_sound_stream()
        await peer.close()
        stage.expect_nothing_left()

    on_stage(document, scene)


def test_stop_waits_for_an_ack_no_longer_than_five_seconds() -> None:
    document = scenario(lane("a", "1001", step("INCOMING"), step("Answer"), localPort=5060))

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network)
        await stage.start()
        peer.invite(next(at for at in stage.network.open_endpoints if at.port == 5060))
        await asyncio.sleep(3.0)
        began = stage.loop.time()
        await stage.engine.stop_scenario()
        assert stage.loop.time() - began == pytest.approx(5.0)
        assert "BYE" not in peer.methods  # RFC 3261 §15: not before the ACK
        assert stage.error_of("a.Answer") == "stopped"
        await peer.close()
        stage.expect_nothing_left()

    on_stage(document, scene)


class StubbornParams(CallParams):
    """Settings of Stubborn."""


async def _sleep_through(seconds: float, refusals: int) -> None:
    """Sleep, and let so many cancellations pass by."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        try:
            await asyncio.sleep(end - loop.time())
        except asyncio.CancelledError:
            refusals -= 1
            if refusals < 0:
                raise


@event("Stubborn", icon="x", group="flow")
class Stubborn(Event[StubbornParams]):
    """A faulty node that lets its first cancellation pass by."""

    async def run(self, ctx: NodeContext) -> None:
        await _sleep_through(1000, refusals=1)


@event("Immortal", icon="x", group="flow")
class Immortal(Event[StubbornParams]):
    """A faulty node that no cancellation ends, and that goes on to call and to log when its time has come."""

    async def run(self, ctx: NodeContext) -> None:
        await _sleep_through(100, refusals=1000)
        ctx.log("still here")
        ctx.make_call("sip:x@127.0.0.1:6000", "zombie")


@event("Deaf", icon="x", group="flow")
class Deaf(Event[StubbornParams]):
    """A faulty node that takes its cancellation for the end of its wait."""

    async def run(self, ctx: NodeContext) -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            return


FAULTY_TYPES = NodeTypes([*NODE_TYPES, *(node.node_type for node in (Stubborn, Immortal, Deaf))])


def stop_faulty(document: Json, limit_s: float, at_s: float = 0.3, **options: Any) -> Stage:
    """Stop a run after a while; it must end in time."""

    async def scene(stage: Stage) -> Stage:
        await stage.start()
        await asyncio.sleep(at_s)
        began = stage.loop.time()
        await stage.engine.stop_scenario()
        assert stage.loop.time() - began <= limit_s
        stage.expect_sound_stream()
        count = len(stage.events)
        await asyncio.sleep(200)  # until the last node has had its way
        assert len(stage.events) == count
        stage.expect_nothing_left()
        return stage

    return on_stage(document, scene, node_types=FAULTY_TYPES, **options)


@pytest.mark.parametrize("name", ["Stubborn", "Immortal"])
def test_stop_leaves_a_node_behind_that_does_not_let_go(name: str) -> None:
    stage = stop_faulty(scenario(lane("a", "1001", step(name), step("TIMEOUT", "after"))), limit_s=0.6)
    assert stage.error_of(f"a.{name}") == "stopped"
    assert "after" not in stage.states()


def test_stop_begins_no_node_after_one_that_swallows_its_cancellation() -> None:
    stage = stop_faulty(scenario(lane("a", "1001", step("Deaf"), step("TIMEOUT", "after"))), limit_s=0.01)
    assert stage.states() == {"a.Deaf": C}


def test_failure_ends_the_run_though_another_node_does_not_let_go() -> None:
    async def scene(stage: Stage) -> None:
        end = await asyncio.wait_for(_failed(stage), 10)
        assert end.node_id == "b.INCOMING"
        assert stage.states() == {"a.Immortal": F, "b.INCOMING": F}
        await asyncio.sleep(200)
        stage.expect_nothing_left()

    async def _failed(stage: Stage) -> RunEvent:
        await stage.start()
        return await stage.engine.wait_ended()

    document = scenario(lane("a", "1", step("Immortal")), lane("b", "2", step("INCOMING", timeout=100)))
    on_stage(document, scene, node_types=FAULTY_TYPES)


class StickyNetwork(MemoryNetwork):
    """Its endpoints take an hour to close, or fail to."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error

    async def bind(
        self, host: str, port: int, receiver: Receiver, settings: StreamSettings | None = None
    ) -> MemoryEndpoint:
        endpoint = await super().bind(host, port, receiver, settings)
        close = endpoint.close

        async def close_badly() -> None:
            await close()
            if self.error is not None:
                raise self.error
            await asyncio.sleep(3600)

        endpoint.close = close_badly  # type: ignore[method-assign]
        return endpoint


def test_stop_waits_one_second_for_sockets_that_do_not_close() -> None:
    stop_faulty(example("three-parties"), limit_s=1.01, network=StickyNetwork())


def test_fault_in_closing_one_instance_does_not_keep_the_others_open() -> None:
    stop_faulty(example("three-parties"), limit_s=0.01, network=StickyNetwork(OSError("no")))


def test_everything_bad_at_once_still_ends_within_ten_seconds() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("Immortal")),
        lane("b", "1002", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("TIMEOUT", timeout=60_000)),
    )

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, INVITE=(200,))
        await stage.start()
        await asyncio.sleep(3.0)
        began = stage.loop.time()
        await stage.engine.stop_scenario()
        assert 6 < stage.loop.time() - began <= 10
        stage.expect_sound_stream()
        closing = asyncio.create_task(peer.close())
        await asyncio.sleep(200)
        closing.cancel()

    on_stage(document, scene, node_types=FAULTY_TYPES, network=StickyNetwork())


class StuckPorts(MemoryMediaPorts):
    """The first port that it gives can't be closed."""

    def open(self, host: str) -> MemoryMediaPort:
        port = super().open(host)
        if self.open_ports == 1:
            port.close = _fail  # type: ignore[method-assign]
        return port


def _fail() -> None:
    raise OSError("no")


def test_fault_in_ending_one_call_does_not_keep_the_others_up() -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="sip:x@127.0.0.1:6000"),
            step("MakeCall", "second", callId="two", targetUri="sip:y@127.0.0.1:6000"),
            step("TIMEOUT"),
        )
    )

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, INVITE=(200,))
        await stage.start()
        await asyncio.sleep(1.0)
        await stage.engine.stop_scenario()
        assert {message.header("Call-ID") for message in peer.heard if message.method == "BYE"} == {
            message.header("Call-ID") for message in peer.heard if message.method == "INVITE"
        }
        stage.expect_sound_stream()
        await peer.close()
        assert stage.network.open_endpoints == []
        assert stage.ports.open_ports == 1
        await asyncio.sleep(1.0)  # the stuck port's last packet is under way

    on_stage(document, scene, ports=StuckPorts())


def test_invite_during_cleanup_is_refused_with_480() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("TIMEOUT"), localPort=5060)
    )

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, INVITE=(200,))
        await stage.start()
        await asyncio.sleep(1.0)
        stopping = asyncio.create_task(stage.engine.stop_scenario())
        await asyncio.sleep(2.0)  # cleanup waits for the answer to its BYE
        peer.invite(next(at for at in stage.network.open_endpoints if at.port == 5060), "late")
        await asyncio.sleep(0.1)
        assert peer.statuses == [480]
        await stopping
        await peer.close()
        stage.expect_nothing_left()

    on_stage(document, scene)


def test_cancelling_every_task_of_the_loop_still_ends_the_run_in_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.start()
        await asyncio.sleep(0.5)
        me = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not me]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        stage.expect_sound_stream()
        assert isinstance(stage.events.terminal(), ScenarioStopped)
        stage.expect_nothing_left()

    on_stage(example("two-party-call"), scene)
