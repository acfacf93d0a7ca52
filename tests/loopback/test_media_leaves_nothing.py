"""Whatever ends a run whose media is under way, no socket, file, task, thread or stream of it is left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import soundfile

from sipflow.base.events import RunEvent, ScenarioCompleted, ScenarioFailed, ScenarioStopped
from sipflow.engine import Engine
from sipflow.media import UdpMediaPorts
from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import CallParams
from sipflow.scenario.node_api import Event, NodeTypes, event
from sipflow.scenario.repository import ScenarioRepository
from tests.documents import Json
from tests.engine.stage import NODE_TYPES, Shelf, Step, lane, scenario, step
from tests.loopback.descriptors import counts_descriptors, open_files
from tests.loopback.engines import an_engine
from tests.loopback.test_engine_sockets import Waking

LIMIT_S = 20


class BrokenParams(CallParams):
    """Settings of Broken."""


@event("Broken", icon="x", group="flow")
class Broken(Event[BrokenParams]):
    """A node with a fault of its own."""

    async def run(self, ctx: NodeContext) -> None:
        raise RuntimeError("a fault of ours")


TYPES = NodeTypes([*NODE_TYPES, Broken.node_type])


def busy(srtp: str, *ends: Step, bob_ends: tuple[Step, ...] = ()) -> Json:
    """Two instances that play a file, record, listen and send digits, until Alice has come to her end."""
    alice = (
        step("MakeCall", targetUri="1002"),
        step("RecordAudio", filePath="a.wav"),
        step("PlayAudio", filePath="tone.wav", loop=True),
        step("AUDIO", kind="tone", frequency=440, durationMs=200),
    )
    bob = (
        step("INCOMING"),
        step("Answer"),
        step("RecordAudio", filePath="b.wav"),
        step("PlayAudio", filePath="tone.wav", loop=True),
        *(bob_ends or (step("SendDTMF", digits="1234567890" * 10),)),
    )
    settings: Json = {"srtp": srtp, "idleAudio": "silence"}
    return scenario(lane("a", "1001", *alice, *ends, **settings), lane("b", "1002", *bob, **settings))


async def by_itself(engine: Engine, _: asyncio.Event) -> None:
    await engine.wait_ended()


async def by_a_fault(engine: Engine, _: asyncio.Event) -> None:
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await engine.wait_ended()


async def by_a_stop(engine: Engine, reached: asyncio.Event) -> None:
    await reached.wait()
    await engine.stop_scenario()


async def by_cancelling_everything(_: Engine, reached: asyncio.Event) -> None:
    await reached.wait()
    tasks = asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


TALKS = step("TIMEOUT", "talks", timeout=20_000)
Ending = Callable[[Engine, asyncio.Event], Coroutine[Any, Any, None]]
ENDS: dict[str, tuple[tuple[Step, ...], Ending, type[RunEvent]]] = {
    "completed": ((step("TIMEOUT", timeout=300), step("Release")), by_itself, ScenarioCompleted),
    "hung up, which fails the digits": ((step("Release"),), by_itself, ScenarioFailed),
    "a step fails": ((step("AUDIO", "silent", kind="silence", timeout=100),), by_itself, ScenarioFailed),
    "a step is broken": ((step("Broken"),), by_a_fault, ScenarioFailed),
    "stopped": ((TALKS,), by_a_stop, ScenarioStopped),
    "all tasks are cancelled": ((TALKS,), by_cancelling_everything, ScenarioStopped),
}


@counts_descriptors
@pytest.mark.parametrize("srtp", ["off", "dtls"])
@pytest.mark.parametrize("end", ENDS)
def test_nothing_of_busy_media_is_left(end: str, srtp: str, tmp_path: Path) -> None:
    rate = 8_000
    sine = np.sin(np.arange(rate) * 2 * np.pi * 440 / rate) * 8_000
    soundfile.write(tmp_path / "tone.wav", sine.astype(np.int16), rate)
    steps, ending, kind = ENDS[end]
    ports = UdpMediaPorts()

    async def scene() -> None:
        waits = (step("SendDTMF", digits="1"), step("DISCONNECTED"))
        document = busy(srtp, *steps, bob_ends=waits if kind is ScenarioCompleted else ())
        listener = Waking("talks")
        repository = cast(ScenarioRepository, Shelf({"it": document}))
        kept = tmp_path / "kept"
        engine = an_engine(repository, listener, ports, recordings=kept, audio_folder=tmp_path, types=TYPES)
        before = open_files()
        async with asyncio.timeout(LIMIT_S):
            await engine.start_scenario("it")
            await ending(engine, listener.reached)
        assert isinstance(listener.terminal(), kind)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert open_files() == before
        assert (ports.open_ports, ports.ticker.beats) == (0, 0)

    threads = set(threading.enumerate())
    asyncio.run(scene())
    assert set(threading.enumerate()) == threads
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["a.wav", "b.wav"]
    for name in ("a.wav", "b.wav"):
        assert len(soundfile.read(tmp_path / "kept" / name)[0]) > rate / 10
