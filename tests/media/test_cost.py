"""What a packet of media costs, counted: functions of ours, and what is asked of the system."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

from sipflow.media import Playback, UdpMediaPorts
from sipflow.media.playing import AHEAD_FRAMES, AudioFrames
from sipflow.testing.agents import virtual
from tests.cost import FunctionCount
from tests.media.streams import HOST, pair

PACKETS: Final = 100
MOST_FUNCTIONS: Final = 23
"""Called for a packet of sound, sent and taken. CPython 3.11 takes 21.6, with the playing of it."""


@virtual
async def test_packet_of_sound_is_sent_and_taken_by_few_functions() -> None:
    here, there = pair()
    there.stream.remove_sink(there.heard)
    here.stream.remove_sink(here.heard)
    here.stream.play(Playback(AudioFrames("sound:speech", (), repeats=True), lambda: None))
    await asyncio.sleep(1)  # what streams need once is there
    there.stream.outgoing.may_send = False
    taken = there.stream.incoming.sources
    assert taken is not None
    before = sum(source.received for source in taken.all.values())
    with FunctionCount("media", "rtp") as count:
        await asyncio.sleep(PACKETS * 0.02)
    packets = sum(source.received for source in taken.all.values()) - before
    here.close()
    there.close()
    assert packets >= PACKETS - 1
    assert count.called / packets <= MOST_FUNCTIONS


def test_sound_is_computed_once_for_all_streams_and_coded_once_for_many_packets() -> None:
    counts = [_functions_of_sound() for _ in range(2)]
    assert counts[1] <= 4 * 50
    assert counts[1] < counts[0] - 20


def _functions_of_sound() -> int:
    """Called for ten seconds of a sound that nobody else plays."""
    frames = AudioFrames("sound:tone-1001:10", ())
    with FunctionCount("media/codecs", "media/sounds") as count:
        for _ in range(50 * AHEAD_FRAMES):
            assert frames.next_frame("PCMA", 160) is not None
    return count.called


def test_each_packet_that_waits_is_read_by_one_question_to_the_system() -> None:
    async def scene() -> None:
        ports = UdpMediaPorts()
        port = ports.open(HOST)
        asked: list[int] = []

        class Counted:
            """The socket, and how often it was read."""

            def __init__(self, own: socket.socket) -> None:
                self._own = own

            def recvfrom(self, size: int) -> Any:
                asked.append(size)
                return self._own.recvfrom(size)

            def __getattr__(self, name: str) -> Any:
                return getattr(self._own, name)

        done = asyncio.Event()
        came: list[bytes] = []

        class Reader:
            def rtp_received(self, data: bytes, source: tuple[str, int]) -> None:
                came.append(data)
                if len(came) == PACKETS:
                    done.set()

            def rtcp_received(self, data: bytes, source: tuple[str, int]) -> None:
                raise AssertionError

        port.rtp_socket = Counted(port.rtp_socket)  # type: ignore[assignment]
        port.read(Reader())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for number in range(PACKETS):
                peer.sendto(bytes([number]), (HOST, port.port))
            await asyncio.wait_for(done.wait(), 20)
        port.close()
        assert came == [bytes([number]) for number in range(PACKETS)]
        assert len(asked) == PACKETS

    asyncio.run(scene())
