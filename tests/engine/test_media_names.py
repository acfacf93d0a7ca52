"""Descriptions that name a host in place of an address: looked up once, waited for, and failing in clear words."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.events import MediaChanged, ScenarioCompleted, ScenarioFailed
from sipflow.rtp import RtpPacket, is_rtcp
from sipflow.testing import MemoryMediaPorts, MemoryNetwork, MemoryResolver
from sipflow.testing.memory_peer import Callee, Heard
from sipflow.testing.wire_text import AUDIO
from sipflow.ua.media_names import LIMIT_S, MediaNames
from tests.documents import Json
from tests.engine.peer import Peer
from tests.engine.stage import Stage, Step, lane, on_stage, scenario, step

NAMED = AUDIO.replace("c=IN IP4 127.0.0.1", "c=IN IP4 media.example.com")
CALLS, ENDS = step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), step("Release")


class SlowResolver(MemoryResolver):
    """Takes its time, in seconds."""

    delay_s = 1.0

    async def addresses(self, host: str, *, ipv6: bool) -> list[str]:
        await asyncio.sleep(self.delay_s)
        return await super().addresses(host, ipv6=ipv6)


class NamedPeer(Peer):
    """A peer that wants its media at a host of this name."""

    def answer(self, request: Heard, status: int) -> None:
        Callee(self, request).reply(status, "peer", NAMED if request.method == "INVITE" else "")


def call(*steps: Step) -> Json:
    return scenario(lane("a", "1001", CALLS, *steps, ENDS))


def played(
    document: Json, *, address: str = "", delay_s: float = 1.0
) -> tuple[Stage, ScenarioCompleted | ScenarioFailed]:
    """Run a call with the peer; its host has this address, or none."""
    resolver = SlowResolver(hosts={"media.example.com": [address]} if address else {})
    resolver.delay_s = delay_s

    async def scene(stage: Stage) -> tuple[Stage, ScenarioCompleted | ScenarioFailed]:
        peer = await NamedPeer.bind(stage.network, INVITE=(200,), BYE=(200,))
        await stage.start()
        end = await stage.engine.wait_ended()
        await peer.close()
        stage.expect_nothing_left()
        assert isinstance(end, ScenarioCompleted | ScenarioFailed)
        return stage, end

    ports = MemoryMediaPorts()
    ports.tap = []
    return on_stage(document, scene, network=MemoryNetwork(resolver=resolver), ports=ports)


def sent_to(stage: Stage) -> set[str]:
    return {packet.target[0] for packet in stage.ports.tap or () if not is_rtcp(packet.data)}


@pytest.mark.parametrize(
    "does", [step("PlayAudio", filePath="sound:tone-1000:0.5"), step("SendDTMF", digits="12")], ids=["sound", "digits"]
)
def test_media_goes_to_the_host_that_is_named_and_none_of_it_before_it_is_found(does: Step) -> None:
    hold = [step("Hold", method="INVITE"), step("Retrieve", method="INVITE")]
    stage, end = played(call(does, *hold), address="192.0.2.7")

    assert isinstance(end, ScenarioCompleted)
    assert sent_to(stage) == {"192.0.2.7"}
    packets = [packet for packet in stage.ports.tap or () if not is_rtcp(packet.data)]
    assert 20 <= len(packets) <= 30  # the whole of it
    assert RtpPacket.parse(packets[0].data).marker
    resolver = stage.network.resolver
    assert [question for question in resolver.asked if "media" in question] == ["A media.example.com"]
    assert stage.at(f"a.{does.name}") == pytest.approx(1.5, abs=0.2)


@pytest.mark.parametrize(
    ("delay_s", "reason"),
    [(0.5, "name or service not known"), (LIMIT_S + 1, f"no answer within {LIMIT_S:g} s")],
)
def test_host_that_is_unknown_fails_the_steps_that_need_it_and_the_call_stands(delay_s: float, reason: str) -> None:
    on_failure = (step("SendDTMF", "digits", (ENDS,), digits="1"),)
    stage, end = played(call(step("PlayAudio", "sound", on_failure, filePath="sound:noise:1")), delay_s=delay_s)

    assert isinstance(end, ScenarioCompleted)
    told = f"no address is known of media.example.com, to which the other side wants its media: {reason}"
    assert [event.detail for event in stage.events.of(MediaChanged) if event.media == "stream-failed"] == [told]
    assert told in stage.error_of("sound")
    assert told in stage.error_of("digits")
    assert sent_to(stage) == set()


def test_call_that_ends_while_the_host_is_looked_up_leaves_nothing() -> None:
    stage, end = played(call(step("TIMEOUT", timeout=100)), address="192.0.2.7", delay_s=60)
    assert isinstance(end, ScenarioCompleted)
    assert sent_to(stage) == set()


def test_only_one_name_is_looked_up_at_a_time_and_the_last_one_counts() -> None:
    resolver = SlowResolver(hosts={f"host-{n}": [f"192.0.2.{n}"] for n in range(1, 100)})
    found: list[object] = []

    async def play(_: Stage) -> None:
        tasks: list[asyncio.Task[None]] = []
        names = MediaNames(resolver, lambda work: tasks.append(asyncio.create_task(work)), uses_ipv6=False)
        for number in range(1, 100):
            names.find(f"host-{number}", found.append)
            await asyncio.sleep(0.001)
        await asyncio.sleep(3)
        names.find("host-99", found.append)
        assert len(tasks) == 1

    on_stage(call(), play)
    assert resolver.asked == ["A host-1", "A host-99"]
    assert found == ["192.0.2.99", "192.0.2.99"]
