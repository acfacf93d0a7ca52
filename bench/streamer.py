"""Streams of ours under measurement, as a process of its own: `python -m bench.streamer`.

So many `MediaStream`s on real sockets play a sound to one port, and count what comes back. One JSON object on stdout
tells of the time between warming up and the end: packets, processor time, memory, and when packets were due.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any, Final

from bench.agent import HOST, say
from bench.parties import PAGE_BYTES
from bench.profiling import profiled
from sipflow.base.clock import SystemClock
from sipflow.base.garbage import collect_seldom
from sipflow.base.ids import RandomIds
from sipflow.media import MediaStream, Playback, StreamSettings, UdpMediaPorts
from sipflow.media.playing import AudioFrames
from sipflow.sdp import CODECS, Direction, Session

SOUND: Final = "sound:speech"
WARM_S: Final = 1.5
CODEC: Final = CODECS["PCMA"]


class Streamer:
    """The streams."""

    def __init__(self, streams: int, target: int) -> None:
        self.ports = UdpMediaPorts(first=16_384, last=32_767)
        self.streams: list[MediaStream] = []
        self._opened = [self.ports.open(HOST) for _ in range(streams)]
        session = Session(CODEC, None, Direction.SENDRECV, HOST, target, 20, target + 1)
        clock, ids = SystemClock(), RandomIds()
        for port in self._opened:
            stream = MediaStream(port, self.ports.ticker, clock=clock, ids=ids, settings=StreamSettings())
            stream.expect({8: CODEC})
            stream.agree(session)
            stream.play(Playback(AudioFrames(SOUND, (), repeats=True), lambda: None))
            self.streams.append(stream)

    def counts(self) -> dict[str, float]:
        """So far."""
        heard = [stream.incoming.sources for stream in self.streams]
        sources = [source for all_of in heard if all_of is not None for source in all_of.all.values()]
        return {
            "sent": sum(stream.sent for stream in self.streams),
            "unsent": sum(stream.unsent for stream in self.streams),
            "received": sum(source.received for source in sources),
            "missing": sum(source.lost for source in sources),
            "cpu_s": time.process_time(),
            "wall_s": time.monotonic(),
        }

    def dues(self) -> dict[int, tuple[int, float]]:
        """By SSRC: what the media clock shows now, and the moment of now."""
        now, wall = time.monotonic(), time.time()
        senders = [stream.outgoing.sender for stream in self.streams]
        return {sender.ssrc: (sender.timestamp_at(now), wall) for sender in senders if sender is not None}

    def close(self) -> None:
        """End all."""
        for stream, port in zip(self.streams, self._opened, strict=True):
            stream.close()
            port.close()


async def stream(options: argparse.Namespace) -> dict[str, Any]:
    """Send for so long, and tell."""
    warm = Streamer(1, options.target)
    await asyncio.sleep(0.1)
    warm.close()
    before_bytes = rss_bytes()
    streamer = Streamer(options.streams, options.target)
    await asyncio.sleep(WARM_S)
    began, before = time.time(), streamer.counts()
    await asyncio.sleep(options.seconds)
    ended, after = time.time(), streamer.counts()
    told: dict[str, Any] = {name: after[name] - before[name] for name in after}
    told |= {"begin": began, "end": ended, "dues": streamer.dues(), "memory": rss_bytes() - before_bytes}
    streamer.close()
    return told


def rss_bytes() -> int:
    """Memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def main() -> None:
    """Stream, and with `--profile` say at the end where the time went."""
    parser = argparse.ArgumentParser(prog="python -m bench.streamer", description=__doc__)
    parser.add_argument("--streams", type=int, required=True, metavar="N")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--target", type=int, required=True, metavar="PORT", help="where all packets are sent")
    parser.add_argument("--profile", action="store_true", help="say at the end where the time went")
    options = parser.parse_args()
    collect_seldom()
    if not options.profile:
        say(asyncio.run(stream(options)))
        return
    told, text = profiled(lambda: asyncio.run(stream(options)))
    say(told | {"profile": text})


if __name__ == "__main__":
    main()
