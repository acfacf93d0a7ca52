"""Calls that nobody finishes: after 70 s nothing of them is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sipflow.base.ids import RandomIds
from sipflow.engine.instances import InstanceManager
from sipflow.scenario.graph import parse_scenario
from sipflow.sip.flow import Address, Flow
from sipflow.testing import MemoryMediaPorts, MemoryNetwork, VirtualClock, run_virtual
from sipflow.testing.agents import held_by
from sipflow.testing.wire_text import AUDIO, request_text
from sipflow.ua import IncomingCall, UserAgent
from tests.engine.meeting import A
from tests.engine.peer import Peer
from tests.engine.stage import NODE_TYPES, Stage, lane, on_stage, scenario, step

SOURCE = Address("127.0.0.1", 6000)


def request(method: str, number: int, **headers: str) -> bytes:
    """The request of one of many callers; an INVITE and its CANCEL share their branch."""
    return request_text(
        method,
        f"sip:1002@{A}",
        via=f"SIP/2.0/UDP {SOURCE};rport;branch=z9hG4bK-{number}",
        from_=f"<sip:caller@{SOURCE}>;tag=caller{number}",
        to=f"<sip:1002@{A}>",
        call_id=f"call-{number}",
        contact=f"sip:caller@{SOURCE}",
        body=AUDIO if method == "INVITE" else "",
        headers=headers,
    )


def flood(
    count: int, then: Callable[[UserAgent, IncomingCall, int], None] | None = None, *, takes: bool = False
) -> None:
    """Offer many calls to one instance at once from a peer that falls silent; look at it 70 s later.

    `then` is what is done on each call; with `takes` the calls are taken from the queue.
    """

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        network, ports = MemoryNetwork(), MemoryMediaPorts()
        network.black_holes.add(SOURCE)
        seen = [0]

        def tap(_instance: str, _direction: str, _data: bytes, _flow: Flow) -> None:
            seen[0] += 1

        clock, ids = VirtualClock(loop), RandomIds(1)
        instances = InstanceManager(
            network=network, media_ports=ports, clock=clock, ids=ids, tap=tap, tell=lambda *_: None
        )
        await instances.create_instances(parse_scenario(scenario(lane("a", "1002", localPort=5060)), NODE_TYPES))
        await instances.start_serving()
        instance = instances["a"]
        agent, flow = instance.agent, Flow("UDP", A, SOURCE)
        for number in range(count):
            agent.message_received(request("INVITE", number), flow, loop.time())
        agent.batch_ended(loop.time())
        assert len(agent.calls) == count
        if takes:
            taken = [await instance.incoming.take(lambda _: True) for _ in range(count)]
            if then is not None:
                for number, call in enumerate(taken):
                    then(agent, call, number)
        await asyncio.sleep(70)
        assert held_by(agent) == {}
        assert (len(instance.incoming), ports.open_ports) == (0, 0)
        assert loop.pending_timers() == []  # type: ignore[attr-defined]
        assert seen[0] > 2 * count
        network.tap.clear()
        await instances.cleanup()

    run_virtual(scene(), strict=True)


@pytest.mark.conformance(34, "R10")
def test_ten_thousand_invites_that_are_never_finished_leave_nothing_after_70_s() -> None:
    flood(10_000)


@pytest.mark.conformance(34, "R10")
def test_calls_that_are_answered_and_never_acknowledged_leave_nothing() -> None:
    def answer(agent: UserAgent, call: IncomingCall, number: int) -> None:
        call.ring(183 if number % 2 else 180)
        call.answer()

    flood(1000, answer, takes=True)


@pytest.mark.conformance(34, "R10")
def test_calls_that_are_refused_and_never_acknowledged_leave_nothing() -> None:
    flood(1000, lambda agent, call, number: call.reject(486), takes=True)


@pytest.mark.conformance(34, "R10")
def test_calls_whose_cancel_races_their_answer_leave_nothing() -> None:
    def race(agent: UserAgent, call: IncomingCall, number: int) -> None:
        now = agent.clock.now()
        cancel = request("CANCEL", number)
        steps: list[Callable[[], None]] = [
            lambda: agent.message_received(cancel, call.flow, now),
            lambda: call.answer() if call.state.value == "incoming" else None,
            lambda: call.release(),
        ]
        for index in (0, 1, 2) if number % 3 == 0 else (1, 0, 2) if number % 3 == 1 else (0, 0, 2):
            steps[index]()

    flood(1000, race, takes=True)


def test_callers_that_are_gone_leave_nothing() -> None:
    """The peer's port is closed: every response comes back as refused."""

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network)
        await stage.start()
        for number in range(200):
            peer.invite(A, f"call-{number}")
        await asyncio.sleep(0.01)
        await peer.close()
        await asyncio.sleep(70)
        assert stage.ports.open_ports == 0
        assert len(stage.loop.pending_timers()) == 1  # the node's own
        await stage.engine.stop_scenario()
        stage.expect_sound_stream()
        stage.expect_nothing_left()

    on_stage(scenario(lane("a", "1002", step("TIMEOUT", timeout=600_000), localPort=5060)), scene)
